"""The parts of a mail of a dashboard: a tile each, kept with what it asked and what came out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from analytics.definitions.parts import Invalid
from analytics.models.dashboards import MOST_ROUNDS, Dashboard, Tile
from analytics.models.lateness import Told
from analytics.models.questions import ask
from analytics.models.saved import sentences_of
from people.models import Project

if TYPE_CHECKING:
    from analytics.models.mailings import Mailing

# A report that fails so often has no numbers to send.
MOST_ASKED = 5
NOTHING_LATE = {"late": 0}


class MailingPart(Told):
    """One tile of a mailing: a report as it was asked, or a text."""

    mailing = models.ForeignKey("analytics.Mailing", models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    # How far the store was that answered.
    load = models.PositiveBigIntegerField(default=0)
    picture = models.BinaryField(null=True, blank=True)
    # How often it was asked, and how often anew because another part was of a newer load.
    asked = models.PositiveSmallIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "position"], name="one_part_a_place")
        ]

    def __str__(self) -> str:
        return self.title or self.text[:40]

    @property
    def project(self) -> Project:
        return self.mailing.project

    @property
    def slot(self) -> datetime:
        return self.mailing.slot

    @property
    def is_over(self) -> bool:
        """Whether it is known what it says."""
        return bool(self.text or self.error) or self.result is not None

    def answer(self) -> None:
        """Ask it where nobody has yet, and keep what came out; ask again what failed, but not for
        ever. What fails in the end says so in the mail; the other parts go out."""
        try:
            run = self.run or ask(self.mailing.project, self.definition, wait=0)
        except Invalid as error:
            self.error = f"The report can no longer be computed. {'; '.join(sentences_of(error))}"
            self.save()
            return
        self.asked += 0 if self.run else 1
        # An answer out of the cache was never a row.
        self.run = None if run.is_finished else run
        if run.is_finished:
            # With its defaults, as the numbers were asked.
            self.definition = run.definition or self.definition
            self.result, self.load = run.result, run.load
            self.error = run.error if self.asked >= MOST_ASKED else ""
        self.save()

    def is_held(self) -> bool:
        """Whether it is known what came in late for what the mail before told of this report."""
        if self.result is None:
            return True
        if not self.facts:
            found, self.before = self.late_for(self.definition or {}, self.earlier())
            self.facts = found or NOTHING_LATE
            self.save(update_fields=["facts", "before"])
        return self.is_compared()

    def earlier(self) -> MailingPart | None:
        """The same report in the mail before this one that told its numbers."""
        found = MailingPart.objects.filter(
            mailing__subscription=self.mailing.subscription,
            mailing__slot__lt=self.mailing.slot,
            title=self.title,
            result__isnull=False,
        )
        return found.select_related("mailing__project").order_by("-mailing__slot").first()

    def ask_anew(self) -> None:
        """Forget an answer that is of an older load than those of other parts."""
        self.result, self.run, self.rounds = None, None, self.rounds + 1
        self.save()


def keep_parts(mailing: Mailing, dashboard: Dashboard) -> None:
    """Keep what each tile asks as it is now, whatever becomes of its report."""
    MailingPart.objects.bulk_create(
        [
            part_of(mailing, tile, n)
            for n, tile in enumerate(dashboard.tiles.select_related("report"))
        ],
        ignore_conflicts=True,
    )


def part_of(mailing: Mailing, tile: Tile, position: int) -> MailingPart:
    part = MailingPart(mailing=mailing, position=position, title=str(tile)[:200], text=tile.text)
    if tile.text:
        part.title = ""
    elif missing := tile.why_missing:
        part.error = missing
    else:
        part.definition = tile.definition()
    return part


def are_answered(mailing: Mailing) -> bool:
    """Whether all parts are answered, of one load of data as far as nothing comes in meanwhile."""
    parts = list(mailing.parts.select_related("run"))
    for part in parts:
        part.mailing = mailing
        if not part.is_over:
            part.answer()
    if not all(part.is_over for part in parts):
        return False
    for part in outdated(parts):
        part.ask_anew()
        part.answer()
    if not all(part.is_over for part in parts):
        return False
    # All that has to be asked again begins at once.
    held = [part.is_held() for part in parts]
    return all(held)


def outdated(parts: Sequence[MailingPart]) -> list[MailingPart]:
    newest = max((part.load for part in parts if part.result), default=0)
    return [
        part for part in parts if part.result and part.load < newest and part.rounds < MOST_ROUNDS
    ]
