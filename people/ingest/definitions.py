"""Definitions made on first sight: of events, their properties, and custom attributes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from django.db.models import Count, F
from django.utils import timezone

from people.attributes import STANDARD
from people.ingest.messages import Edit, Identify, Track, Verb
from people.models import AttributeDefinition, EventDefinition, Project, PropertyDefinition
from people.models.catalogue import LONGEST_NAME, MOST_ATTRIBUTES, MOST_EVENTS, MOST_PROPERTIES
from people.values import JSON, Type, type_of

# Properties that one transaction defines; the others are defined when they come again.
MOST_NEW = 500


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
    ids = event_ids(project, names)
    if fresh := sorted(names - set(ids)):
        room = MOST_EVENTS - EventDefinition.objects.filter(project=project).offered().count()
        now = timezone.now()
        EventDefinition.objects.bulk_create(
            EventDefinition(
                project=project,
                name=name,
                over_cap=n >= room,
                archived_at=now if n >= room else None,
            )
            for n, name in enumerate(fresh)
        )
        ids = event_ids(project, names)
    define_properties(ids, new_properties(project, tracks))
    return ids


def define_properties(events: Mapping[str, int], fresh: Mapping[tuple[str, str], Type]) -> None:
    """Define properties, as many as an event may have; the others are kept in its events alone."""
    if not fresh:
        return
    counted = PropertyDefinition.objects.filter(event__in={events[event] for event, _ in fresh})
    per_event = counted.values_list("event").annotate(count=Count("pk"))
    have = dict(per_event)
    made: list[PropertyDefinition] = []
    beyond: dict[int, int] = {}
    for (event, name), kind in fresh.items():
        pk = events[event]
        if len(made) == MOST_NEW:
            break
        if have.get(pk, 0) < MOST_PROPERTIES:
            have[pk] = have.get(pk, 0) + 1
            made.append(PropertyDefinition(event_id=pk, name=name, type=kind))
        else:
            beyond[pk] = beyond.get(pk, 0) + 1
    PropertyDefinition.objects.bulk_create(made)
    for pk, count in beyond.items():
        EventDefinition.objects.filter(pk=pk).update(uncatalogued=F("uncatalogued") + count)


def define_attributes(project: Project, messages: Iterable[Identify]) -> None:
    """Define the custom attributes that these messages set first, as many as a project may have;
    the others are kept in their people alone."""
    seen: dict[str, Type] = {}
    for message in messages:
        edits = [(each.name, first_value(each)) for each in message.edits if each.name]
        for name, value in (*message.attributes.items(), *message.once.items(), *edits):
            custom = name not in STANDARD and name not in seen and len(name) <= LONGEST_NAME
            if custom and (kind := type_of(value)):
                seen[name] = kind
    if not seen:
        return
    known = set(AttributeDefinition.objects.filter(project=project).values_list("name", flat=True))
    fresh = ((name, kind) for name, kind in seen.items() if name not in known)
    AttributeDefinition.objects.bulk_create(
        [
            AttributeDefinition(project=project, name=name, type=kind)
            for name, kind in islice(fresh, max(0, MOST_ATTRIBUTES - len(known)))
        ],
        ignore_conflicts=True,
    )


def first_value(edit: Edit) -> JSON:
    """What an attribute is after a change that is the first to name it."""
    if edit.verb in (Verb.APPEND, Verb.UNION):
        return edit.value if isinstance(edit.value, list) else [edit.value]
    return edit.value if edit.verb is Verb.ADD else None
