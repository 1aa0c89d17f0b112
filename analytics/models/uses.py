"""Where something is used, shown before it goes; and what of a definition is archived."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet

from analytics.definitions.mentions import objects
from people.models import AttributeDefinition, EventDefinition, Project

if TYPE_CHECKING:
    from analytics.models.alerts import Alert
    from analytics.models.dashboards import Dashboard
    from analytics.models.saved import Report, Segment
    from analytics.models.shares import Share
    from analytics.models.subscriptions import Subscription

# The keys under which a definition has names of attributes, and of events.
ATTRIBUTE, EVENT = ("attribute",), ("event", "performed")


@dataclass(frozen=True)
class Uses:
    """Everything that would miss it."""

    reports: "list[Report]" = field(default_factory=list)
    dashboards: "list[Dashboard]" = field(default_factory=list)
    subscriptions: "list[Subscription]" = field(default_factory=list)
    alerts: "list[Alert]" = field(default_factory=list)
    shares: "list[Share]" = field(default_factory=list)
    segments: "list[Segment]" = field(default_factory=list)

    def of(self, reports: "list[Report]") -> "Uses":
        """Those of some reports, and the reports themselves."""
        keys = {each.pk for each in reports}
        dashboards = [
            each for each in self.dashboards if keys & {tile.report_id for tile in each.tiles.all()}
        ]
        boards = {each.pk for each in dashboards}

        def hangs(on: "Subscription | Share") -> bool:
            return on.report_id in keys or on.dashboard_id in boards

        return Uses(
            reports,
            dashboards,
            [each for each in self.subscriptions if hangs(each)],
            [each for each in self.alerts if each.report_id in keys],
            [each for each in self.shares if hangs(each)],
        )

    def __bool__(self) -> bool:
        return str(self) != ""

    def __str__(self) -> str:
        """ "3 reports, 1 mail"; nothing where it is used nowhere."""
        counted = [
            (len(self.segments), "segment"),
            (len(self.reports), "report"),
            (len(self.dashboards), "dashboard"),
            (len(self.subscriptions), "mail"),
            (len(self.alerts), "alert"),
            (len(self.shares), "shared link"),
        ]
        return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted if n)

    @property
    def sentence(self) -> str:
        """ "1 report uses it", "3 reports, 1 mail use it"."""
        return f"{self} {'uses' if len(self.named) == 1 else 'use'} it"

    @property
    def named(self) -> list[str]:
        """Each of them, in words."""
        kinds: list[tuple[str, Sequence[object]]] = [
            ("Segment", self.segments),
            ("Report", self.reports),
            ("Dashboard", self.dashboards),
            ("Mail of", self.subscriptions),
            ("Alert on", self.alerts),
            ("Shared link to", self.shares),
        ]
        return [f"{kind} “{each}”" for kind, found in kinds for each in found]


def uses_of(reports: "list[Report]") -> Uses:
    """What shows, sends, watches or shares these reports, looked up once for all."""
    keys = [each.pk for each in reports]
    if not keys:
        return Uses()
    project = reports[0].project
    showing = project.dashboards.filter(tiles__report__in=keys).distinct()
    dashboards = list(showing.prefetch_related("tiles"))
    of_these = Q(report__in=keys) | Q(dashboard__in=dashboards)
    shares = project.shares.kept().filter(of_these).select_related("report", "dashboard")
    return Uses(
        dashboards=dashboards,
        subscriptions=list(project.subscriptions.filter(of_these)),
        alerts=list(project.alerts.filter(report__in=keys)),
        shares=[each for each in shares if not each.is_expired],
    )


def uses_of_segments(project: Project) -> dict[UUID, Uses]:
    """Of every segment that is used where: four questions for a project, however many there
    are."""
    keys = {str(each): each for each in project.segments.values_list("pk", flat=True)}
    naming: dict[UUID, list[Report]] = {}
    for report in project.reports.order_by("name"):
        for key in named_in(report.definition) & keys.keys():
            naming.setdefault(keys[key], []).append(report)
    everything = uses_of([each for reports in naming.values() for each in reports])
    return {key: everything.of(reports) for key, reports in naming.items()}


def uses_of_name(what: AttributeDefinition | EventDefinition) -> Uses:
    """The segments and the reports that speak of an attribute or an event, reports also by such a
    segment; and what shows, sends, watches or shares these."""
    keys = ATTRIBUTE if isinstance(what, AttributeDefinition) else EVENT
    project = what.project
    segments = [each for each in project.segments.all() if what.name in said(each.condition, keys)]
    own = {str(each.pk) for each in segments}
    reports = [
        each
        for each in project.reports.order_by("name")
        if what.name in said(each.definition, keys) or own & named_in(each.definition)
    ]
    found = uses_of(reports)
    return Uses(
        reports, found.dashboards, found.subscriptions, found.alerts, found.shares, segments
    )


def used_events(project: Project) -> set[str]:
    """The names of all events that saved segments and reports speak of."""
    segments = project.segments.values_list("condition", flat=True)
    reports = project.reports.filter(trashed_at=None).values_list("definition", flat=True)
    return {name for data in (*segments, *reports) for name in said(data, EVENT)}


def named_in(definition: object) -> set[str]:
    """The ids of the segments that a definition names."""
    return said(definition, ("segment",))


def said(data: object, keys: tuple[str, ...]) -> set[str]:
    """The texts that stand under some keys anywhere in a definition."""
    found = (each.get(key) for each in objects(data) for key in keys)
    return {each for each in found if isinstance(each, str)}


def archived_in(project: Project) -> Callable[[object], list[str]]:
    """Says of a definition, or a condition, what it speaks of that is archived, a sentence each;
    looked up once for all."""
    attributes = archived_names(AttributeDefinition.objects.filter(project=project))
    events = archived_names(EventDefinition.objects.filter(project=project))
    if not (attributes or events):
        return lambda _: []
    segments = {
        str(each): condition for each, condition in project.segments.values_list("pk", "condition")
    }

    def told(definition: object) -> list[str]:
        parts = [definition, *(segments.get(each) for each in named_in(definition))]
        return [
            f"The {word} “{name}” is archived: it is not offered any more, and counts as before."
            for word, keys, names in (
                ("event", EVENT, events),
                ("attribute", ATTRIBUTE, attributes),
            )
            for name in sorted(set().union(*(said(each, keys) for each in parts)) & names)
        ]

    return told


def archived_names(definitions: QuerySet[Any]) -> set[str]:
    return set(definitions.exclude(archived_at=None).values_list("name", flat=True))
