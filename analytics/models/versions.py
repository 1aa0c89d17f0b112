"""What a report asked each time that it was saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from analytics.definitions.conditions import InlineSegment
from analytics.definitions.differences import differences
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import read_stored
from people.models import Project, User

if TYPE_CHECKING:
    from analytics.models.saved import Report

UNREADABLE = "What was saved then cannot be read any more."


class VersionQuerySet(models.QuerySet["Version"]):
    def keep(self, report: Report) -> None:
        """Write down what a report asks now, unless that is its newest version already.

        Inside the transaction that saves the report: its row is locked, so numbers are unique.
        """
        last = self.filter(report=report).order_by("-number").first()
        if last is None or last.definition != report.definition:
            self.create(
                report=report,
                number=last.number + 1 if last else 1,
                definition=report.definition,
                created_by_id=report.modified_by_id or report.created_by_id,
            )


class Version(models.Model):
    """A report's definition as it was saved once: who, when. Never changed afterwards."""

    report = models.ForeignKey("analytics.Report", models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="one_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.report} · version {self.number}"

    @property
    def project(self) -> Project:
        return self.report.project


@dataclass(frozen=True)
class Change:
    """A version, and in words what was changed with it; the first one has changed nothing."""

    version: Version
    words: list[str]


def changes(versions: Iterable[Version], segments: Mapping[str, InlineSegment]) -> list[Change]:
    """These versions of one report, newest first, each held against the one before it."""
    shown = list(versions)
    if not shown:
        return []
    earlier = Version.objects.filter(
        report_id=shown[0].report_id, number__in=[each.number - 1 for each in shown]
    )
    before = {each.number + 1: each.definition for each in [*shown, *earlier]}
    return [
        Change(each, changed(before.get(each.number), each.definition, segments)) for each in shown
    ]


def changed(before: Any, after: Any, segments: Mapping[str, InlineSegment]) -> list[str]:
    if before is None:
        return []
    try:
        return differences(read_stored(before), read_stored(after), segments)
    except Invalid:
        return [UNREADABLE]
