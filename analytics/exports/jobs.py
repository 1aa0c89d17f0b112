"""Files are made by a worker, begun again if it died, seen by the page, and gone in time."""

import logging
import time
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.exceptions import BadRequest
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from analytics.exports.files import write
from analytics.exports.sheets import sheet_of
from analytics.models.exports import FOLDER, KEEP_FILES, SILENT, Export
from analytics.store.client import StoreError
from people import faults

# Seconds between two looks at how far a file is.
SHOWN_EVERY = 0.5
log = logging.getLogger(__name__)


class NotWantedError(Exception):
    """Somebody deleted what is being made, or another worker has begun it again."""


def send(export: Export) -> None:
    """Let a worker make it; a message that gets lost is made up for by the sweep."""
    try:
        current_app.send_task("analytics.tasks.export", [str(export.pk)])
    except BrokerAway:
        log.warning("The broker is away; export %s waits for the sweep", export.pk)


def run(export: Export) -> None:
    """Make the file, once; what cannot be told ends it with the reason."""
    if not Export.objects.claim(export):
        return
    # A name of this attempt: two workers never write one file.
    path = export.path.with_suffix(f".{export.attempt}.part")
    try:
        make(export, path)
    except NotWantedError:
        log.info("Export %s is not wanted any more", export.pk)
    except (StoreError, BadRequest, OSError) as error:
        update(export, state=Export.State.FAILED, error=str(error))
    except Exception:
        log.exception("Export %s failed", export.pk)
        update(export, state=Export.State.FAILED, error="This could not be made. The log says why.")
        raise
    finally:
        path.unlink(missing_ok=True)


def make(export: Export, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet = sheet_of(export)
    update(export, total=sheet.total)
    shown = time.monotonic()

    def progress(done: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > SHOWN_EVERY:
            update(export, done=done)
            shown = time.monotonic()

    rows = write(sheet, path, Export.Format(export.format), progress)
    faults.point("export-written")
    update(export, done=rows, total=rows, size=path.stat().st_size)
    path.rename(export.path)
    update(export, state=Export.State.DONE, expires_at=timezone.now() + KEEP_FILES)


def update(export: Export, **facts: object) -> None:
    """Write down how far it is. Raises NotWantedError where it is not this worker's any more."""
    running = Export.objects.filter(state=Export.State.RUNNING)
    mine = running.filter(pk=export.pk, attempt=export.attempt)
    if not mine.update(seen_at=timezone.now(), **facts):
        raise NotWantedError


def sweep() -> None:
    """Send again what nobody has begun, or whose worker is gone; forget what nobody needs."""
    for export in Export.objects.expired():
        export.forget()
    Export.objects.outdated().delete()
    Export.objects.abandoned().update(state=Export.State.WAITING)
    for export in Export.objects.filter(state=Export.State.WAITING):
        send(export)
    forget_strays()


def forget_strays() -> None:
    """Delete files without a row, as of projects that are gone, and what a killed worker left."""
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    files = list(folder.iterdir()) if folder.is_dir() else []
    if not files:
        return
    known = {each.path for each in Export.objects.filter(state=Export.State.DONE)}
    settled = (timezone.now() - SILENT).timestamp()
    for file in files:
        if file not in known and file.stat().st_mtime < settled:
            file.unlink(missing_ok=True)
