"""Is the store what the record says? Comparing them, and making it so from nothing."""

import logging
from collections.abc import Iterator

from django.db import transaction
from django.db.models import F

from analytics.store import client, tables
from analytics.store.lines import Sum, rows_of
from analytics.store.loader import drain, holds, projects_waiting
from people.locks import alone
from people.models import Batch, KeyDay, Load, Person, Project

log = logging.getLogger(__name__)


def differences() -> Iterator[str]:
    """A sentence for each load and each project in which the store is not what the record says.

    What comes in or is loaded meanwhile is no difference.
    """
    last = Batch.objects.order_by("-pk").values_list("pk", flat=True).first()
    for load in Load.objects.exclude(loaded_at=None).order_by("pk"):
        if differs(load):
            yield f"Load {load.pk} of project {load.project_id} differs from the record."
    stored = {load_id for (load_id,) in client.look("SELECT DISTINCT load FROM events")}
    for load_id in sorted(stored - set(Load.objects.values_list("pk", flat=True))):
        yield f"Load {load_id} is in the store and not in the record."
    for project in Project.objects.order_by("pk"):
        if missing := people_behind(project):
            yield f"{missing} people of project {project.slug} differ from the record."
    if last and (waiting := Batch.objects.waiting().filter(pk__lte=last).count()):
        yield f"{waiting} accepted batches are not in the store yet."


def differs(load: Load) -> bool:
    """Looked at again where it seems so: a merge or a rebuild may have taken the load up anew."""
    if holds(load, expected(load)):
        return False
    still = Load.objects.filter(pk=load.pk, attempt=load.attempt).exclude(loaded_at=None)
    return still.exists() and not holds(load, expected(load))


def expected(load: Load) -> Sum:
    """What the loader would bring in; read as it does, so that instants are rounded alike."""
    total = Sum()
    for uid, event, person, instant, *_ in rows_of(load):
        total.add(uid, event, person, instant)
    return total


def people_behind(project: Project) -> int:
    """How many people the store has otherwise than the record, seen twice."""
    if not (behind := unequal(project)):
        return 0
    drain(project.pk)
    return len(behind & unequal(project))


def unequal(project: Project) -> set[int]:
    rows = client.look(
        "SELECT person, version FROM people FINAL WHERE project = {project:UInt64}",
        project=project.pk,
    )
    store = {row[0]: row[1] for row in rows}
    record = dict(Person.objects.filter(project=project).values_list("pk", "batch_id"))
    return {person for person, _ in record.items() ^ store.items()}


def forget() -> None:
    """Empty the store and mark everything as not loaded, to be brought in again.

    Beside loaders that are at work: what they have in hand is loaded in a further attempt, and
    they cannot mark it as loaded. Done before, so that a crash leaves nothing that is taken for
    loaded, and after, for what was marked in between.
    """
    unload()
    tables.empty()
    unload()


def unload() -> None:
    with transaction.atomic():
        done = Load.objects.exclude(loaded_at=None)
        Batch.objects.filter(load__in=done).update(load=None)
        done.delete()
        KeyDay.objects.all().delete()
        Load.objects.update(attempt=F("attempt") + 1)


def rebuild() -> Iterator[int]:
    """Bring every project in again, yielding its id when it is there."""
    for project_id in projects_waiting():
        drain(project_id)
        yield project_id


def open_store() -> None:
    """Make or migrate the tables. Where that of the events is new, what the record calls loaded is
    not there: that is forgotten first, so that the next start notices a crash in between."""
    with alone("store"):
        if tables.lose_rows(tables.pending()):
            unload()
        tables.migrate()


def recover() -> None:
    """Make a lost store anew. What it shall hold is brought in by the loaders, as if it had just
    been accepted."""
    log.error("The store was lost. It is being rebuilt from the database.")
    client.reopen()
    open_store()


def look_after() -> None:
    """Notice that the store was lost, also where nobody asks it anything."""
    try:
        client.look("SELECT count() FROM schema_files")
    except client.StoreLost:
        recover()


def inspect() -> None:
    """Compare what lies on the disk with its checksums. A store that is damaged, or that left out
    what it could not read when it was opened, is filled again from the database."""
    with alone("inspection"):
        if not (found := [*damaged_tables(), *parts_left_out()]):
            return
        log.error("The store is damaged (%s). It is being rebuilt from the database.", found)
        forget()
        for table in tables.FILLED:
            client.command(
                f"ALTER TABLE {table} DROP DETACHED PARTITION ALL SETTINGS allow_drop_detached = 1"
            )


def damaged_tables() -> list[str]:
    def is_fine(table: str) -> bool:
        [(told,)] = client.look(f"CHECK TABLE {table} SETTINGS check_query_single_value_result = 1")
        return int(told) == 1

    return [table for table in tables.FILLED if not is_fine(table)]


def parts_left_out() -> list[str]:
    """What the engine put aside by itself; what a merge or a removal leaves has no reason."""
    rows = client.look(
        "SELECT name FROM system.detached_parts WHERE database = currentDatabase()"
        " AND table IN {tables:Array(String)} AND reason LIKE 'broken%'",
        tables=list(tables.FILLED),
    )
    return [name for (name,) in rows]
