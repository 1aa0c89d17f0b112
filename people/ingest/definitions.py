"""Definitions made on first sight: of events, their properties, and custom attributes."""

from collections.abc import Iterable, Sequence

from people.attributes import STANDARD
from people.ingest.messages import Edit, Identify, Track, Verb
from people.models import AttributeDefinition, EventDefinition, Project, PropertyDefinition
from people.models.catalogue import LONGEST_NAME
from people.values import JSON, Type, type_of


def new_properties(project: Project, tracks: Sequence[Track]) -> dict[tuple[str, str], Type]:
    """The properties of these events that have no definition, as (event, property) → type.

    The first value of a property decides its type.
    """
    seen: dict[tuple[str, str], Type] = {}
    for track in tracks:
        for name, value in track.properties.items():
            fresh = (track.event, name) not in seen and len(name) <= LONGEST_NAME
            if fresh and (kind := type_of(value)):
                seen[track.event, name] = kind
    events = {track.event for track in tracks}
    known = PropertyDefinition.objects.filter(event__project=project, event__name__in=events)
    for pair in known.values_list("event__name", "name"):
        seen.pop(pair, None)
    return seen


def event_ids(project: Project, names: Iterable[str]) -> dict[str, int]:
    """The definitions of these events that are there."""
    found = EventDefinition.objects.filter(project=project, name__in=set(names))
    return dict(found.values_list("name", "pk"))


def define_events(project: Project, tracks: Sequence[Track]) -> dict[str, int]:
    """Make what is missing for these events; what is defined already keeps its type."""
    names = {track.event for track in tracks}
    EventDefinition.objects.bulk_create(
        [EventDefinition(project=project, name=name) for name in sorted(names)],
        ignore_conflicts=True,
    )
    ids = event_ids(project, names)
    PropertyDefinition.objects.bulk_create(
        [
            PropertyDefinition(event_id=ids[event], name=name, type=kind)
            for (event, name), kind in new_properties(project, tracks).items()
        ],
        ignore_conflicts=True,
    )
    return ids


def define_attributes(project: Project, messages: Iterable[Identify]) -> None:
    """Define the custom attributes that these messages set first."""
    seen: dict[str, Type] = {}
    for message in messages:
        edits = [(each.name, first_value(each)) for each in message.edits if each.name]
        for name, value in (*message.attributes.items(), *message.once.items(), *edits):
            custom = name not in STANDARD and name not in seen and len(name) <= LONGEST_NAME
            if custom and (kind := type_of(value)):
                seen[name] = kind
    known = AttributeDefinition.objects.filter(project=project, name__in=list(seen))
    for name in known.values_list("name", flat=True):
        del seen[name]
    AttributeDefinition.objects.bulk_create(
        [AttributeDefinition(project=project, name=name, type=kind) for name, kind in seen.items()],
        ignore_conflicts=True,
    )


def first_value(edit: Edit) -> JSON:
    """What an attribute is after a change that is the first to name it."""
    if edit.verb in (Verb.APPEND, Verb.UNION):
        return edit.value if isinstance(edit.value, list) else [edit.value]
    return edit.value if edit.verb is Verb.ADD else None
