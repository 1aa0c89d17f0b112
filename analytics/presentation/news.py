"""What changed in a project, in sentences: the last seven whole days against the seven before, and
against chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from analytics.models.alerts import Alert
from analytics.models.saved import Report
from analytics.models.weeks import Course, Weeks, courses, funnels
from analytics.presentation.series import way_of
from analytics.presentation.statistics import Difference, difference, holm, is_as_before, is_level
from analytics.presentation.summary import by, relative
from analytics.presentation.thumbs import Thumb, of_journey
from analytics.results import FunnelResult, FunnelSegment
from people.locale import READER, count, share
from people.models import Project

# Fewer in two weeks are not called a change.
FEWEST = 30
MOST_STORIES = 7
KEEP = timedelta(minutes=10)
GOOD, BAD, FLAT = "up", "down", "flat"


@dataclass(frozen=True)
class Story:
    """One thing that changed; `size` orders stories."""

    icon: str
    kind: str
    direction: str
    moved: str
    title: str
    text: str
    address: str
    # Heights from 0 to 1: of the week, and of the one before where the two are compared.
    line: tuple[float, ...] = ()
    past: tuple[float, ...] = ()
    # The first day of the line.
    since: date | None = None
    thumb: Thumb | None = None
    size: float = 0


@dataclass(frozen=True)
class News:
    """The stories of a week, the largest first, and how much was looked at."""

    begin: date
    end: date
    stories: tuple[Story, ...]
    events: int
    funnels: int


def news(project: Project, now: datetime | None = None) -> News:
    """What changed; asked once for what the store holds, a day and a reader's locale. Raises
    StoreError."""
    if (found := known_news(project, now)) is None:
        found = looked_up(project, Weeks.of(project, now))
        cache.set(key_of(project, now), found, KEEP.total_seconds())
    return found


def known_news(project: Project, now: datetime | None = None) -> News | None:
    """What changed, where that was asked already."""
    found: News | None = cache.get(key_of(project, now))
    return found


def key_of(project: Project, now: datetime | None) -> str:
    loads = Project.objects.values_list("loads_done", flat=True).get(pk=project.pk)
    day = (now or timezone.now()).astimezone(project.zone).date()
    return f"news:{project.pk}:{loads}:{day}:{READER.get()}"


def looked_up(project: Project, weeks: Weeks) -> News:
    came, asked = courses(project, weeks), funnels(project, weeks)
    found = [*moved(project, asked), *of_events(project, came, weeks)]
    found.sort(key=lambda story: -story.size)
    stories = (*firing(project), *found)[:MOST_STORIES]
    return News(weeks.begin, weeks.end, stories, len(came), len(asked))


# --- Events -------------------------------------------------------------------------------------


def of_events(project: Project, came: list[Course], weeks: Weeks) -> Iterator[Story]:
    """Those that are new, those whose week differs from the one before, and those that go one way
    for weeks; one story an event."""
    yield from (first_came(project, each, weeks) for each in came if each.is_new)
    known = [each for each in came if not each.is_new and each.now + each.before >= FEWEST]
    steps = [is_as_before(each.weeks) for each in known]
    trends = [is_level(each.weeks) for each in known]
    # One family of tests: whichever is found, it is found beyond chance among all that were made.
    sure = holm([*steps, *trends])
    for n, each in enumerate(known):
        if sure[n] and each.before:
            yield changed(project, each, weeks)
        elif sure[n + len(known)] and goes_one_way(each):
            yield trending(project, each, weeks)


def goes_one_way(course: Course) -> bool:
    """Whether the last weeks follow their trend: of four steps three go with it, the last too."""
    sums = [sum(each) for each in course.weeks]
    rises = [after > before for before, after in pairwise(sums)]
    return rises[-1] == (sums[-1] > sums[0]) and rises.count(rises[-1]) >= len(rises) - 1


def changed(project: Project, course: Course, weeks: Weeks) -> Story:
    change = relative(course.now, course.before)
    return Story(
        "event",
        "Event",
        GOOD if change > 0 else BAD,
        share(abs(change)),
        f"{course.event} is {by(change)}",
        f"{times(course.now)} by {persons(course.people)}, after {count(course.before)} in the"
        " seven days before; chance alone moves it less.",
        asked(project, course, weeks),
        *two_weeks(course),
        weeks.begin,
        size=abs(change) * course.now**0.5,
    )


def trending(project: Project, course: Course, weeks: Weeks) -> Story:
    sums = [sum(each) for each in course.weeks]
    rises = sums[-1] > sums[0]
    return Story(
        "event",
        "Event",
        GOOD if rises else BAD,
        f"{len(sums)} weeks",
        f"{course.event} {'grows' if rises else 'shrinks'} week by week",
        f"{', '.join(count(each) for each in sums[:-1])}, and now {count(sums[-1])} in a week, by"
        f" {persons(course.people)}.",
        asked(project, course, weeks),
        scaled(course.days, max(course.days)),
        (),
        weeks.first,
        size=abs(relative(sums[-1], sums[0] or 1)) * sums[-1] ** 0.5 / len(sums),
    )


def first_came(project: Project, course: Course, weeks: Weeks) -> Story:
    return Story(
        "event",
        "New event",
        FLAT,
        "new",
        f"{course.event} came in for the first time",
        f"{times(course.now)} by {persons(course.people)}.",
        asked(project, course, weeks),
        *two_weeks(course),
        weeks.begin,
        size=course.now**0.5,
    )


def two_weeks(course: Course) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The days of the week and of the one before, the highest of both reaching the top."""
    *_, before, now = course.weeks
    top = max(*before, *now)
    return scaled(now, top), scaled(before, top)


def scaled(counts: Sequence[int], top: int) -> tuple[float, ...]:
    return tuple(round(each / top, 3) for each in counts)


def asked(project: Project, course: Course, weeks: Weeks) -> str:
    """The report that shows it."""
    period = {"period": "custom", "start": weeks.begin, "end": weeks.end}
    query = {"metric": "events", "event-0": course.event.name, "compare": "previous_period"}
    return f"{reverse('segmentation', args=[project.slug])}?{urlencode({**query, **period})}"


def times(number: int) -> str:
    return "Once" if number == 1 else f"{count(number)} times"


def persons(number: int) -> str:
    return "1 person" if number == 1 else f"{count(number)} people"


# --- Funnels and alerts -------------------------------------------------------------------------


def moved(project: Project, results: list[tuple[Report, FunnelResult]]) -> Iterator[Story]:
    """The funnels of which another share arrived than in the week before."""
    segments = [(report, each) for report, result in results for each in result.segments]
    compared = [(report, each, compared_of(each)) for report, each in segments]
    known = [(report, each, found) for report, each, found in compared if found and found.enough]
    for sure, (report, each, found) in zip(
        holm([found.p_value for _, _, found in known]), known, strict=True
    ):
        if sure:
            yield funnel_story(project, report, each, found.value)


def compared_of(segment: FunnelSegment) -> Difference | None:
    """Its conversion less that of the week before."""
    first, last = segment.steps[0], segment.steps[-1]
    if not (first.previous and last.previous):
        return None
    return difference((last.people, first.people), (last.previous.people, first.previous.people))


def funnel_story(project: Project, report: Report, segment: FunnelSegment, moved: float) -> Story:
    now, before = segment.conversion or 0, (segment.previous and segment.previous.conversion) or 0
    worst = max(segment.steps[1:], key=lambda step: step.dropped)
    who = "" if segment.name == "Everybody" else f"{segment.name}: "
    more = "more" if moved > 0 else "fewer"
    title = f"{who}{more} get {way_of(segment.steps)}: {share(now)}, after {share(before)}"
    return Story(
        "bars",
        "Funnel",
        GOOD if moved > 0 else BAD,
        f"{count(round(abs(moved) * 100, 1))} points",
        title[:1].upper() + title[1:],
        f"Most are lost before {worst.label}: {persons(worst.dropped)}.",
        reverse("report", args=[project.slug, report.pk]),
        thumb=of_journey(segment),
        size=abs(relative(now, before or 1)) * segment.entered**0.5,
    )


def firing(project: Project) -> Iterator[Story]:
    """What is watched and true."""
    for each in project.alerts.filter(state=Alert.State.FIRING).select_related("report"):
        address = reverse("alert", args=[project.slug, each.pk])
        yield Story("bell", "Alert", BAD, "firing", str(each), "", address)
