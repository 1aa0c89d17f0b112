"""Who comes back (contract §3), as journeys and whole answers."""

import random
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from analytics import engine
from analytics.definitions.conditions import Catalogue
from analytics.definitions.figures import parse_figure
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse
from analytics.models import Question, fetch
from analytics.store import loader
from people.models import Person
from tests import oracle
from tests.analytics.test_oracle import figures, results, settle
from tests.oracle.world import Happened, Somebody, World, to_ms
from tests.worlds import ATTRIBUTES, NAMES, PROPERTIES_OF

DAY = 24 * 60
# Journeys begin on Monday, 4 May.
RETENTION = {
    "kind": "retention",
    "period": {"start": "2026-05-04", "end": "2026-05-17"},
    "granularity": "week",
    "intervals": 2,
    "entry": {"event": "join"},
    "return": {"event": "play"},
}
LATER = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture
def seen(project, store):
    """The result of a definition as of an instant."""

    def compute(definition, now=LATER):
        loader.drain(project.pk)
        asked = Question.of(project, definition, now=now)
        rows = {key: fetch(each) for key, each in asked.query.statements.items()}
        return engine.result(asked.plan, rows).dump()

    return compute


@pytest.fixture
def behind(project, seen):
    """How many people stand behind a place."""

    def count(definition, now=LATER, **place):
        loader.drain(project.pk)
        asked = Question.of(project, definition, now=now)
        return len(fetch(asked.people(parse_figure(asked.definition, place))))

    return count


def cohorts(result, segment=0):
    """The people of each interval, cohort by cohort; ~ those that are not over."""
    return {
        cohort["start"]: [
            each and (f"~{each['people']}" if each["partial"] else each["people"])
            for each in cohort["intervals"]
        ]
        for cohort in result["segments"][segment]["cohorts"]
    }


@pytest.fixture
def some(journeys):
    """Ann plays in weeks 1 and 2, Bob in week 2, Cid in his own week alone; Dan begins a week
    later and plays the week after."""
    journeys(
        ann=[(0, "join"), (7 * DAY, "play"), (8 * DAY, "play"), (14 * DAY, "play")],
        bob=[(DAY, "join"), (15 * DAY, "play"), {"plan": "pro"}],
        cid=[(2 * DAY, "join"), (2 * DAY + 5, "play")],
        dan=[(9 * DAY, "join"), (16 * DAY, "play"), (16 * DAY, "join")],
    )


@pytest.mark.django_db
def test_the_whole_result(some, seen):
    result = seen(RETENTION)
    assert result == {
        "kind": "retention",
        "as_of": "2026-08-01T00:00:00Z",
        "timezone": "Europe/Zagreb",
        "period": {"start": "2026-05-04", "end": "2026-05-17"},
        "warnings": [],
        "segments": [
            {
                "name": "Everybody",
                "size": 4,
                "average": [1.0, 0.5, 0.5],
                "cohorts": [
                    {
                        "start": "2026-05-04",
                        "people": 3,
                        "intervals": [
                            {"people": 3, "share": 1.0, "partial": False},
                            {"people": 1, "share": 1 / 3, "partial": False},
                            {"people": 2, "share": 2 / 3, "partial": False},
                        ],
                    },
                    {
                        "start": "2026-05-11",
                        "people": 1,
                        "intervals": [
                            {"people": 1, "share": 1.0, "partial": False},
                            {"people": 1, "share": 1.0, "partial": False},
                            {"people": 0, "share": 0.0, "partial": False},
                        ],
                    },
                ],
            }
        ],
    }


PRO = {"name": "Pro", "condition": {"attribute": "plan", "operator": "is", "value": ["pro"]}}
WEEK_ON = {"start": "2026-05-11", "end": "2026-05-24"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"counting": "on_or_after"}, {"2026-05-04": [3, 2, 2], "2026-05-11": [1, 1, 0]}),
        ({"segments": [PRO]}, {"2026-05-04": [1, 0, 1], "2026-05-11": [0, 0, 0]}),
        # Dan joins a second time in the week of the 18th: that is a cohort of "every" alone.
        ({"period": WEEK_ON}, {"2026-05-11": [1, 1, 0], "2026-05-18": [0, 0, 0]}),
        (
            {"period": WEEK_ON, "cohort": "every"},
            {"2026-05-11": [1, 1, 0], "2026-05-18": [1, 0, 0]},
        ),
        # A period that cuts its weeks takes only entries in it; intervals are whole weeks.
        (
            {"period": {"start": "2026-05-06", "end": "2026-05-12"}},
            {"2026-05-04": [1, 0, 0], "2026-05-11": [0, 0, 0]},
        ),
        ({"granularity": "month"}, {"2026-05-01": [4, 0, 0]}),
        # What people began with is also what they come back to.
        (
            {"return": {"event": "join"}, "intervals": 1},
            {"2026-05-04": [3, 0], "2026-05-11": [1, 1]},
        ),
        # Any event, one of several, and a first time, as entries have them.
        ({"return": {"event": None}}, {"2026-05-04": [3, 1, 2], "2026-05-11": [1, 1, 0]}),
        (
            {"entry": {"any_of": [{"event": "join"}, {"event": "play"}]}, "cohort": "every"},
            {"2026-05-04": [3, 1, 2], "2026-05-11": [2, 2, 0]},
        ),
        (
            {"return": {"event": "play", "first_time": True}},
            {"2026-05-04": [3, 1, 1], "2026-05-11": [1, 1, 0]},
        ),
    ],
)
def test_what_counts(some, seen, behind, changes, expected):
    asked = RETENTION | changes
    assert cohorts(seen(asked)) == expected
    for start, numbers in expected.items():
        for n, number in enumerate(numbers):
            assert behind(asked, start=start, interval=n) == number


@pytest.mark.django_db
def test_what_has_not_begun_and_what_is_not_over(some, seen, behind):
    """On Wednesday, 20 May, the week of the 18th is open."""
    now = datetime(2026, 5, 20, 20, tzinfo=UTC)
    result = seen(RETENTION, now)
    assert cohorts(result) == {"2026-05-04": [3, 1, "~2"], "2026-05-11": [1, "~1", None]}
    # Only what is over counts: of the first interval one cohort, of the second none.
    assert result["segments"][0]["average"] == [1.0, 1 / 3, None]
    later = seen(RETENTION | {"counting": "on_or_after"}, now)
    assert cohorts(later) == {"2026-05-04": [3, "~2", "~2"], "2026-05-11": [1, "~1", None]}
    assert later["segments"][0]["average"] == [1.0, None, None]
    with pytest.raises(Invalid) as refused:
        behind(RETENTION, now, start="2026-05-11", interval=2)
    assert refused.value.problems == {"interval": ["This interval has not begun."]}


@pytest.mark.django_db
def test_an_average_is_of_people_not_of_cohorts(journeys, seen):
    crowd = {f"n{n}": [(0, "join"), *([(7 * DAY, "play")] if n < 3 else [])] for n in range(9)}
    journeys(**crowd, ann=[(7 * DAY, "join"), (14 * DAY, "play")])
    assert seen(RETENTION)["segments"][0]["average"] == [1.0, 4 / 10, 0.0]


@pytest.mark.django_db
def test_weeks_begin_where_the_project_says(project, some, seen):
    project.week_start = "sunday"
    project.save()
    # Sundays are the 3rd and the 10th.
    assert list(cohorts(seen(RETENTION))) == ["2026-05-03", "2026-05-10", "2026-05-17"]


@pytest.mark.django_db
def test_a_day_that_a_zone_left_out_has_nobody(project, journeys, seen, behind):
    """Samoa had no 30 December 2011."""
    project.timezone = "Pacific/Apia"
    project.save()
    at = (
        datetime(2011, 12, 30, 9, tzinfo=UTC) - datetime(2026, 5, 4, 10, tzinfo=UTC)
    ).total_seconds()
    journeys(ann=[(at / 60, "join"), (at / 60 + 2 * 60, "play")])
    days = {"start": "2011-12-29", "end": "2011-12-30"}
    asked = RETENTION | {"period": days, "granularity": "day"}
    assert cohorts(seen(asked)) == {"2011-12-29": [1, 0, 1], "2011-12-30": [0, 0, 0]}
    assert behind(asked, start="2011-12-29", interval=2) == 1
    assert behind(asked, start="2011-12-30") == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "period",
    [{"start": "9998-01-01", "end": "9998-12-31"}, {"start": "1900-01-01", "end": "1900-01-31"}],
)
def test_the_ends_of_time(some, seen, period):
    asked = RETENTION | {"period": period, "granularity": "month", "intervals": 60}
    result = seen(asked)
    begun = period["start"] < "2026"
    for cohort in result["segments"][0]["cohorts"]:
        assert all((each is not None) == begun for each in cohort["intervals"])


@pytest.mark.django_db
def test_people_of_any_number_count(project, journeys, seen, behind):
    """The store keeps sets of people: also of those whose number takes more than four bytes."""
    times = dict.fromkeys(("first_seen", "created_at", "modified_at"), LATER)
    batch = project.batches.create(source="test")
    ann = Person.objects.create(pk=2**33 + 1, project=project, batch=batch, **times)
    ann.identities.create(project=project, kind="external", value="ann")
    journeys(ann=[(0, "join"), (7 * DAY, "play")], bob=[(0, "join")])
    for counting in ("on", "on_or_after"):
        asked = RETENTION | {"counting": counting}
        assert cohorts(seen(asked))["2026-05-04"] == [2, 1, 0]
        assert behind(asked, start="2026-05-04", interval=1) == 1


# --- Everything at once -------------------------------------------------------------------------


def busy_world(draw):
    """A few people who come back on many days around a change of clocks."""
    zone = ZoneInfo("Europe/Zagreb")
    now = datetime(2026, 4, draw.choice([3, 9, 20]), draw.choice([0, 12, 22]), tzinfo=UTC)
    people = []
    for _ in range(8):
        times = {draw.randrange(14 * DAY) for _ in range(draw.randint(1, 14))}
        events = [
            Happened(draw.choice(NAMES), to_ms(now - timedelta(minutes=each)), {})
            for each in sorted(times)
        ]
        seen = now - timedelta(days=20)
        people.append(Somebody({}, to_ms(seen), events, seen, {}))
    week = draw.choice(["monday", "sunday"])
    return World(zone, now, people, ATTRIBUTES, PROPERTIES_OF, week, 60)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_busy_people_count_as_in_plain_python(store, seed):
    """Drawn worlds have few who come back; here all do, in every combination of the options."""
    draw = random.Random(seed)
    world = busy_world(draw)
    project = settle(world)
    options = product(("first_time", "every"), ("on", "on_or_after"), ("day", "week", "month"))
    for cohort, counting, size in options:
        first = world.today - timedelta(draw.choice([4, 9, 13]))
        last = first + timedelta(draw.choice([0, 3, 8, 20]))
        entry, back = (draw.choice([*NAMES, None]) for _ in range(2))
        asked = {
            "kind": "retention", "period": {"start": f"{first}", "end": f"{last}"},
            "granularity": size, "intervals": draw.choice([1, 3, 12]), "cohort": cohort,
            "counting": counting, "entry": {"event": entry}, "return": {"event": back},
            "segments": [],
        }  # fmt: skip
        result = results(project, asked, world.now)
        assert result == oracle.answer(world, asked), asked
        question = Question.of(project, asked, now=world.now)
        there = figures(asked, result)
        for place, number in draw.sample(there, min(len(there), 2)):
            people = fetch(question.people(parse_figure(question.definition, place)))
            assert len({row[0] for row in people}) == len(people) == number, (asked, place)


# --- Bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"granularity": "hour"}, "granularity"),
        ({"granularity": None}, "granularity"),
        ({"intervals": 0}, "intervals"),
        ({"intervals": 61}, "intervals"),
        ({"intervals": "8"}, "intervals"),
        ({"intervals": True}, "intervals"),
        ({"entry": None}, "entry"),
        ({"entry": [{"event": "join"}]}, "entry"),
        ({"return": {"event": ""}}, "return.event"),
        ({"return": {"any_of": [{"event": "play"}]}}, "return.any_of"),
        ({"returning": {"event": "play"}}, "returning"),
        ({"cohort": "last"}, "cohort"),
        ({"counting": "after"}, "counting"),
        ({"breakdown": {"attribute": "plan"}}, "breakdown"),
        ({"compare": "previous_period"}, "compare"),
        ({"exclusive": True}, "exclusive"),
        ({"segments": [PRO] * 5}, "segments"),
        (
            {
                "period": {"start": "2023-06-01", "end": "2026-05-31"},
                "granularity": "day", "intervals": 60, "segments": [PRO, PRO],
            },
            "intervals",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_at_its_place(changes, path):
    with pytest.raises(Invalid) as refused:
        parse(RETENTION | changes, Catalogue())
    assert list(refused.value.problems) == [path]


def test_what_was_asked_is_written_as_it_is_read():
    asked = parse(RETENTION, Catalogue())
    written = dump(asked)
    assert written == RETENTION | {
        "entry": {"event": "join", "filters": []},
        "return": {"event": "play", "filters": []},
        "cohort": "first_time",
        "counting": "on",
        "segments": [],
    }
    assert parse(written, Catalogue()) == asked


@pytest.mark.parametrize(
    ("place", "problems"),
    [
        ({"start": "2026-05-04", "interval": 3}, {"interval"}),
        ({"start": "2026-05-04", "segment": 1}, {"segment"}),
        ({"start": "2026-05-04", "group": "other"}, {"group"}),
        ({"start": "2026-05-04", "previous": True}, {"previous"}),
        ({"start": "2026-05-04", "event": 0}, {"event"}),
    ],
)
def test_a_number_that_is_none_is_told_at_its_key(place, problems):
    with pytest.raises(Invalid) as refused:
        parse_figure(parse(RETENTION, Catalogue()), place)
    assert set(refused.value.problems) == problems


@pytest.mark.django_db
@pytest.mark.parametrize("place", [{}, {"start": "2026-05-05"}, {"start": "nonsense"}])
def test_a_cohort_that_is_none_is_told_at_its_start(some, behind, place):
    with pytest.raises(Invalid) as refused:
        behind(RETENTION, **place)
    assert set(refused.value.problems) == {"start"}


def test_a_number_in_words():
    asked = parse(RETENTION | {"counting": "on_or_after"}, Catalogue())
    later = parse_figure(asked, {"start": "2026-05-04", "interval": 2})
    own = parse_figure(asked, {"start": "2026-05-04"})
    assert later.words(asked) == (
        "Began with join, week of 2026-05-04, and did play in week 2 or later"
    )
    assert own.words(asked) == "Began with join, week of 2026-05-04"


def test_a_cohort_in_the_future_is_empty_space(project, store):
    now = datetime(2026, 5, 6, tzinfo=UTC)
    asked = RETENTION | {"period": {"start": "2026-05-04", "end": "2026-05-31"}}
    question = Question.of(project, asked, now=now)
    rows = {key: fetch(each) for key, each in question.query.statements.items()}
    found = engine.result(question.plan, rows).dump()
    assert cohorts(found) == {
        "2026-05-04": ["~0", None, None],
        **{f"2026-05-{day}": [None] * 3 for day in (11, 18, 25)},
    }
