"""Segments, reports and what hangs on them as one document, made to be kept in git.

Everything is named as people name it: a definition names a segment by its name, a tile a report. Of
several things of one name the second is "Name (2)", in the order of the document.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from analytics.definitions.parts import Invalid, Name, Part, complaint, is_absent
from analytics.definitions.problems import problems_of


class SegmentText(Part):
    name: Name
    description: str = Field(default="", max_length=1000, exclude_if="".__eq__)
    condition: dict[str, Any]


class ReportText(Part):
    name: Name
    description: str = Field(default="", max_length=1000, exclude_if="".__eq__)
    definition: dict[str, Any]


class TileText(Part):
    report: str | None = Field(default=None, exclude_if=is_absent)
    text: str = Field(default="", exclude_if="".__eq__)
    width: int = Field(default=1, ge=1, le=3)


class DashboardText(Part):
    name: Name
    period: dict[str, Any] | None = Field(default=None, exclude_if=is_absent)
    tiles: tuple[TileText, ...] = ()


class SubscriptionText(Part):
    """Of a report or of a dashboard. To whom it goes is no matter of a text: addresses stay where
    they are."""

    report: str | None = Field(default=None, exclude_if=is_absent)
    dashboard: str | None = Field(default=None, exclude_if=is_absent)
    schedule: dict[str, Any]
    paused: bool = False

    @property
    def target(self) -> tuple[str, str]:
        """What it is of, and its label."""
        return ("report", self.report) if self.report else ("dashboard", self.dashboard or "")

    @model_validator(mode="after")
    def must_be_of_one(self) -> Self:
        if (self.report is None) == (self.dashboard is None):
            raise complaint("Name a report or a dashboard.")
        return self


class AlertText(Part):
    report: str
    figure: dict[str, Any] = {}
    operator: str
    value: float
    schedule: dict[str, Any]

    @property
    def target(self) -> tuple[str, str]:
        return "report", self.report


class Document(Part):
    """All of a project."""

    segments: tuple[SegmentText, ...] = ()
    reports: tuple[ReportText, ...] = ()
    dashboards: tuple[DashboardText, ...] = ()
    subscriptions: tuple[SubscriptionText, ...] = ()
    alerts: tuple[AlertText, ...] = ()


def parse_document(data: object) -> Document:
    """Raises Invalid with every problem at its path."""
    try:
        return Document.model_validate({} if data is None else data)
    except ValidationError as error:
        raise Invalid(problems_of(error, whole="")) from error


def labels(names: Iterable[str]) -> list[str]:
    """Names, each of which stands for one thing: "Name", "Name (2)" …"""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
