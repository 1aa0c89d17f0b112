"""What may be chosen in a field of the builder: names and values that are really there."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from analytics import engine
from analytics.models.questions import fetch
from analytics.models.scopes import catalogue_of, scope_of
from analytics.models.volumes import recent_volumes
from analytics.store.client import StoreError
from people.attributes import STANDARD
from people.models import EventDefinition, Project
from people.values import UNKEEPABLE, Type

log = logging.getLogger(__name__)
MOST_SUGGESTED = 50


def fitting(names: Iterable[str], text: str) -> list[tuple[str, int | None]]:
    """The names that a text is a part of, in whatever case."""
    found = [name for name in names if text.lower() in name.lower()]
    return [(name, None) for name in found[:MOST_SUGGESTED]]


@dataclass(frozen=True)
class Choices:
    """Some of what may be chosen, with how often each is there; None where that is not known."""

    title: str
    options: list[tuple[str, int | None]] = field(default_factory=list)


def suggestions(project: Project, of: str, text: str, name: str, event: str) -> list[Choices]:
    """What may stand in a field, of which a text is a part: `of` an "event", an "attribute", a
    "property" of the event, or a "value" of the property or attribute of a name."""
    if UNKEEPABLE.search(text + name + event):
        return []
    match of:
        case "event":
            found = events(project, text)
        case "attribute":
            found = attributes(project, text)
        case "property":
            known = catalogue_of(project, [event]).properties.get(event, {})
            found = [Choices("", fitting(known, text))]
        case "value":
            found = [Choices("", values(project, name, event, text))]
        case _:
            found = []
    return [each for each in found if each.options]


def events(project: Project, text: str) -> list[Choices]:
    """Those that came lately, the most frequent first; then the others."""
    named = EventDefinition.objects.filter(project=project, name__icontains=text).offered()
    names = list(named.values_list("name", flat=True))
    try:
        recent = recent_volumes(project)
    except StoreError:
        log.warning("Events are suggested without counts: the store does not answer")
        return [Choices("", fitting(names, ""))]
    lately = sorted((name for name in names if name in recent), key=lambda name: -recent[name])
    shown: list[tuple[str, int | None]] = [(name, recent[name]) for name in lately[:MOST_SUGGESTED]]
    earlier = [name for name in names if name not in recent]
    return [
        Choices("In the last 30 days", shown),
        Choices("Not in the last 30 days", fitting(earlier[: MOST_SUGGESTED - len(shown)], "")),
    ]


def attributes(project: Project, text: str) -> list[Choices]:
    known = catalogue_of(project).attributes
    custom = [name for name in sorted(known) if name not in STANDARD]
    return [
        Choices("Standard", fitting(STANDARD, text)),
        Choices("Custom", fitting(custom, text)),
    ]


def values(project: Project, name: str, event: str, text: str) -> list[tuple[str, int | None]]:
    """The most frequent values of a property of an event, else of an attribute, with how many."""
    scope = scope_of(project, {"event": event})
    types = scope.catalogue.properties.get(event, {}) if event else scope.catalogue.attributes
    if (kind := types.get(name)) is None or kind in (Type.DATE, Type.DATETIME):
        return []
    try:
        rows = fetch(engine.values(name, kind, event, text, scope))
    except StoreError:
        log.warning("No values of %s are suggested: the store does not answer", name)
        return []
    return [(value, number) for value, number in rows]
