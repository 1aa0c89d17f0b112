"""Where a report or a segment is used: shown before it goes."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from analytics.definitions.mentions import objects

if TYPE_CHECKING:
    from analytics.models.alerts import Alert
    from analytics.models.dashboards import Dashboard
    from analytics.models.saved import Report
    from analytics.models.subscriptions import Subscription
    from people.models import Project


@dataclass(frozen=True)
class Uses:
    """Everything that would miss it."""

    reports: "list[Report]" = field(default_factory=list)
    dashboards: "list[Dashboard]" = field(default_factory=list)
    subscriptions: "list[Subscription]" = field(default_factory=list)
    alerts: "list[Alert]" = field(default_factory=list)

    def of(self, reports: "list[Report]") -> "Uses":
        """Those of some reports, and the reports themselves."""
        keys = {each.pk for each in reports}
        return Uses(
            reports,
            [
                each
                for each in self.dashboards
                if keys & {tile.report_id for tile in each.tiles.all()}
            ],
            [each for each in self.subscriptions if each.report_id in keys],
            [each for each in self.alerts if each.report_id in keys],
        )

    def __bool__(self) -> bool:
        return any((self.reports, self.dashboards, self.subscriptions, self.alerts))

    def __str__(self) -> str:
        """ "3 reports, 1 mail"; nothing where it is used nowhere."""
        counted = [
            (len(self.reports), "report"),
            (len(self.dashboards), "dashboard"),
            (len(self.subscriptions), "mail"),
            (len(self.alerts), "alert"),
        ]
        return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted if n)


def uses_of(reports: "list[Report]") -> Uses:
    """What shows, sends or watches these reports, looked up once for all."""
    keys = [each.pk for each in reports]
    if not keys:
        return Uses()
    project = reports[0].project
    return Uses(
        dashboards=list(
            project.dashboards.filter(tiles__report__in=keys).distinct().prefetch_related("tiles")
        ),
        subscriptions=list(project.subscriptions.filter(report__in=keys)),
        alerts=list(project.alerts.filter(report__in=keys)),
    )


def uses_of_segments(project: "Project") -> "dict[UUID, Uses]":
    """Of every segment that is used where: three questions for a project, however many there
    are."""
    keys = {str(each): each for each in project.segments.values_list("pk", flat=True)}
    naming: dict[UUID, list[Report]] = {}
    for report in project.reports.order_by("name"):
        for key in named_in(report.definition) & keys.keys():
            naming.setdefault(keys[key], []).append(report)
    everything = uses_of([each for reports in naming.values() for each in reports])
    return {key: everything.of(reports) for key, reports in naming.items()}


def named_in(definition: object) -> set[str]:
    """The ids of the segments that a definition names."""
    return {each["segment"] for each in objects(definition) if isinstance(each.get("segment"), str)}
