"""Uploaded exports: done by a worker, seen by the page, begun again if the worker died."""

import logging
import time
from datetime import timedelta
from pathlib import Path

from celery import current_app
from django.core.files.storage import default_storage
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from people.imports.export import BrokenExport, Export
from people.imports.loading import Loaded, load
from people.ingest.messages import RefusedError
from people.models import Import, RefusedMessage
from people.models.intake import FOLDER, KEEP_DRAFTS, REJECTED

KEEP_REFUSED = timedelta(days=30)
# Seconds between two looks at how far an import is.
SHOWN_EVERY = 0.5
log = logging.getLogger(__name__)


def start(job: Import) -> bool:
    """Let a worker do it; False where it was started before. A message that gets lost is made up
    for by the sweep."""
    requested = Import.objects.request(job)
    if requested:
        send(job)
    return requested


def send(job: Import) -> None:
    try:
        current_app.send_task("people.tasks.bring_in", [job.pk])
    except BrokerAway:
        log.warning("The broker is away; import %s waits for the sweep", job.pk)


def run(job: Import) -> None:
    """Load the file, once; what cannot be read ends it with the reason."""
    if not Import.objects.claim(job):
        return
    try:
        bring(job)
        finish(job, Import.State.DONE)
        if job.rejected_path.stat().st_size:
            # Its name stays: the rejected rows are found by it.
            job.file.storage.delete(str(job.file.name))
        else:
            job.forget_files()
    except (BrokenExport, OSError) as error:
        finish(job, Import.State.FAILED, str(error))
    except RefusedError as error:
        finish(job, Import.State.FAILED, "; ".join(t for ts in error.errors.values() for t in ts))
    except Exception:
        log.exception("Import %s failed", job.pk)
        finish(job, Import.State.FAILED, "This could not be loaded. The log says why.")
        raise


def bring(job: Import) -> None:
    export = Export(Path(job.file.path))
    shown = time.monotonic()

    def show(loaded: Loaded) -> None:
        share = export.done / export.size if export.size else 1
        Import.objects.filter(pk=job.pk).update(
            accepted=loaded.accepted,
            duplicates=loaded.duplicates,
            rejected=loaded.rejected,
            done_share=share,
            seen_at=timezone.now(),
        )

    def progress(loaded: Loaded) -> None:
        # Each is a transaction, as large a part of the work as a chunk's own would be.
        nonlocal shown
        if time.monotonic() - shown > SHOWN_EVERY:
            show(loaded)
            shown = time.monotonic()

    with job.rejected_path.open("w", encoding="utf-8") as rejected:
        columns = job.columns
        show(load(job.project, export, job.format, rejected, columns=columns, progress=progress))


def finish(job: Import, state: Import.State, error: str = "") -> None:
    Import.objects.filter(pk=job.pk).update(state=state, error=error, seen_at=timezone.now())


def forget_files() -> None:
    """Delete uploads and rejected rows that nobody needs, also those of projects that are gone."""
    for job in Import.objects.unstarted():
        job.forget_files()
        job.delete()
    for job in Import.objects.outdated():
        job.forget_files()
    known = set(Import.objects.exclude(file="").values_list("file", flat=True))
    folder = Path(default_storage.path(FOLDER))
    # A file is there before its row.
    settled = (timezone.now() - KEEP_DRAFTS).timestamp()
    for file in folder.iterdir() if folder.is_dir() else ():
        name = f"{FOLDER}{file.name.removesuffix(REJECTED)}"
        if name not in known and file.stat().st_mtime < settled:
            file.unlink(missing_ok=True)


def sweep() -> None:
    """Send again what nobody has begun, or whose worker is gone; forget what nobody needs."""
    RefusedMessage.objects.filter(batch__received_at__lt=timezone.now() - KEEP_REFUSED).delete()
    forget_files()
    Import.objects.abandoned().update(state=Import.State.WAITING)
    for job in Import.objects.filter(state=Import.State.WAITING):
        send(job)
