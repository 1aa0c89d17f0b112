"""What the rail of every page says of its project: how much there is of each, what is pinned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from analytics.models.dashboards import Dashboard
from analytics.models.saved import Report, Segment
from people.models import EventDefinition, Project

MOST_PINS = 8


@dataclass(frozen=True)
class Pin:
    """A report or a dashboard, by the name of its page's address."""

    pk: Any
    name: str
    page: str


@dataclass(frozen=True)
class Aside:
    counts: dict[str, int]
    pins: Sequence[Pin]


def aside_of(project: Project) -> Aside:
    """Two statements, both on indexes of the project."""
    return Aside(counts_of(project), pins_of(project))


def counts_of(project: Project) -> dict[str, int]:
    counted = {
        "reports": number(Report.objects.kept()),
        "dashboards": number(Dashboard.objects.all()),
        "segments": number(Segment.objects.all()),
        "events": number(EventDefinition.objects.offered()),
    }
    # Named apart from what is related.
    found = Project.objects.filter(pk=project.pk).annotate(
        **{f"number_of_{name}": each for name, each in counted.items()}
    )
    rows = found.values_list(*(f"number_of_{name}" for name in counted))
    return dict(zip(counted, rows[0], strict=True)) if rows else {}


def number(rows: models.QuerySet[Any]) -> Coalesce:
    """How many there are in a project."""
    own = rows.filter(project=OuterRef("pk")).order_by().values("project")
    return Coalesce(Subquery(own.annotate(number=Count("pk")).values("number")), 0)


def pins_of(project: Project) -> list[Pin]:
    pinned = [
        rows.filter(project=project, is_pinned=True)
        .order_by()
        .values_list("pk", F("name"), Value(page))
        for rows, page in (
            (Dashboard.objects.all(), "dashboard"),
            (Report.objects.kept(), "report"),
        )
    ]
    found = pinned[0].union(pinned[1], all=True)
    pins = sorted((Pin(*row) for row in found), key=lambda pin: (pin.page, pin.name.casefold()))
    return pins[:MOST_PINS]
