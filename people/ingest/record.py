"""The one way in: messages become people, definitions and events in one transaction.

Requests that only add events of known people share the project's lock; one that makes, changes or
merges anything else holds it alone. So what a request reads of people stays true until it commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from people.ingest.body import cleaned, json_text
from people.ingest.crowd import MOST_IN, Crowd, batched
from people.ingest.definitions import (
    define_attributes,
    define_events,
    event_ids,
    new_properties,
)
from people.ingest.messages import Identify, Kind, Message, Refusal, Track
from people.ingest.rows import insert_events
from people.models import Batch, Event, Identity, Project, RefusedMessage, WriteKey


@dataclass(frozen=True, slots=True)
class Receipt:
    """How many messages were kept, and how many events were known already."""

    accepted: int
    duplicates: int


# Of one request, and in characters of one message.
MOST_REFUSED = 100
LARGEST_REFUSED = 65_536


class NotAloneError(Exception):
    """The request changes more than it may under the shared lock."""


def record(
    project: Project,
    messages: Sequence[Message],
    *,
    source: str,
    write_key: WriteKey | None = None,
    received_at: datetime | None = None,
    refused: Sequence[Refusal] = (),
    refused_count: int | None = None,
) -> Receipt:
    """Keep messages; committed when this returns. What was refused is kept apart, to be seen; where
    the caller keeps it itself, it only gives the number.

    Events of an id that the project has are duplicates and change nothing.
    """
    batch = Batch(
        project=project,
        source=source,
        write_key=write_key,
        received_at=received_at or timezone.now(),
        refused=len(refused) if refused_count is None else refused_count,
        warned=sum(isinstance(each, Track) and bool(each.claimed_at) for each in messages),
    )
    if all(isinstance(each, Track) for each in messages):
        try:
            return write(batch, messages, refused, alone=False)
        except NotAloneError:
            batch.pk = None
    return write(batch, messages, refused, alone=True)


@transaction.atomic
def write(
    batch: Batch, messages: Sequence[Message], refused: Sequence[Refusal], *, alone: bool
) -> Receipt:
    batch.project.lock(alone=alone)
    sent = len(messages)
    if alone:
        messages = without_known(batch.project, messages)
    tracks = unique(messages)
    names = {track.event for track in tracks}
    if not alone and not nothing_new(batch.project, tracks, names):
        raise NotAloneError
    # Made under the lock, so that of two changes to a person the later one has the higher batch.
    batch.save()
    keep_refused(batch, refused)
    people = Crowd(batch)
    people.hear(messages)
    people.save()
    if alone:
        define_attributes(batch.project, [m for m in messages if isinstance(m, Identify)])
        definitions = define_events(batch.project, tracks)
    else:
        definitions = event_ids(batch.project, names)
    inserted = insert_events(batch, tracks, definitions, people)
    batch.accepted = sum(not isinstance(each, Track) for each in messages) + inserted
    batch.duplicates = sent - batch.accepted
    batch.save(update_fields=["accepted", "duplicates"])
    return Receipt(batch.accepted, batch.duplicates)


def keep_refused(batch: Batch, refused: Sequence[Refusal]) -> None:
    """Keep what was refused with its reasons, so that it can be looked at and sent again."""
    kept = []
    for each in refused[:MOST_REFUSED]:
        small = len(json_text(each.item)) <= LARGEST_REFUSED
        item = cleaned(each.item) if small else None
        kept.append(
            RefusedMessage(project=batch.project, batch=batch, item=item, errors=each.errors)
        )
    RefusedMessage.objects.bulk_create(kept)


def without_known(project: Project, messages: Sequence[Message]) -> list[Message]:
    """Messages without the events that the project has: these must not touch people again."""
    uids = {each.uid for each in messages if isinstance(each, Track)}
    known: set[str] = set()
    for chunk in batched(sorted(uids), MOST_IN):
        rows = Event.objects.filter(project=project, uid__in=chunk)
        known.update(rows.values_list("uid", flat=True))
    return [each for each in messages if not (isinstance(each, Track) and each.uid in known)]


def unique(messages: Sequence[Message]) -> list[Track]:
    """The events of a request, the first of each id."""
    tracks: dict[str, Track] = {}
    for each in messages:
        if isinstance(each, Track):
            tracks.setdefault(each.uid, each)
    return list(tracks.values())


def nothing_new(project: Project, tracks: Sequence[Track], names: set[str]) -> bool:
    """Whether the events only add to people, ids, names and properties that are there."""
    if len(event_ids(project, names)) < len(names) or new_properties(project, tracks):
        return False
    values = {each.value for track in tracks for each in track.ids}
    known: dict[str, tuple[int, datetime, str]] = {}
    for chunk in batched(sorted(values), MOST_IN):
        rows = Identity.objects.filter(project=project, value__in=chunk)
        found = rows.values_list("value", "person_id", "person__first_seen", "kind")
        known.update({value: (person, seen, kind) for value, person, seen, kind in found})
    if len(known) < len(values):
        return False
    return all(
        len({known[each.value][0] for each in track.ids}) == 1
        and track.at >= known[track.ids[0].value][1]
        and not any(
            each.kind is Kind.EXTERNAL and known[each.value][2] == Kind.ANONYMOUS
            for each in track.ids
        )
        for track in tracks
    )
