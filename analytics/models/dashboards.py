"""Reports placed together, and their answers."""

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import Truncator

from analytics.definitions.conditions import Catalogue
from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse_period
from analytics.models.edited import Edited
from analytics.models.questions import ask
from analytics.models.runs import Run
from analytics.models.saved import Report, sentences_of
from analytics.models.scopes import catalogue_of
from people.models import Project

MOST_TILES = 24
WIDEST = 3
LONGEST_TEXT = 4_000
# So often are the answers of an older load asked again, where data comes in meanwhile.
MOST_ROUNDS = 3


@dataclass(frozen=True)
class Placed:
    """What stands at a place of a dashboard: a report, or a text."""

    width: int = 1
    report: Report | None = None
    text: str = ""
    # Of a report that is gone.
    title: str = ""


class Dashboard(Edited):
    """Reports and texts on a grid, in one period for all if wanted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="dashboards")
    name = models.CharField(max_length=200)
    # Instead of each report's own.
    period = models.JSONField(null=True, blank=True)
    # On the project's home.
    is_pinned = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a period that is none, with every reason."""
        if self.period is not None:
            try:
                parse_period(self.period)
            except Invalid as error:
                raise ValidationError({"period": sentences_of(error)}) from error

    @transaction.atomic
    def arrange(self, placed: Iterable[Placed]) -> None:
        """Place these, in this order, instead of what is there."""
        self.tiles.all().delete()
        Tile.objects.bulk_create(
            Tile(
                dashboard=self,
                position=position,
                width=each.width,
                report=each.report,
                title=each.report.name if each.report else each.title,
                text=each.text,
            )
            for position, each in enumerate(placed)
        )

    def move(self, tile: "Tile", place: int) -> None:
        """Put a tile at a place, counted from 0."""
        tiles = [each for each in self.tiles.all() if each.pk != tile.pk]
        tiles.insert(max(0, min(place, len(tiles))), tile)
        for position, each in enumerate(tiles):
            each.position = position
        Tile.objects.bulk_update(tiles, ["position"])

    def catalogue(self, tiles: Iterable["Tile"]) -> Catalogue:
        """What all its reports are read by, looked up once."""
        asked = [each.report.definition for each in tiles if each.report]
        return catalogue_of(self.project, Mentions.of(asked))

    def answers(self, wait: float, period: dict[str, Any] | None = None) -> list["Run | None"]:
        """The run of each tile, of a text None; finished as far as `wait` seconds allow.

        All are of one load of data, as far as nothing comes in meanwhile: what was answered over
        an older one is asked again.
        """
        tiles = list(self.tiles.select_related("report"))
        catalogue, deadline = self.catalogue(tiles), time.monotonic() + wait
        runs = [each.ask(0, catalogue, period) for each in tiles]
        for attempt in range(MOST_ROUNDS):
            await_all(runs, deadline)
            newest = max((run.load for run in runs if run), default=0)
            old = [run is not None and run.load not in (0, newest) for run in runs]
            if not any(old) or attempt == MOST_ROUNDS - 1:
                break
            runs = [
                each.ask(0, catalogue, period) if again else run
                for each, run, again in zip(tiles, runs, old, strict=True)
            ]
        return runs


def await_all(runs: Iterable[Run | None], deadline: float) -> None:
    """Wait until all are finished or the time is over, an instant of the monotonic clock."""
    for run in runs:
        left = deadline - time.monotonic()
        if run and not run.is_finished and left > 0:
            run.wait(left)


class Tile(models.Model):
    """A report or a text at a place of a dashboard."""

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="tiles")
    position = models.PositiveSmallIntegerField()
    # In thirds of the page.
    width = models.PositiveSmallIntegerField(default=1)
    # Of a report that was deleted the name stays, to say what is missing.
    report = models.ForeignKey(Report, models.SET_NULL, null=True, blank=True, related_name="tiles")
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(width__gte=1, width__lte=WIDEST), name="one_of_three_widths"
            )
        ]

    def __str__(self) -> str:
        if self.report:
            return self.report.name
        return self.title or Truncator(self.text).chars(40)

    @property
    def project(self) -> Project:
        return self.dashboard.project

    @property
    def placed(self) -> Placed:
        return Placed(self.width, self.report, self.text, self.title)

    @property
    def is_orphan(self) -> bool:
        """Whether its report is gone."""
        return self.report is None and not self.text

    @property
    def why_missing(self) -> str:
        """Why its report has no answer; nothing where it may have one."""
        if self.report is None:
            return f"The report “{self.title}” was deleted."
        return f"The report “{self}” is in the trash." if self.report.is_trashed else ""

    def definition(self, period: dict[str, Any] | None = None) -> Any:
        """What it asks: its report, in the period of all where there is one."""
        definition = self.report.definition if self.report else {}
        period = period or self.dashboard.period
        return definition | {"period": period} if period else definition

    def ask(
        self, wait: float, catalogue: Catalogue | None = None, period: dict[str, Any] | None = None
    ) -> Run | None:
        """Its computation; of a text None. What cannot be asked has failed, with the reason."""
        if self.text:
            return None
        failed = Run(project=self.dashboard.project, definition={}, state=Run.State.FAILED)
        if missing := self.why_missing:
            failed.error = missing
            return failed
        try:
            return ask(
                self.dashboard.project, self.definition(period), wait=wait, catalogue=catalogue
            )
        except Invalid as error:
            failed.error = f"The report can no longer be computed. {'; '.join(sentences_of(error))}"
            return failed
