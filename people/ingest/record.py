"""The one way in: messages become people, definitions and events in one transaction.

Requests that only add events of known people share the project's lock; one that makes, changes or
merges anything else holds it alone. So what a request reads of people stays true until it commits.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from people import faults
from people.ingest.body import cleaned, json_text
from people.ingest.definitions import (
    define_attributes,
    define_events,
    event_ids,
    new_properties,
)
from people.ingest.messages import (
    MOST_ANSWERED,
    Identify,
    Kind,
    Message,
    Refusal,
    Track,
)
from people.ingest.resolver import MOST_IN, Resolver, batched
from people.ingest.rows import insert_events
from people.models import (
    Batch,
    Event,
    Identity,
    Project,
    RefusedMessage,
    RequestProgress,
    WriteKey,
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """How many messages were kept, and how many events were known already."""

    accepted: int
    duplicates: int

    def __add__(self, other: "Receipt") -> "Receipt":
        return Receipt(self.accepted + other.accepted, self.duplicates + other.duplicates)


# Messages, and values in them, of one transaction, which holds the project's lock (SQLite's:
# everybody's) for less than a second.
MOST_AT_ONCE = 500
MOST_VALUES_AT_ONCE = 20_000
# SQLite's writers do not queue: whoever waits looks again after some milliseconds, and would find
# the next piece at work for ever.
PAUSE = 0.025
# Of one message that is kept to be seen and tried again, in characters.
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
    sent: Any = None,
) -> Receipt:
    """Keep messages; committed when this returns, a piece at a time. What was refused is kept
    apart, to be seen; where the caller keeps it itself, it only gives the number.

    Events of an id that the project has are duplicates and change nothing. By what was `sent` a
    request is known that comes again after a failure between its pieces.
    """
    now = received_at or timezone.now()
    first, *others = pieces = list(in_pieces(messages))
    batch = Batch(project=project, source=source, write_key=write_key, received_at=now)
    batch.refused = len(refused) if refused_count is None else refused_count
    progress = progress_of(project, pieces, sent)
    receipt = keep(batch, first, refused, Step(progress, 0, is_last=not others))
    for number, piece in enumerate(others, start=1):
        let_others_write()
        batch = Batch(project=project, source=source, write_key=write_key, received_at=now)
        receipt += keep(batch, piece, (), Step(progress, number, is_last=number == len(others)))
    return receipt


@dataclass(frozen=True)
class Step:
    """A piece of a request, by its place; progress is None where doing it again changes nothing."""

    progress: RequestProgress | None
    number: int
    is_last: bool

    def begin(self) -> bool:
        """False where it was recorded before."""
        return self.progress is None or self.progress.begin(self.number, is_last=self.is_last)


def progress_of(
    project: Project, pieces: Sequence[Sequence[Message]], sent: Any
) -> RequestProgress | None:
    """How much of a request was recorded when it came before; of one that is recorded all at once,
    and of one without a change that builds on what is there, it makes no difference."""
    builds = any(isinstance(each, Identify) and each.edits for piece in pieces for each in piece)
    if sent is None or len(pieces) == 1 or not builds:
        return None
    digest = hashlib.sha256(json_text(sent).encode()).hexdigest()
    return RequestProgress.objects.of(project, digest)


def let_others_write() -> None:
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(PAUSE)


def keep(
    batch: Batch, messages: Sequence[Message], refused: Sequence[Refusal], step: Step
) -> Receipt:
    """Keep a piece of a request, under the shared lock where that is enough."""
    batch.warned = sum(isinstance(each, Track) and bool(each.claimed_at) for each in messages)
    if all(isinstance(each, Track) for each in messages):
        try:
            return write(batch, messages, refused, step, alone=False)
        except NotAloneError:
            batch.pk = None
    return write(batch, messages, refused, step, alone=True)


def in_pieces(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Large requests a piece at a time, one at least: other writers wait for one piece at most."""
    piece: list[Message] = []
    values = 0
    for each in messages:
        if len(piece) >= MOST_AT_ONCE or values >= MOST_VALUES_AT_ONCE:
            yield piece
            piece, values = [], 0
        piece.append(each)
        values += each.size
    yield piece


@transaction.atomic
def write(
    batch: Batch,
    messages: Sequence[Message],
    refused: Sequence[Refusal],
    step: Step,
    *,
    alone: bool,
) -> Receipt:
    batch.project.lock(alone=alone)
    sent = len(messages)
    if not step.begin():
        return Receipt(0, sent)
    if alone:
        messages = without_known(batch.project, messages)
    tracks = unique(messages)
    names = {track.event for track in tracks}
    if alone:
        people, definitions = changed(batch, messages, tracks)
    else:
        definitions = event_ids(batch.project, names)
        people = unchanged(batch.project, tracks, definitions)
        batch.save()
    keep_refused(batch, refused)
    inserted = insert_events(batch, tracks, definitions, people)
    batch.accepted = sum(not isinstance(each, Track) for each in messages) + inserted
    batch.duplicates = sent - batch.accepted
    batch.save(update_fields=["accepted", "duplicates", "bytes"])
    faults.point("record-written")
    return Receipt(batch.accepted, batch.duplicates)


def keep_refused(batch: Batch, refused: Sequence[Refusal]) -> None:
    """Keep what was refused with its reasons, so that it can be looked at and sent again."""
    kept = []
    for each in refused[:MOST_ANSWERED]:
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


def changed(
    batch: Batch, messages: Sequence[Message], tracks: Sequence[Track]
) -> tuple[dict[str, int], dict[str, int]]:
    """Make and change people and definitions; people by id, events by name."""
    # Made under the lock, so that of two changes to a person the later one has the higher batch.
    batch.save()
    resolver = Resolver(batch)
    resolver.apply(messages)
    resolver.save()
    define_attributes(batch.project, [m for m in messages if isinstance(m, Identify)])
    return resolver.people(), define_events(batch.project, tracks)


def unchanged(
    project: Project, tracks: Sequence[Track], definitions: Mapping[str, int]
) -> dict[str, int]:
    """The people by their ids, where the events only add to people, ids, names and properties that
    are there; else raises NotAloneError."""
    if {track.event for track in tracks} - set(definitions) or new_properties(project, tracks):
        raise NotAloneError
    values = {each.value for track in tracks for each in track.ids}
    known: dict[str, tuple[int, datetime, str]] = {}
    for chunk in batched(sorted(values), MOST_IN):
        rows = Identity.objects.filter(project=project, value__in=chunk)
        found = rows.values_list("value", "person_id", "person__first_seen", "kind")
        known.update({value: (person, seen, kind) for value, person, seen, kind in found})
    if len(known) < len(values) or not all(adds_only(track, known) for track in tracks):
        raise NotAloneError
    return {value: person for value, (person, _, _) in known.items()}


def adds_only(track: Track, known: Mapping[str, tuple[int, datetime, str]]) -> bool:
    """Whether an event neither joins people, nor is somebody's earliest, nor makes an id known."""
    person, seen, _ = known[track.ids[0].value]
    return track.at >= seen and all(
        known[each.value][0] == person
        and not (each.kind is Kind.EXTERNAL and known[each.value][2] == Kind.ANONYMOUS)
        for each in track.ids
    )
