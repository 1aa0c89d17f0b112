"""A project's definitions as a document, and a document made true in a project."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from analytics.definitions.alerts import COMPARISONS
from analytics.definitions.conditions import InlineSegment
from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse
from analytics.definitions.schedules import Every, dump_schedule, parse_schedule
from analytics.definitions.texts import (
    AlertText,
    DashboardText,
    Document,
    ReportText,
    SegmentText,
    SubscriptionText,
    TileText,
    labels,
)
from analytics.models.alerts import Alert
from analytics.models.dashboards import Dashboard, Placed
from analytics.models.saved import Report, Segment
from analytics.models.scopes import catalogue_of
from analytics.models.subscriptions import Subscription
from analytics.models.versions import changed
from people.models import Project

Row = TypeVar("Row", Subscription, Alert)
# "report" or "dashboard", and its label.
Target: TypeAlias = tuple[str, str]


def export(project: Project) -> Document:
    """Everything but fixed lists, whose people belong to the project alone, and addresses."""
    own = Own(project)
    segments = project.segments.filter(people=None).order_by("name")
    return Document(
        segments=tuple(
            SegmentText(name=each.name, description=each.description, condition=each.condition)
            for each in segments
        ),
        reports=tuple(
            ReportText(
                name=each.name,
                description=each.description,
                definition=renamed(each.definition, own.names),
            )
            for each in own.reports.values()
        ),
        dashboards=tuple(
            DashboardText(name=each.name, period=each.period, tiles=tuple(own.tiles(each)))
            for each in own.dashboards.values()
        ),
        subscriptions=tuple(
            SubscriptionText(schedule=each.schedule, paused=each.paused, **{kind: label})
            for (kind, label), each in own.hanging(Subscription)
        ),
        alerts=tuple(
            AlertText(
                report=label,
                figure=each.figure,
                operator=each.operator,
                value=each.value,
                schedule=each.schedule,
            )
            for (_, label), each in own.hanging(Alert)
        ),
    )


class Own:
    """What a project has, by the names that a document gives it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.names = {str(each.pk): each.name for each in project.segments.all()}
        reports = list(project.reports.kept().order_by("name", "created_at"))
        self.reports = dict(zip(labels(each.name for each in reports), reports, strict=True))
        boards = list(project.dashboards.order_by("name", "created_at"))
        self.dashboards = dict(zip(labels(each.name for each in boards), boards, strict=True))

    @property
    def label_of(self) -> dict[Any, str]:
        return {each.pk: label for label, each in self.reports.items()}

    def tiles(self, board: Dashboard) -> Iterator[TileText]:
        """Those that show something; of a report that is gone there is nothing to say."""
        named = self.label_of
        for each in board.tiles.select_related("report"):
            if each.report_id in named:
                yield TileText(report=named[each.report_id], width=each.width)
            elif each.text:
                yield TileText(text=each.text, width=each.width)

    def hanging(self, kind: type[Row]) -> list[tuple[Target, Row]]:
        """What hangs on reports and dashboards, by these, then by age."""
        labels_of = {("report", each.pk): label for label, each in self.reports.items()}
        labels_of |= {("dashboard", each.pk): label for label, each in self.dashboards.items()}
        found = []
        for each in kind.objects.filter(project=self.project).order_by("created_at", "pk"):
            board = getattr(each, "dashboard_id", None)
            key = ("dashboard", board) if board else ("report", each.report_id)
            if key in labels_of:
                found.append(((key[0], labels_of[key]), each))
        return sorted(found, key=lambda each: each[0])

    def named(self, kind: str, label: str, path: str) -> Report | Dashboard:
        """Raises Invalid where the project has none."""
        own: Mapping[str, Report | Dashboard] = (
            self.reports if kind == "report" else self.dashboards
        )
        if label not in own:
            raise Invalid({path: [f"There is no {kind} “{label}” here, nor in the document."]})
        return own[label]


def renamed(data: Any, names: Mapping[str, str]) -> Any:
    """With other names of segments; one that is not known stays."""
    match data:
        case {"segment": str() as name, **rest} if not rest:
            return {"segment": names.get(name, name)}
        case dict():
            return {key: renamed(value, names) for key, value in data.items()}
        case list() | tuple():
            return [renamed(each, names) for each in data]
        case _:
            return data


@dataclass
class Changes:
    """What an import changes, a line each, and how much is as the document has it already."""

    lines: list[str] = field(default_factory=list)
    unchanged: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)

    @contextmanager
    def at(self, path: str) -> Iterator[None]:
        """What is wrong below a path of the document; the others go on."""
        try:
            yield
        except Invalid as error:
            for below, texts in error.problems.items():
                self.problems[f"{path}.{below}".rstrip(".")] = texts
        except ValidationError as error:
            self.problems[path] = error.messages

    def note(self, what: str, details: Sequence[str] | None) -> None:
        """`details` is None of something new, empty where nothing differs."""
        if details is None:
            self.lines.append(f"+ {what}")
        elif details:
            self.lines.append(f"~ {what}: {'; '.join(details)}")
        else:
            self.unchanged += 1


@transaction.atomic
def bring_in(project: Project, document: Document, *, dry_run: bool = False) -> Changes:
    """Make a project have all that a document says, and tell what that changes; what the document
    does not have is left alone. Raises Invalid with every problem at its path, with nothing done.
    """
    changes = Changes()
    for kind in (segments, reports, dashboards, subscriptions, alerts):
        kind(project, document, changes)
    if changes.problems:
        raise Invalid(changes.problems)
    if dry_run:
        transaction.set_rollback(True)
    return changes


def segments(project: Project, document: Document, changes: Changes) -> None:
    own = {each.name: each for each in project.segments.all()}
    for n, text in enumerate(document.segments):
        with changes.at(f"segments.{n}"):
            found = own.get(text.name)
            if found and found.is_fixed:
                raise Invalid({"name": ["The project has a fixed list of this name."]})
            details = differing(
                found, {"condition": text.condition, "description": text.description}
            )
            segment = found or Segment(project=project, name=text.name)
            segment.condition, segment.description = text.condition, text.description
            if details != []:
                segment.full_clean()
                segment.save()
            changes.note(f"segment “{text.name}”", details)


def differing(found: Any, given: Mapping[str, Any]) -> list[str] | None:
    """Which of some fields are others than given; None where there is nothing yet."""
    if found is None:
        return None
    return [
        name.replace("_", " ") for name, value in given.items() if getattr(found, name) != value
    ]


def reports(project: Project, document: Document, changes: Changes) -> None:
    own = Own(project)
    keys = {name: key for key, name in own.names.items()}
    for n, (label, text) in enumerate(labelled(document.reports)):
        with changes.at(f"reports.{n}.definition"):
            asked = renamed(text.definition, keys)
            catalogue = catalogue_of(project, Mentions.of(asked))
            definition = parse(asked, catalogue)
            report = own.reports.get(label) or Report(project=project, name=text.name)
            details = None
            if label in own.reports:
                details = words_of(report, dump(definition), catalogue.segments)
                details += ["description"] if report.description != text.description else []
            report.kind, report.definition = definition.kind, dump(definition)
            report.description = text.description
            if details != []:
                report.save()
            changes.note(f"report “{label}”", details)


def labelled(texts: Sequence[Any]) -> list[tuple[str, Any]]:
    return list(zip(labels(each.name for each in texts), texts, strict=True))


def words_of(
    report: Report, definition: dict[str, Any], segments: Mapping[str, InlineSegment]
) -> list[str]:
    if report.definition == definition:
        return []
    return changed(report.definition, definition, segments) or ["definition"]


def dashboards(project: Project, document: Document, changes: Changes) -> None:
    own = Own(project)
    for n, (label, text) in enumerate(labelled(document.dashboards)):
        with changes.at(f"dashboards.{n}"):
            placed = [placed_of(own, m, tile) for m, tile in enumerate(text.tiles)]
            found = own.dashboards.get(label)
            details = differing(found, {"period": text.period})
            if found and details is not None and tuple(own.tiles(found)) != text.tiles:
                details.append("tiles")
            board = found or Dashboard(project=project, name=text.name)
            board.period = text.period
            if details != []:
                board.full_clean()
                board.save()
                board.arrange(placed)
            changes.note(f"dashboard “{label}”", details)


def placed_of(own: Own, n: int, tile: TileText) -> Placed:
    report = own.named("report", tile.report, f"tiles.{n}.report") if tile.report else None
    return Placed(width=tile.width, report=report, text=tile.text)  # type: ignore[arg-type]


def subscriptions(project: Project, document: Document, changes: Changes) -> None:
    def same(_text: SubscriptionText | Subscription) -> tuple[Any, ...]:
        return ()

    def fields(text: SubscriptionText) -> dict[str, Any]:
        schedule = parse_schedule(text.schedule)
        if schedule.every is Every.HOUR:
            raise Invalid({"schedule.every": ["Mails go once a day at most."]})
        return {"schedule": dump_schedule(schedule), "paused": text.paused}

    hang(project, document.subscriptions, changes, Subscription, "subscriptions", same, fields)


def alerts(project: Project, document: Document, changes: Changes) -> None:
    def same(text: AlertText | Alert) -> tuple[Any, ...]:
        return repr(sorted(text.figure.items())), text.operator

    def fields(text: AlertText) -> dict[str, Any]:
        if text.operator not in COMPARISONS:
            raise Invalid({"operator": [f"Use one of {', '.join(COMPARISONS)}."]})
        schedule = dump_schedule(parse_schedule(text.schedule))
        own = {"figure": text.figure, "operator": text.operator, "value": text.value}
        return own | {"schedule": schedule}

    hang(project, document.alerts, changes, Alert, "alerts", same, fields)


def hang(
    project: Project,
    texts: Sequence[Any],
    changes: Changes,
    kind: type[Row],
    path: str,
    same: Callable[[Any], tuple[Any, ...]],
    fields: Callable[[Any], dict[str, Any]],
) -> None:
    """What hangs on reports and dashboards: of those on one that are the `same` the first in the
    document is the oldest in the project. Recipients stay as they are; something new has none."""
    own = Own(project)
    waiting = own.hanging(kind)
    for n, text in enumerate(texts):
        with changes.at(f"{path}.{n}"):
            of, label = text.target
            target, given = own.named(of, label, of), fields(text)
            alike = (row for row in waiting if row[0] == text.target and same(row[1]) == same(text))
            found = next(alike, None)
            waiting = [row for row in waiting if row is not found]
            details = differing(found and found[1], given)
            row = found[1] if found else kind(project=project, **{of: target})
            for name, value in given.items():
                setattr(row, name, value)
            if details != []:
                row.keep(row.emails if found else [], None)
            changes.note(f"{kind._meta.verbose_name} of “{label}”", details)
