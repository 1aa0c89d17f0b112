"""Files that somebody asked for: people of a segment or events of some days, made by a worker."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from analytics.models.saved import Segment
from people.models import Project, User

FOLDER = "exports"
KEEP_FILES = timedelta(days=7)
KEEP_ROWS = timedelta(days=30)
# A worker says so often that it is at it; one that was silent for so long is gone.
SILENT = timedelta(minutes=2)
MOST_UNFINISHED = 5


class ExportQuerySet(models.QuerySet["Export"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=(Export.State.WAITING, Export.State.RUNNING))

    def abandoned(self) -> Self:
        """Running, and not heard of for so long that whoever made it is gone."""
        return self.filter(state=Export.State.RUNNING, seen_at__lt=timezone.now() - SILENT)

    def expired(self) -> Self:
        return self.filter(state=Export.State.DONE, expires_at__lt=timezone.now())

    def outdated(self) -> Self:
        over = (Export.State.GONE, Export.State.FAILED)
        return self.filter(state__in=over, created_at__lt=timezone.now() - KEEP_ROWS)

    def claim(self, export: "Export") -> bool:
        """Begin, or begin again after a worker that died; True for the one worker that did it."""
        mine = self.filter(pk=export.pk, state=Export.State.WAITING, attempt=export.attempt)
        export.attempt += 1
        begun = mine.update(
            state=Export.State.RUNNING, attempt=export.attempt, seen_at=timezone.now(), done=0
        )
        return begun == 1


class Export(models.Model):
    """A file for a spreadsheet, a notebook or another product, and how far it is."""

    class What(models.TextChoices):
        PEOPLE = "people", "People"
        EVENTS = "events", "Events"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        PARQUET = "parquet", "Parquet"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting for its turn"
        RUNNING = "running", "being made"
        DONE = "done", "ready"
        FAILED = "failed", "failed"
        GONE = "gone", "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="exports")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    what = models.CharField(max_length=10, choices=What)
    format = models.CharField(max_length=10, choices=Format)
    # Of people: those of a segment, everybody where there is none. Its name stays when it goes.
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, blank=True)
    segment_name = models.CharField(max_length=200, blank=True)
    # Of events: these names, all where there is none, and the first and the last day.
    events = models.JSONField(default=list, blank=True)
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # Which of those who began it writes it: of two, the later one.
    attempt = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        if self.what == self.What.PEOPLE:
            return f"People of “{self.segment_name}”" if self.segment_name else "All people"
        names = ", ".join(self.events) or "All events"
        return f"{names}, {self.start} to {self.end}"

    @property
    def is_over(self) -> bool:
        return self.state not in (self.State.WAITING, self.State.RUNNING)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / FOLDER / f"{self.pk}.{self.format}"

    @property
    def file_name(self) -> str:
        """As whoever takes it finds it among their own files."""
        days = f"-{self.start}-{self.end}" if self.what == self.What.EVENTS else ""
        return f"{self.project.slug}-{self.what}{days}.{self.format}"

    def forget(self) -> None:
        """Delete the file; what was asked stays in the list for a while."""
        Export.objects.filter(pk=self.pk).update(state=self.State.GONE)
        self.path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete it with its file; whoever is making it notices."""
        self.delete()
        self.path.unlink(missing_ok=True)
