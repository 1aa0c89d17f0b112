"""Is the store what the record says? Comparing them, and making it so from nothing."""

from collections.abc import Iterator

from analytics.store import client, tables
from analytics.store.loader import Sum, drain, events_of, holds, projects_waiting
from people.models import Batch, Load, Person, Project
from people.values import milliseconds


def differences() -> Iterator[str]:
    """A sentence for each load and each project in which the store is not what the record says."""
    for load in Load.objects.exclude(loaded_at=None).order_by("pk"):
        if not holds(load, expected(load)):
            yield f"Load {load.pk} of project {load.project_id} differs from the record."
    known = set(Load.objects.values_list("pk", flat=True))
    for (load_id,) in client.look("SELECT DISTINCT load FROM events"):
        if load_id not in known:
            yield f"Load {load_id} is in the store and not in the record."
    for project in Project.objects.order_by("pk"):
        if missing := people_behind(project):
            yield f"{missing} people of project {project.slug} differ from the record."
    if waiting := Batch.objects.waiting().count():
        yield f"{waiting} accepted batches are not in the store yet."


def expected(load: Load) -> Sum:
    total = Sum()
    rows = events_of(load).values_list("uid", "definition__name", "person_id", "at")
    for uid, event, person, at in rows.iterator(chunk_size=10_000):
        total.add(uid, event, person, milliseconds(at))
    return total


def people_behind(project: Project) -> int:
    record = dict(Person.objects.filter(project=project).values_list("pk", "batch_id"))
    rows = client.look(
        "SELECT person, version FROM people FINAL WHERE project = {project:UInt64}",
        project=project.pk,
    )
    store = {row[0]: row[1] for row in rows}
    return len({person for person, _ in record.items() ^ store.items()})


def forget() -> None:
    """Empty the store and mark everything as not loaded, to be brought in again."""
    tables.empty()
    Load.objects.all().delete()


def rebuild() -> Iterator[int]:
    """Bring every project in again, yielding its id when it is there."""
    for project_id in projects_waiting():
        drain(project_id)
        yield project_id


def open_store() -> None:
    """Make the tables. Where that of the events is new, what the record calls loaded is not there:
    it is loaded anew. Said before it is made, so that dying between the two loses nothing."""
    if tables.lose_rows(tables.pending()):
        Load.objects.all().delete()
    tables.migrate()
