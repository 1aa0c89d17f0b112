"""From the record into the store, exactly once: look, load, look again.

A load is a fixed set of batches. An insert's token alone cannot be trusted after a crash (the
engine may remember the token of rows it never kept), so every attempt has a token of its own,
written down before the insert, and only what was read back counts as loaded.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import orjson
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from analytics.store import client
from analytics.store.lines import Sum, events_of, lists_of, person_line, read_events
from people import faults
from people.heartbeat import beating
from people.models import Batch, Load, Person, Project, Tombstone
from people.models.sent import count_events

log = logging.getLogger(__name__)

# A loader says so often that it is at a load; one that was silent for a lease is gone.
HEARTBEAT = timedelta(seconds=5)
LEASE = timedelta(seconds=30)
MOST_BATCHES = 2_000
MOST_EVENTS = 250_000
# Of properties as text; as lines for the store they take some times as much memory.
MOST_BYTES = 64_000_000
MOST_ATTEMPTS = 5


class NotLoaded(client.StoreError):
    """The store does not hold what the record says, although it was inserted."""


# Reads every column, so that a damaged one shows.
SUM = (
    "SELECT count(), sum(CRC32(concat(id, '|', event, '|', toString(person), '|',"
    " toString(toUnixTimestamp64Milli(at))))), sum(ignore(values, days)) FROM events"
    " WHERE project = {project:UInt64} AND load = {load:UInt64}"
)


# --- Taking -------------------------------------------------------------------------------------


def take(project_id: int) -> Load | None:
    """Lease a load that nobody is at: an abandoned one first, else the batches that wait."""
    abandoned = Load.objects.filter(project_id=project_id, loaded_at=None)
    free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    for load in abandoned.filter(free).order_by("pk")[:1]:
        if lease(load):
            return load
    return gather(project_id)


def lease(load: Load) -> bool:
    """Take or keep the lease; False where another loader has gone on with the load meanwhile."""
    mine = Load.objects.filter(
        pk=load.pk, attempt=load.attempt, leased_until=load.leased_until, loaded_at=None
    )
    until = timezone.now() + LEASE
    if mine.update(leased_until=until):
        load.leased_until = until
        return True
    return False


def held(load: Load) -> AbstractContextManager[None]:
    """Renew the lease inside the block, however long it takes: two loaders at one load could insert
    it twice."""

    def beat() -> None:
        mine = Load.objects.filter(pk=load.pk, attempt=load.attempt, loaded_at=None)
        until = timezone.now() + LEASE
        if mine.update(leased_until=until):
            load.leased_until = until

    return beating(HEARTBEAT, beat)


def void_leases() -> None:
    """Let go of the loads of loaders that are gone; for the one process that may load at all."""
    Load.objects.filter(loaded_at=None).update(leased_until=None)


@transaction.atomic
def gather(project_id: int) -> Load | None:
    """Make one load of the batches that no load has yet."""
    batches = Batch.objects.filter(project_id=project_id, load=None).order_by("pk")
    chosen: list[int] = []
    events = size = 0
    rows = batches.select_for_update(skip_locked=True, of=("self",))
    for pk, accepted, length in rows.values_list("pk", "accepted", "bytes")[:MOST_BATCHES]:
        chosen.append(pk)
        events, size = events + accepted, size + length
        if events >= MOST_EVENTS or size >= MOST_BYTES:
            break
    if not chosen:
        return None
    load = Load.objects.create(project_id=project_id, leased_until=timezone.now() + LEASE)
    Batch.objects.filter(pk__in=chosen).update(load=load)
    return load


# --- Loading ------------------------------------------------------------------------------------


def bring(load: Load) -> None:
    """Make the store hold exactly this load, and mark it loaded.

    Raises NotLoaded when another attempt is needed, StoreAway when there is no store.
    """
    blocks = read_events(load)
    if load.attempt == 0 or not holds(load, blocks.sum):
        if load.attempt:
            client.command(
                "DELETE FROM events WHERE project = {project:UInt64} AND load = {load:UInt64}",
                project=load.project_id,
                load=load.pk,
            )
        if not begin_attempt(load):
            return
        for partition, lines in blocks.lines.items():
            faults.point("load-attempt")
            client.insert("events", b"\n".join(lines), f"{token(load)}:{partition}")
            faults.point("load-inserted")
    bury(load)
    bring_people(load)
    if not holds(load, blocks.sum) or events_of(load).count() != blocks.sum.count:
        raise NotLoaded(f"Load {load.pk} is not in the store as it is in the record.")
    faults.point("load-checked")
    mark_loaded(load, blocks.by_batch)
    faults.point("load-marked")


@transaction.atomic
def mark_loaded(load: Load, by_batch: Mapping[int, int]) -> None:
    mine = Load.objects.filter(pk=load.pk, attempt=load.attempt, loaded_at=None)
    if mine.update(loaded_at=timezone.now(), leased_until=None, error=""):
        count_events(load.project, by_batch)
        Project.objects.filter(pk=load.project_id).update(loads_done=F("loads_done") + 1)


def begin_attempt(load: Load) -> bool:
    """Write the attempt down before it is made; False if another loader has begun one."""
    load.attempt += 1
    mine = Load.objects.filter(pk=load.pk, attempt=load.attempt - 1, loaded_at=None)
    return bool(mine.update(attempt=load.attempt, leased_until=load.leased_until))


def token(load: Load) -> str:
    """Names this attempt and no other, not even one of a load whose id was rolled back."""
    return f"{load.pk}:{load.created_at.timestamp()}:{load.attempt}"


def holds(load: Load, expected: Sum) -> bool:
    try:
        [(count, checksum, _)] = client.look(SUM, project=load.project_id, load=load.pk)
    except client.StoreAway:
        raise
    except client.StoreError:
        log.warning("Load %s cannot be read back; it is loaded again", load.pk)
        return False
    return Sum(count, checksum) == expected


def bury(load: Load) -> None:
    """Remove from the store whoever a batch of this load left a tombstone for."""
    gone = list(Tombstone.objects.filter(batch__load=load).values_list("person_id", "batch_id"))
    if not gone:
        return
    persons = [person for person, _ in gone]
    client.command(
        "DELETE FROM events WHERE project = {project:UInt64} AND person IN {persons:Array(UInt64)}",
        project=load.project_id,
        persons=persons,
    )
    rows = [
        {"project": load.project_id, "person": person, "version": batch, "deleted": 1}
        for person, batch in gone
    ]
    client.insert("people", b"\n".join(map(orjson.dumps, rows)), f"{token(load)}:gone")


def bring_people(load: Load) -> None:
    """Load the people whom a batch of this load changed last, and read back their versions."""
    changed = Person.objects.filter(batch__load=load).order_by("pk")
    lists = lists_of(load)
    for chunk in chunks(changed.iterator(chunk_size=10_000), 50_000):
        wanted = {person.pk: person.batch_id for person in chunk}
        if behind(load.project_id, wanted):
            lines = b"\n".join(person_line(each, lists.get(each.pk, [])) for each in chunk)
            client.insert("people", lines, f"{token(load)}:people:{chunk[0].pk}")
        if behind(load.project_id, wanted):
            raise NotLoaded(f"People of load {load.pk} are not in the store.")


def behind(project_id: int, wanted: dict[int, int]) -> bool:
    """Whether the store lacks one of these people at their version or a later one."""
    found = client.look(
        "SELECT person, max(version) FROM people WHERE project = {project:UInt64}"
        " AND person IN {persons:Array(UInt64)} GROUP BY person",
        project=project_id,
        persons=list(wanted),
    )
    versions = {row[0]: row[1] for row in found}
    return any(versions.get(person, 0) < version for person, version in wanted.items())


def chunks(people: Iterable[Person], size: int) -> Iterator[list[Person]]:
    chunk: list[Person] = []
    for person in people:
        chunk.append(person)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# --- Driving ------------------------------------------------------------------------------------


def drain(project_id: int, *, until: datetime | None = None) -> None:
    """Bring everything that waits into the store; returns when nothing accepted before is missing.

    What another loader is at is waited for, and taken over when its lease ends.
    """
    before = list(waiting(project_id).order_by("-pk").values_list("pk", flat=True)[:1])
    while before and waiting(project_id).filter(pk__lte=before[0]).exists():
        if until and timezone.now() > until:
            raise client.StoreAway(behind_words(project_id))
        if load := take(project_id):
            try_to_bring(load)
        else:
            time.sleep(0.02)


def behind_words(project_id: int) -> str:
    """That a report would lack something, and how much."""
    everything = Batch.objects.filter(project_id=project_id)
    total = everything.aggregate(events=models.Sum("accepted"))["events"] or 0
    missing = waiting(project_id).aggregate(events=models.Sum("accepted"))["events"] or 0
    if missing * 10 < total:
        return "The newest events are not in the store yet. Try again shortly."
    there = 100 * (total - missing) // (total or 1)
    return f"The store is being rebuilt: {there} % of the events are there. Try again later."


def waiting(project_id: int) -> QuerySet[Batch]:
    return Batch.objects.waiting(project_id)


def try_to_bring(load: Load) -> None:
    """Bring a load, again where the store does not hold it afterwards."""
    for _ in range(MOST_ATTEMPTS):
        try:
            with held(load):
                return bring(load)
        except NotLoaded as error:
            log.warning("%s", error)
            Load.objects.filter(pk=load.pk).update(error=str(error))
            if not lease(load):
                return None
        except client.StoreError as error:
            Load.objects.filter(pk=load.pk).update(error=str(error), leased_until=None)
            raise
    raise NotLoaded(f"Load {load.pk} failed {MOST_ATTEMPTS} times.")


def projects_waiting() -> list[int]:
    return list(Batch.objects.waiting().values_list("project_id", flat=True).distinct())
