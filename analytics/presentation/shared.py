"""What a share shows: a report, or a dashboard, as everywhere, with no way to people."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump
from analytics.models import Report, Run, Share, Tile, ask
from analytics.models.dashboards import WIDEST, await_all
from analytics.presentation.charts import Chart, FunnelChart
from analytics.presentation.headlines import Headline
from analytics.presentation.kinds import Presentation, headlines, presentation
from analytics.presentation.statistics import Difference, of_two
from analytics.presentation.tables import Table
from analytics.presentation.withheld import Withheld, people_behind, withheld
from analytics.results import Result

FEW = "Numbers of fewer than {} people are hidden here, and what would tell them."


@dataclass(frozen=True)
class Part:
    """A report, or a text, at its place: what was asked, and of how many people it has to be."""

    title: str
    width: int = WIDEST
    text: str = ""
    run: Run | None = None
    behind: Run | None = None
    minimum: int = 0

    @property
    def runs(self) -> list[Run]:
        return [each for each in (self.run, self.behind) if each]

    @property
    def is_waiting(self) -> bool:
        return not all(each.is_finished for each in self.runs)

    @cached_property
    def told(self) -> Withheld:
        """What may be shown of the answer; nothing where there is none."""
        if self.run is None or self.is_waiting or not self.run.answer:
            return Withheld(None, is_part=False)
        people = self.behind.answer if self.behind else None
        return withheld(self.run.answer, self.run.asked, self.minimum, people)

    @property
    def failed(self) -> bool:
        return any(each.state == Run.State.FAILED for each in self.runs)

    @property
    def result(self) -> Result | None:
        return self.told.result

    @cached_property
    def answer(self) -> Presentation | None:
        return presentation(self.result, self.run.asked) if self.run and self.result else None

    @property
    def finding(self) -> str:
        return self.answer.finding() if self.answer else ""

    @property
    def sentences(self) -> list[str]:
        return self.answer.further() if self.answer else []

    @property
    def notes(self) -> list[str]:
        """Why it is empty is not said of what is hidden."""
        if self.minimum > 1:
            return [FEW.format(self.minimum)]
        return self.answer.notes() if self.answer else []

    @property
    def charts(self) -> list[Chart]:
        return self.answer.charts() if self.answer else []

    @property
    def funnel(self) -> FunnelChart | None:
        return self.answer.funnel() if self.answer else None

    @property
    def tables(self) -> list[Table]:
        return self.answer.tables() if self.answer else []

    @property
    def figures(self) -> list[Headline]:
        return headlines(self.result, self.run.asked) if self.run and self.result else []

    @property
    def difference(self) -> Difference | None:
        return of_two(self.result) if self.result else None


@dataclass(frozen=True)
class Shared:
    """All parts of a share, asked; finished as far as there was time for."""

    title: str
    parts: list[Part] = field(default_factory=list)
    is_dashboard: bool = False

    @property
    def is_waiting(self) -> bool:
        return any(each.is_waiting for each in self.parts)

    @property
    def hides_sizes(self) -> bool:
        return any(each.minimum > 1 for each in self.parts)


def shared(share: Share, wait_until: float) -> Shared:
    """Ask what a share shows, and wait for the answers until an instant of the monotonic clock."""
    what = share.what
    if isinstance(what, Report):
        report = what
        run = answered(share, lambda: ask(share.project, report.definition, wait=0))
        parts = [Part(str(what), run=run, behind=behind(share, run), minimum=share.minimum_group)]
    else:
        parts = list(parts_of(share, what.tiles.select_related("report", "dashboard__project")))
    await_all(chain.from_iterable(each.runs for each in parts), wait_until)
    return Shared(str(what), parts, is_dashboard=not isinstance(what, Report))


def parts_of(share: Share, tiles: Iterable[Tile]) -> Iterator[Part]:
    for tile in tiles:
        if tile.is_orphan or (tile.report and tile.report.is_trashed):
            continue
        run = tile.ask(0)
        yield Part(str(tile), tile.width, tile.text, run, behind(share, run), share.minimum_group)


def answered(share: Share, asked: Callable[[], Run]) -> Run:
    """The run; a failed one where it cannot be asked any more."""
    try:
        return asked()
    except Invalid:
        return Run(project=share.project, definition={}, state=Run.State.FAILED)


def behind(share: Share, run: Run | None) -> Run | None:
    """The run of who is behind the numbers, where that has to be known."""
    if run is None or not run.definition:
        return None
    people = people_behind(run.asked, share.minimum_group)
    if people is None:
        return None
    asked = dump(people)
    return answered(share, lambda: ask(share.project, asked, wait=0))
