"""What is left of an erased person, taken out of all that kept it: refused messages, answers, names
of lists, files, the store's parts and the database's free pages."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
from django.db import connection
from django.db.models import Model

from analytics.models.exports import Export
from analytics.models.mailings import Mailing
from analytics.models.people import Selection
from analytics.models.runs import Run
from analytics.models.saved import Report, Segment
from analytics.store import client, loader
from people import faults
from people.ingest.resolver import MOST_IN, batched
from people.models import Erasure, Import, Project
from people.operations import mentions

log = logging.getLogger(__name__)

# The first bytes of files whose texts cannot be looked for: gzip, zip, Parquet, zstd.
PACKED = (b"\x1f\x8b", b"PK", b"PAR1", b"\x28\xb5\x2f\xfd")
LEFT_OUT = "…"
# Shorter ones stand in every other name.
SHORTEST_IN_NAMES = 3


def finish(erasure: Erasure) -> None:
    """Take out what is left of a person. Raises StoreError; what was done is not done in vain."""
    project, values = erasure.project, set(erasure.values)
    faults.point("erase-recorded")
    loader.drain(project.pk)
    purge(project, erasure.person_id)
    faults.point("erase-purged")
    refused = project.refused_messages.order_by("pk").values_list("pk", "item")
    named = [pk for pk, item in refused.iterator(chunk_size=500) if mentions(item, values)]
    for pks in batched(named, MOST_IN):
        project.refused_messages.filter(pk__in=pks).delete()
    # Answers hold values of breakdowns, questions those of filters; both are asked anew.
    for kind in (Run, Selection):
        kind._default_manager.filter(project=project).delete()
    rename_lists(project, values)
    forget_in_mails(project, values)
    for job in Import.objects.filter(project=project):
        forget_in_files(job, values)
    forget_exports(project)
    erasure.delete()
    overwrite()


def purge(project: Project, person: int) -> None:
    """Rewrite the store's parts that still hold somebody who is marked as gone."""
    client.command("ALTER TABLE events APPLY DELETED MASK SETTINGS mutations_sync = 2")
    client.command(
        "ALTER TABLE people DELETE WHERE project = {project:UInt64} AND person = {person:UInt64}"
        " AND deleted = 0 SETTINGS mutations_sync = 2",
        project=project.pk,
        person=person,
    )


def rename_lists(project: Project, values: Iterable[str]) -> None:
    """Take a person's values out of the names of fixed lists."""
    for segment in project.segments.exclude(people=None):
        name = segment.name
        for value in values:
            if len(value) >= SHORTEST_IN_NAMES:
                name = name.replace(value, LEFT_OUT)
        if name != segment.name:
            segment.name = free_name(project, name)
            segment.save(update_fields=["name"])


def free_name(project: Project, name: str) -> str:
    taken = set(project.segments.values_list("name", flat=True))
    candidates = [name, *(f"{name[:90]} {n}" for n in range(2, len(taken) + 3))]
    return next(each for each in candidates if each not in taken)


def forget_in_files(job: Import, values: set[str]) -> None:
    """Take somebody out of the rejected rows, and remove an upload that is not being loaded and may
    hold them; it can be uploaded again."""
    if job.rejected_path.exists():
        lines = job.rejected_path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not mentions(orjson.loads(line), values)]
        if len(kept) < len(lines):
            job.rejected_path.write_bytes(b"".join(kept))
    idle = job.state in (Import.State.DRAFT, Import.State.FAILED)
    if idle and may_hold(Path(job.file.path), values):
        job.file.storage.delete(str(job.file.name))


def forget_in_mails(project: Project, values: set[str]) -> None:
    """Take somebody out of the numbers of mails, and their pictures with them; those that are due
    ask anew. Mails that were kept for want of a mail server go altogether."""
    kept = project.mailings.filter(result__isnull=False).values_list("pk", "result", "facts")
    named = [pk for pk, result, facts in kept if mentions([result, facts], values)]
    for pks in batched(named, MOST_IN):
        found = project.mailings.filter(pk__in=pks)
        found.filter(kind=Mailing.Kind.REPORT).update(result=None, picture=None, run=None)
        found.exclude(kind=Mailing.Kind.REPORT).delete()
    project.kept_mails.all().delete()


def forget_exports(project: Project) -> None:
    """Files may hold anybody; what is being made begins anew."""
    for export in project.exports.filter(state=Export.State.DONE):
        export.forget()
    project.exports.filter(state=Export.State.RUNNING).update(state=Export.State.WAITING)


def may_hold(path: Path, values: set[str]) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        if file.read(4).startswith(PACKED):
            return True
        file.seek(0)
        return any(value.encode() in line for line in file for value in values)


def overwrite() -> None:
    """SQLite zeroes what is deleted (`secure_delete`), in its log first: write that back, so that
    the file and the log hold nothing of it. Postgres does so by its own vacuum."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def naming(project: Project, values: Iterable[str]) -> Iterator[str]:
    """The saved conditions and questions that name one of these values, for the owner to change."""
    wanted = set(values)
    kept: list[tuple[type[Model], str, object]] = [
        *((Segment, each.name, each.condition) for each in project.segments.all()),
        *((Report, each.name, each.definition) for each in project.reports.all()),
    ]
    for kind, name, said in kept:
        if mentions(said, wanted):
            yield f"{kind._meta.verbose_name} “{name}”"
