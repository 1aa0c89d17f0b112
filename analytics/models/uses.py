"""Where a report or a segment is used: shown before it goes."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.models.alerts import Alert
    from analytics.models.dashboards import Dashboard
    from analytics.models.saved import Report
    from analytics.models.subscriptions import Subscription


@dataclass(frozen=True)
class Uses:
    """Everything that would miss it."""

    reports: "list[Report]" = field(default_factory=list)
    dashboards: "list[Dashboard]" = field(default_factory=list)
    subscriptions: "list[Subscription]" = field(default_factory=list)
    alerts: "list[Alert]" = field(default_factory=list)

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
        dashboards=list(project.dashboards.filter(tiles__report__in=keys).distinct()),
        subscriptions=list(project.subscriptions.filter(report__in=keys)),
        alerts=list(project.alerts.filter(report__in=keys)),
    )
