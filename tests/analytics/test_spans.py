"""Rolling and cumulative numbers: buckets that count longer than they last (contract §2)."""

import re
from datetime import UTC, datetime

import pytest

from analytics.definitions.conditions import Catalogue
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse
from analytics.models import Selection
from analytics.models.questions import compute_next, fetch
from people.ingest.messages import Id, Kind, Track
from people.ingest.record import record
from people.models import EventDefinition

DAY = 24 * 60
NOTHING = Catalogue({}, {})
REPORT = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-04", "end": "2026-05-08"},
    "events": [{"event": "play"}],
}
ROLLING = REPORT | {"rolling": 3}
CUMULATIVE = REPORT | {"cumulative": True}


def values(numbers):
    return [each["value"] for each in numbers["points"]]


def only(result):
    [series] = result["series"]
    return series


@pytest.fixture
def happened(journeys):
    journeys(
        # Two days before the period, on its first day, and on its last.
        ann=[(-2 * DAY, "play"), (0, "play"), (4 * DAY, "play")],
        # Too early to be rolling on the first day.
        bob=[(-3 * DAY, "play"), (DAY, "play"), (DAY + 1, "play")],
        cid=[(3 * DAY, "play"), (3 * DAY, "stop")],
    )


@pytest.mark.django_db
def test_each_day_counts_people_of_the_days_that_end_with_it(happened, ask):
    series = only(ask(ROLLING))
    assert values(series) == [1, 2, 2, 2, 2]
    assert series["total"] == {"value": 3}
    # Once a day: what overlaps is no second person.
    assert values(only(ask(REPORT | {"rolling": 90}))) == [2, 2, 2, 3, 3]


@pytest.mark.django_db
def test_who_only_did_it_before_the_period_counts_in_it_and_not_in_the_total(journeys, ask):
    journeys(ann=[(-DAY, "play")])
    series = only(ask(ROLLING))
    assert (values(series), series["total"]["value"]) == ([1, 1, 0, 0, 0], 0)


@pytest.mark.django_db
def test_a_rolling_adoption_is_of_those_registered_by_then(journeys, ask):
    journeys(
        ann=[{"createdAt": "2026-05-06T12:00:00Z"}, (0, "play")],
        bob=[{"createdAt": "2026-05-01T12:00:00Z"}, (0, "play")],
    )
    asked = ROLLING | {"metric": "adoption", "denominator": "registered"}
    found = only(ask(asked))["points"]
    assert [(each["numerator"], each["denominator"]) for each in found] == [
        (1, 1), (1, 1), (2, 2), (0, 2), (0, 2)
    ]  # fmt: skip


@pytest.mark.django_db
def test_each_bucket_counts_from_the_start_of_the_period(happened, ask):
    assert values(only(ask(CUMULATIVE))) == [1, 2, 2, 3, 3]
    events = only(ask(CUMULATIVE | {"metric": "events"}))
    assert (values(events), events["total"]["value"]) == ([1, 3, 3, 4, 5], 5)
    weeks = ask(CUMULATIVE | {"granularities": ["day", "week", "month"]})["series"]
    assert [values(each)[-1] for each in weeks] == [3, 3, 3]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [ROLLING, CUMULATIVE])
def test_the_period_before_and_groups_go_along(happened, ask, asked, project):
    definition = EventDefinition.objects.get(project=project, name="play")
    definition.properties.create(name="genre", type="text")
    whole = asked | {"compare": "previous_period", "breakdown": {"property": "genre"}}
    series = only(ask(whole))
    [missing] = series["breakdown"]
    assert values(missing) == values(series)
    # 29 April to 3 May: bob on 1 May, ann on the 2nd.
    assert values(series["previous"]) == [0, 0, 1, 2, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [ROLLING, CUMULATIVE])
def test_just_those_are_behind_a_number_whom_it_counts(happened, ask, asked, project):
    series = only(ask(asked))
    for point in series["points"]:
        place = {"granularity": "day", "start": point["start"]}
        selection = Selection(project=project, definition=asked, figure=place)
        assert len(fetch(selection.people())) == point["value"]


@pytest.mark.django_db
def test_a_day_that_a_zone_skipped_counts_the_days_before_it(project, journeys, ask):
    # Samoa went from 29 to 31 December 2011 over the date line; 30 December has no instant there.
    project.timezone = "Pacific/Apia"
    project.save()
    at = datetime(2011, 12, 29, 20, tzinfo=UTC)
    ann = (Id("ann", Kind.EXTERNAL),)
    record(project, [Track(ann, "play", at, "1", {})], source="test", received_at=at)
    period = {"start": "2011-12-29", "end": "2012-01-02"}
    series = only(ask(ROLLING | {"period": period}))
    assert [each["start"] for each in series["points"]][1] == "2011-12-30"
    assert values(series) == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"rolling": 7, "metric": "events"}, "rolling"),
        ({"rolling": 7, "metric": "frequency"}, "rolling"),
        ({"rolling": 7, "granularities": ["hour"]}, "rolling"),
        ({"rolling": 7, "granularities": ["day", "week"]}, "rolling"),
        ({"rolling": 1}, "rolling"),
        ({"rolling": 91}, "rolling"),
        ({"rolling": True}, "rolling"),
        ({"rolling": 7.5}, "rolling"),
        ({"cumulative": True, "metric": "adoption"}, "cumulative"),
        ({"cumulative": True, "metric": "engagement"}, "cumulative"),
        ({"cumulative": True, "rolling": 7}, "cumulative"),
        ({"cumulative": 1}, "cumulative"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(changes, path):
    with pytest.raises(Invalid) as refused:
        parse(REPORT | changes, NOTHING)
    assert list(refused.value.problems) == [path]


def test_what_is_not_asked_for_is_not_dumped():
    plain = dump(parse(REPORT | {"cumulative": False, "rolling": None}, NOTHING))
    assert not {"rolling", "cumulative"} & set(plain)
    assert "rolling over 3 days" in str(parse(ROLLING, NOTHING))


@pytest.mark.django_db
def test_the_page_says_so_and_its_numbers_lead_to_their_people(happened, client, project, alice):
    client.force_login(alice)
    path = (
        f"/p/{project.slug}/segmentation/?event-0=play&metric=people&granularity=day&over=rolling"
        "&rolling=3&period=custom&start=2026-05-04&end=2026-05-08"
    )
    client.get(path)
    compute_next()
    page = client.get(path).content.decode()
    assert "Each day counts people of the 3 days that end with it." in page
    addresses = re.findall(r'<a class="number" href="([^"]+start=2026-05-05[^"]*)">2</a>', page)
    assert addresses
    assert "2 people" in client.get(addresses[0].replace("&amp;", "&")).content.decode()
