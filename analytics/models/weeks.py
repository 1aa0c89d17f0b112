"""The last weeks: how often each event came, which came for the first time, and what the funnels
that are looked at say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics import engine
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import Granularity
from analytics.engine.buckets import Bucket, buckets
from analytics.models.questions import Question, answer, fetch
from analytics.models.saved import Report
from analytics.models.scopes import scope_of
from analytics.results import FunnelResult
from people.models import EventDefinition, Project

WEEK = 7
WEEKS = 5
# Of the funnels that were looked at last; each is a question.
MOST_FUNNELS = 4


@dataclass(frozen=True)
class Weeks:
    """The whole days of the last weeks, the oldest first: today is not over, and not in them."""

    days: tuple[Bucket, ...]
    scope: engine.Scope

    @classmethod
    def of(cls, project: Project, now: datetime | None = None) -> "Weeks":
        scope = scope_of(project, None, now=now)
        last = scope.today - timedelta(1)
        first = last - timedelta(WEEK * WEEKS - 1)
        return cls(tuple(buckets(Granularity.DAY, first, last, scope)), scope)

    @property
    def last(self) -> Sequence[Bucket]:
        return self.days[-WEEK:]

    @property
    def first(self) -> date:
        """The first day of all weeks."""
        return self.scope.today - timedelta(WEEK * WEEKS)

    @property
    def begin(self) -> date:
        """The first day of the last week."""
        return self.scope.today - timedelta(WEEK)

    @property
    def end(self) -> date:
        return self.scope.today - timedelta(1)


@dataclass(frozen=True)
class Course:
    """An event over the weeks: how often it came each day, and how many did it in the last week."""

    event: EventDefinition
    weeks: tuple[tuple[int, ...], ...]
    people: int
    is_new: bool

    @property
    def days(self) -> list[int]:
        return [count for week in self.weeks for count in week]

    @property
    def now(self) -> int:
        return sum(self.weeks[-1])

    @property
    def before(self) -> int:
        return sum(self.weeks[-2])


def courses(project: Project, weeks: Weeks) -> list[Course]:
    """The course of each event that is offered and came in these weeks, by three statements."""
    counted = fetch(engine.volumes(weeks.days, weeks.scope))
    by_day = {(name, start): number for name, start, number in counted}
    names = sorted({name for name, _ in by_day})
    if not names:
        return []
    firsts = dict(fetch(engine.first_seen(weeks.scope)))
    people = dict(fetch(engine.people_of_each(weeks.last, names, weeks.scope)))
    known = EventDefinition.objects.filter(project=project, name__in=names).offered()
    return [course(each, weeks, by_day, firsts, people) for each in known]


def course(
    event: EventDefinition,
    weeks: Weeks,
    by_day: dict[tuple[str, int], int],
    firsts: dict[str, int],
    people: dict[str, int],
) -> Course:
    counts = [by_day.get((event.name, day.start), 0) for day in weeks.days]
    rows = tuple(tuple(counts[n : n + WEEK]) for n in range(0, len(counts), WEEK))
    is_new = firsts[event.name] >= weeks.last[0].start and not sum(map(sum, rows[:-1]))
    return Course(event, rows, people.get(event.name, 0), is_new)


def funnels(project: Project, weeks: Weeks) -> list[tuple[Report, FunnelResult]]:
    """The saved funnels that were looked at last, each question once, over the last week and the
    one before; one that cannot be asked any more is left out."""
    found: dict[str, tuple[Report, FunnelResult]] = {}
    period = {"start": str(weeks.begin), "end": str(weeks.end)}
    saved = project.reports.kept().filter(kind="funnel").order_by("-answered_at", "-modified_at")
    for report in saved[: 3 * MOST_FUNNELS]:
        changed = {"period": period, "compare": "previous_period", "over_time": None}
        asked = {**report.definition, **changed, "time_to_convert": None, "breakdown": None}
        asked = {key: value for key, value in asked.items() if value is not None}
        try:
            question = Question.of(project, asked, now=weeks.scope.now)
        except Invalid:
            continue
        if question.digest in found:
            continue
        result = answer(question)
        if isinstance(result, FunnelResult):
            found[question.digest] = report, result
        if len(found) == MOST_FUNNELS:
            break
    return list(found.values())
