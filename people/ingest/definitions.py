"""Definitions made on first sight: of events, their properties, and custom attributes."""

from collections.abc import Iterable, Sequence

from people.attributes import STANDARD
from people.ingest.messages import Identify, Track
from people.models import AttributeDefinition, EventDefinition, Project, PropertyDefinition
from people.models.catalogue import LONGEST_NAME
from people.values import Type, type_of

MOST_PROPERTIES = 500


def define_events(
    project: Project, tracks: Sequence[Track], *, only_look: bool = False
) -> set[tuple[str, str]]:
    """Make what is missing for these events; returns the (event, property) pairs that were new.

    The first value of a property decides its type; what is defined already keeps its own.
    """
    seen: dict[str, dict[str, Type]] = {track.event: {} for track in tracks}
    for track in tracks:
        types = seen[track.event]
        for name, value in track.properties.items():
            if name not in types and len(name) <= LONGEST_NAME and (kind := type_of(value)):
                types[name] = kind
    known = set(
        PropertyDefinition.objects.filter(
            event__project=project, event__name__in=list(seen)
        ).values_list("event__name", "name")
    )
    new = {(event, name) for event, types in seen.items() for name in types} - known
    if only_look:
        return new
    EventDefinition.objects.bulk_create(
        [EventDefinition(project=project, name=name) for name in seen], ignore_conflicts=True
    )
    if new:
        ids = dict(
            EventDefinition.objects.filter(project=project, name__in=list(seen)).values_list(
                "name", "pk"
            )
        )
        PropertyDefinition.objects.bulk_create(
            [
                PropertyDefinition(event_id=ids[event], name=name, type=seen[event][name])
                for event, name in sorted(new)
            ],
            ignore_conflicts=True,
        )
    return new


def define_attributes(project: Project, messages: Iterable[Identify]) -> None:
    """Define the custom attributes that these messages set first."""
    seen: dict[str, Type] = {}
    for message in messages:
        for name, value in message.attributes.items():
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
