"""When a watched number is worth a mail."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from analytics.definitions.alerts import Comparison, NotKnown, Reading, holds, parse_watched
from analytics.definitions.conditions import Catalogue
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse, read_stored
from analytics.engine.readings import read
from analytics.mails.sending import send_due
from analytics.models import Alert, Mailing, Report, check_due
from analytics.models.questions import Question, answer
from analytics.presentation.kinds import presentation
from analytics.presentation.marked import lines_of, setting_of
from analytics.store import loader
from tests.mail.conftest import LOOKS, compute_all

pytestmark = pytest.mark.django_db
ALICE = "alice@example.com"
# What the journeys of these tests begin with is 4 May, 12:00 in Zagreb.
DAY = 24 * 60
NEXT_DAY = datetime(2026, 5, 6, 6, 0, tzinfo=UTC)
LATELY = LOOKS | {"metric": "events", "period": {"preset": "last_7_days"}}
FUNNEL = {
    "kind": "funnel",
    "period": {"preset": "last_7_days"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "look"}, {"event": "buy"}],
}


@pytest.mark.parametrize(
    ("comparison", "limit", "reading", "expected"),
    [
        (Comparison.BELOW, 10, Reading(9), True),
        (Comparison.BELOW, 10, Reading(10), False),
        # A bucket that is open can still grow: it never fires "below".
        (Comparison.BELOW, 10, Reading(0, is_open=True), None),
        (Comparison.ABOVE, 10, Reading(11), True),
        (Comparison.ABOVE, 10, Reading(10), False),
        (Comparison.ABOVE, 10, Reading(11, is_open=True), True),
        (Comparison.ABOVE, 10, Reading(9, is_open=True), None),
        (Comparison.CHANGES_BY, 10, Reading(89, 100), True),
        (Comparison.CHANGES_BY, 10, Reading(111, 100), True),
        (Comparison.CHANGES_BY, 10, Reading(90, 100), False),
        (Comparison.CHANGES_BY, 10, Reading(1, 100, is_open=True), None),
        # From nothing to something is more than any per cent.
        (Comparison.CHANGES_BY, 500, Reading(1, 0), True),
        (Comparison.CHANGES_BY, 5, Reading(0, 0), False),
    ],
)
def test_conditions(comparison, limit, reading, expected):
    assert holds(comparison, limit, reading) is expected


def test_a_change_needs_something_before():
    with pytest.raises(NotKnown):
        holds(Comparison.CHANGES_BY, 5, Reading(3))


@pytest.mark.parametrize(
    ("figure", "paths"),
    [
        ([], {""}),
        ({"segment": 3}, {"segment"}),
        ({"event": 9, "segment": 1}, {"event", "segment"}),
        ({"granularity": "week"}, {"granularity"}),
        ({"step": 1}, {"step"}),
        ({"group": "other"}, {"group"}),
        ({"previous": True}, {"previous"}),
    ],
)
def test_a_number_that_the_report_lacks_is_refused(figure, paths):
    with pytest.raises(Invalid) as refused:
        parse_watched(parse(LATELY | {"compare": None}, Catalogue()), figure)
    assert set(refused.value.problems) == paths


@pytest.fixture
def clock():
    with time_machine.travel(NEXT_DAY, tick=False) as clock:
        yield clock


@pytest.fixture
def watch(project, report, alice, store):
    """watch("below", 3, definition): a saved alert, checked once."""

    def made(operator, value, definition=LATELY, figure=None, check=True):
        saved = Report.objects.create(
            project=project, name="Looks", kind=definition["kind"], definition=definition
        )
        alert = Alert(
            project=project, report=saved, operator=operator, value=value,
            figure=figure or {}, schedule={"every": "hour"},
        )  # fmt: skip
        alert.keep([ALICE], alice)
        if check:
            looked(alert)
        return alert

    return made


def looked(alert):
    """Check it, and answer what it asked."""
    alert.check_now()
    compute_all()
    check_due(timezone.now())
    alert.refresh_from_db()
    return alert


def mails():
    return list(Mailing.objects.order_by("slot").values_list("kind", flat=True))


def test_it_fires_once_and_is_over_once(clock, journeys, watch, post):
    journeys(ann=[(n, "look") for n in range(5)])
    alert = watch("below", 3)
    # Yesterday, the last whole day, nobody looked.
    assert (alert.state, alert.seen["value"], alert.seen["bucket"]) == ("firing", 0, "2026-05-05")
    for _ in range(3):
        clock.shift(timedelta(hours=1))
        check_due(timezone.now())
        compute_all()
        check_due(timezone.now())
    assert mails() == ["fires"]
    journeys(ben=[(2 * DAY + n, "look") for n in range(4)])
    clock.shift(timedelta(days=1))
    looked(alert)
    assert (alert.state, mails()) == ("quiet", ["fires", "over"])
    send_due()
    fired, over = [message["Subject"] for message in post.to(ALICE)]
    assert fired == "Looks is below 3: 0 on May 5, 2026"
    assert over == "Over: Looks no longer is below 3: 4 on May 6, 2026"


def test_an_open_bucket_never_fires_below(clock, journeys, watch):
    journeys(ann=[(DAY + n, "look") for n in range(5)])
    # Yesterday had five; today, which is not over, has none yet.
    assert watch("below", 3).state == "quiet"
    assert mails() == []


def test_nothing_known_is_told_after_the_third_time(clock, watch, post):
    closed = FUNNEL | {"steps": [{"event": "look"}, {"event": "buy"}]}
    alert = watch("below", 0.5, closed, {"step": 1, "of": "first"}, check=False)
    for n in range(5):
        looked(alert)
        assert (alert.state, alert.unknowns) == ("unknown", n + 1)
    assert alert.reason == "Nobody entered the funnel, so there is no share."
    assert mails() == ["unknown"]
    send_due()
    assert "Nobody entered the funnel" in post.to(ALICE)[0]["Subject"]


def test_unknown_in_between_tells_nothing_twice(clock, journeys, watch, report):
    journeys(ann=[(n, "look") for n in range(5)])
    alert = watch("below", 3)
    broken = alert.report.definition | {"segments": [{"segment": "gone"}]}
    whole, alert.report.definition = alert.report.definition, broken
    alert.report.save()
    looked(alert)
    assert alert.state == "unknown"
    alert.report.definition = whole
    alert.report.save()
    looked(alert)
    assert (alert.state, mails()) == ("firing", ["fires"])


def test_a_changed_condition_is_told_anew(clock, journeys, watch, alice):
    journeys(ann=[(n, "look") for n in range(5)])
    alert = watch("below", 3)
    alert.value = 2
    clock.shift(timedelta(minutes=1))
    alert.keep([ALICE], alice)
    assert (looked(alert).state, mails()) == ("firing", ["fires", "fires"])


def test_it_is_looked_at_when_its_bucket_is_over_and_hourly(clock, watch, project):
    alert = watch("below", 3)
    # 08:00 in Zagreb is over; the next hour is due, and every midnight is one.
    assert alert.next_due == NEXT_DAY + timedelta(hours=1)
    alert.refresh_from_db()
    clock.shift(timedelta(hours=1))
    check_due(timezone.now())
    alert.refresh_from_db()
    assert alert.next_due == NEXT_DAY + timedelta(hours=2)


def test_an_alert_of_a_deleted_report_stays_and_rests(clock, watch):
    alert = watch("below", 3)
    alert.report.delete()
    clock.shift(timedelta(hours=2))
    assert check_due(timezone.now()) == 0
    alert.refresh_from_db()
    assert (alert.is_orphan, alert.title) == (True, "Looks")


# --- What is read out of a result ---------------------------------------------------------------


@pytest.fixture
def reading(project, store):
    def made(definition, figure):
        loader.drain(project.pk)
        question = Question.of(project, definition)
        return read(answer(question), parse_watched(question.definition, figure))

    return made


def test_numbers_of_a_segmentation(clock, journeys, reading):
    journeys(
        ann=[(0, "look", {"page": "a"}), (DAY, "look", {"page": "a"}), (DAY, "look", {"page": "b"})]
    )
    last = reading(LATELY, {})
    assert (last.value, last.before, last.bucket, last.is_open) == (2, 1, "2026-05-05", False)
    today = reading(LATELY, {"granularity": "day", "start": "2026-05-06"})
    assert (today.value, today.is_open) == (0, True)
    broken = LATELY | {"breakdown": {"property": "page"}}
    assert reading(broken, {"group": "value", "value": "b"}).value == 1
    with pytest.raises(NotKnown):
        reading(broken, {"group": "value", "value": "z"})
    with pytest.raises(NotKnown, match="No bucket"):
        reading(LATELY | {"period": {"preset": "this_month"}, "granularities": ["month"]}, {})


RETENTION = {
    "kind": "retention",
    "period": {"preset": "last_30_days"},
    "granularity": "day",
    "intervals": 1,
    "entry": {"event": "look"},
    "return": {"event": "buy"},
}


def test_numbers_of_a_retention(clock, journeys, reading):
    """Without a cohort it is the newest of which the interval is over."""
    journeys(
        ann=[(-DAY, "look"), (0, "buy")], ben=[(-DAY, "look")],
        cid=[(0, "look"), (DAY, "buy")], dan=[(DAY, "look"), (DAY + 5, "buy")],
    )  # fmt: skip
    newest = reading(RETENTION, {"interval": 1})
    assert (newest.value, newest.before, newest.bucket) == (1, 1, "2026-05-04")
    assert (newest.granularity, newest.is_open, newest.is_share) == ("day", False, False)
    shares = reading(RETENTION, {"interval": 1, "of": "first"})
    assert (shares.value, shares.before, shares.is_share) == (1.0, 0.5, True)
    named = reading(RETENTION, {"interval": 1, "start": "2026-05-05"})
    assert (named.value, named.is_open) == (0, True)
    with pytest.raises(NotKnown, match="has not begun"):
        reading(RETENTION, {"interval": 1, "start": "2026-05-06"})
    with pytest.raises(NotKnown, match="no cohort"):
        reading(RETENTION, {"interval": 1, "start": "2020-01-01"})
    with pytest.raises(NotKnown, match="Nobody is in"):
        reading(RETENTION, {"interval": 1, "start": "2026-05-01", "of": "first"})
    whole = RETENTION | {"period": {"preset": "this_week"}, "granularity": "month"}
    with pytest.raises(NotKnown, match="over in no cohort"):
        reading(whole, {"interval": 1})


@pytest.mark.parametrize(
    ("figure", "paths"),
    [
        ({"interval": 2}, {"interval"}),
        ({"of": "previous"}, {"of"}),
        ({"granularity": "day"}, {"granularity"}),
        ({"step": 0}, {"step"}),
    ],
)
def test_a_number_that_a_retention_has_not(figure, paths):
    with pytest.raises(Invalid) as refused:
        parse_watched(parse(RETENTION, Catalogue()), figure)
    assert set(refused.value.problems) == paths


def test_numbers_of_a_funnel(clock, journeys, reading):
    journeys(ann=[(DAY, "look"), (DAY + 5, "buy")], ben=[(DAY, "look")])
    assert reading(FUNNEL, {"step": 1}).value == 1
    assert reading(FUNNEL, {"step": 1, "outcome": "dropped"}).value == 1
    assert reading(FUNNEL, {"step": 1, "of": "first"}).value == 0.5
    compared = FUNNEL | {"compare": "previous_period"}
    assert reading(compared, {"step": 0}).before == 0


@pytest.fixture
def watched(project, report, alice, journeys, client):
    """watched(operator, value, **figure): an alert on the report, whose answer is there."""
    journeys(ann=[(0, "look"), (1, "look")], bob=[(0, "look"), (DAY, "buy")])
    loader.drain(project.pk)
    client.force_login(alice)

    def made(operator, value, **figure):
        alert = Alert(project=project, report=report, operator=operator, value=value, figure=figure,
                      schedule={"every": "hour"}, created_by=alice)  # fmt: skip
        alert.keep([ALICE], alice)
        return alert

    return made


def lines_on(client, project, report, query=""):
    """The words on the lines of alerts on a report's page, and what its legend says of them."""
    asked = reverse("report", args=[project.slug, report.pk])
    page = client.get(f"{asked}?{query}" if query else asked)
    if compute_all() or "hx-get" in page.content.decode():
        page = client.get(f"{asked}?{query}" if query else asked)
    page = page.content.decode()
    return (
        re.findall(r'<text[^>]*class="limit"[^>]*>([^<]*)</text>', page),
        re.findall(r'dash watched.*?<a href="([^"]*)">([^<]*)</a>', page, re.DOTALL),
    )


def test_a_report_shows_the_lines_that_alerts_watch(watched, client, project, report):
    below = watched("below", 1, event=0)
    watched("changes_by", 20)
    watched("above", 1_000_000)
    words, legend = lines_on(client, project, report)
    # One has no line of its own, one lies so far above that the numbers would lie flat.
    assert words == ["Alert below 1"]
    here = reverse("alert", args=[project.slug, below.pk])
    assert (here, "Alert: look, the last whole day is below 1") in legend
    assert len(legend) == 2
    # Other days of the same numbers keep it; other numbers have none.
    days = "event-0=look&metric=people&period=custom&start=2026-05-02&end=2026-05-20"
    assert lines_on(client, project, report, days)[0] == ["Alert below 1"]
    for query in (days.replace("look", "buy"), days.replace("people", "events")):
        assert lines_on(client, project, report, query) == ([], [])


def test_a_line_stands_on_the_chart_of_its_buckets_alone(watched, client, project, report):
    Report.objects.update(definition=report.definition | {"granularities": ["day", "week"]})
    report.refresh_from_db()
    watched("above", 2, granularity="week")
    result = answer(Question.of(project, report.definition))
    setting = setting_of(project, result, lines_of(report, report.definition))
    day, week = presentation(result, read_stored(report.definition), setting).charts()
    assert ("Alert above 2" in day.svg, "Alert above 2" in week.svg) == (False, True)
    assert ([each.words for each in day.watched], len(week.watched)) == ([], 1)


def test_the_picture_of_a_mail_has_the_line(watched, client, project, report, subscribe, settings):
    settings.EMAIL_BACKEND = "analytics.mails.outbox.Outbox"
    answer(Question.of(project, report.definition))
    pictures = []
    for _ in range(2):
        mailing = subscribe(ALICE).send_now()
        send_due()
        mailing.refresh_from_db()
        pictures.append(bytes(mailing.picture))
        watched("below", 1)
    assert pictures[0] != pictures[1]


def test_bars_of_one_bucket_have_the_lines_below_them(watched, client, project, report):
    Report.objects.update(definition=report.definition | {"granularities": ["month"]})
    report.refresh_from_db()
    watched("above", 1, granularity="month")
    watched("below", 1_000, granularity="month")
    asked = report.definition | {"period": {"start": "2026-05-01", "end": "2026-05-31"}}
    result = answer(Question.of(project, asked))
    setting = setting_of(project, result, lines_of(report, asked))
    [chart] = presentation(result, read_stored(asked), setting).charts()
    assert chart.kind == "rows"
    assert re.findall(r'<text[^>]*class="limit"[^>]*>([^<]*)</text>', chart.svg) == [
        "Alert above 1"
    ]
    [mark] = re.findall(r'<line x1="([\d.]+)%"[^>]*class="limit"', chart.svg)
    [bar] = re.findall(r'<rect[^>]*width="([\d.]+)%"', chart.svg)
    # Two people are counted, one is the limit.
    assert float(mark) == float(bar) / 2
    assert [each.title for each in chart.watched] != []


@pytest.fixture
def funnel(report):
    """The report as a funnel of May: two people enter it, one of them buys."""
    period = {"start": "2026-05-01", "end": "2026-05-31"}
    window = {"value": 3, "unit": "day"}
    Report.objects.update(definition=FUNNEL | {"period": period, "window": window}, kind="funnel")
    report.refresh_from_db()
    return report


@pytest.mark.parametrize(
    ("figure", "limit", "step", "height"),
    [
        ({"step": 0}, 1, 0, 50),
        ({"step": 1, "of": "first"}, 0.25, 1, 25),
        ({"step": 1, "of": "previous"}, 0.25, 1, 25),
        ({"step": 1, "outcome": "dropped"}, 0.5, 1, 75),
        ({"step": 1, "outcome": "dropped", "of": "previous"}, 0.25, 1, 75),
        ({"step": 1}, 40, None, None),
    ],
)
def test_the_step_of_a_funnel_has_the_line_of_its_alert(
    watched, project, funnel, figure, limit, step, height
):
    watched("below", limit, **figure)
    result = answer(Question.of(project, funnel.definition))
    setting = setting_of(project, result, lines_of(funnel, funnel.definition))
    chart = presentation(result, read_stored(funnel.definition), setting).funnel()
    found = {
        n: limit.height
        for n, each in enumerate(chart.steps)
        for bar in each.bars
        for limit in bar.limits
    }
    assert found == ({} if step is None else {step: height})
    assert len(chart.watched) == 1
    assert ("Alert below" in chart.fixed()) is (step is not None)


def test_only_the_segment_that_is_watched_has_the_line(watched, project, funnel):
    everybody = {"name": "All", "condition": {"performed": "look"}}
    asked = funnel.definition | {"segments": [everybody, everybody | {"name": "Again"}]}
    Report.objects.update(definition=asked)
    funnel.refresh_from_db()
    watched("below", 1, step=1, segment=1)
    result = answer(Question.of(project, asked))
    setting = setting_of(project, result, lines_of(funnel, asked))
    chart = presentation(result, read_stored(asked), setting).funnel()
    assert [len(bar.limits) for bar in chart.steps[1].bars] == [0, 1]


def test_the_page_of_a_funnel_has_the_line_in_its_legend(watched, client, project, funnel):
    alert = watched("below", 0.3, step=1, of="first")
    _, legend = lines_on(client, project, funnel)
    here = reverse("alert", args=[project.slug, alert.pk])
    assert [link for link, _ in legend] == [here]
    page = client.get(reverse("report", args=[project.slug, funnel.pk])).content.decode()
    assert '<line class="limit" x2="100" y1="70.0" y2="70.0"' in page
