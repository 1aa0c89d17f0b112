"""What came in, request by request, and how far it is on its way into the store."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from people.models.accounts import Project, User, WriteKey


class Load(models.Model):
    """A set of batches of one project that goes into the store together, exactly once.

    The set never changes after it was made, so a loader that died leaves something its successor
    can compare with the store, row for row.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="loads")
    attempt = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # The only loads a loader looks for are the few that are not done.
            models.Index(fields=["project"], name="load_waiting", condition=Q(loaded_at=None)),
        ]

    def __str__(self) -> str:
        return f"Load {self.pk}"


class BatchQuerySet(models.QuerySet["Batch"]):
    def waiting(self, project_id: int | None = None) -> Self:
        """Not in the store yet, whether a loader has taken them or not; of one project or of all.

        Found by the index of those that no load has and by the loads that are not done: one
        condition over both would read every batch there ever was.
        """
        of_project = Q() if project_id is None else Q(project=project_id)
        open_loads = Load.objects.filter(of_project, loaded_at=None)
        unclaimed = Batch.objects.filter(of_project, load=None).values("pk")
        taken = Batch.objects.filter(load__in=open_loads).values("pk")
        return self.filter(pk__in=unclaimed.union(taken, all=True))


class Batch(models.Model):
    """One accepted request: written in the transaction that writes its events.

    A reader that follows batches cannot miss rows of transactions that commit out of order, as one
    that follows ids does.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="batches", db_index=False)
    write_key = models.ForeignKey(WriteKey, models.SET_NULL, null=True, blank=True)
    source = models.CharField(max_length=40)
    received_at = models.DateTimeField(default=timezone.now)
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    # Of the properties of its events, so that no load is more than memory holds.
    bytes = models.PositiveBigIntegerField(default=0)
    # Events kept at another time than they claim.
    warned = models.PositiveIntegerField(default=0)
    load = models.ForeignKey(Load, models.SET_NULL, null=True, blank=True, related_name="batches")

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["project", "received_at"], name="batch_by_time"),
            models.Index(fields=["project", "id"], name="batch_unclaimed", condition=Q(load=None)),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"


# So long an unfinished request may be sent again. A finished one comes again by itself only where
# its answer was lost, and that at once: later it is meant.
KEEP_UNFINISHED = timedelta(days=1)
KEEP_FINISHED = timedelta(minutes=1)


class RequestProgressQuerySet(models.QuerySet["RequestProgress"]):
    def outdated(self) -> Self:
        """Those that say nothing of a request that comes now."""
        now = timezone.now()
        finished = Q(finished=True, seen_at__lt=now - KEEP_FINISHED)
        return self.filter(finished | Q(seen_at__lt=now - KEEP_UNFINISHED))

    def of(self, project: Project, digest: str) -> "RequestProgress":
        self.outdated().filter(project=project).delete()
        return self.get_or_create(project=project, digest=digest)[0]


class RequestProgress(models.Model):
    """How much of a large request is recorded, by a digest of what it says.

    Its pieces are recorded one by one, and a change that builds on what is there (a sum) must not
    be made again where the request comes again because a later piece failed.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="requests_in_progress")
    digest = models.CharField(max_length=64)
    pieces = models.PositiveIntegerField(default=0)
    finished = models.BooleanField(default=False)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = RequestProgressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "requests in progress"
        constraints = [models.UniqueConstraint(fields=["project", "digest"], name="one_progress")]

    def __str__(self) -> str:
        return f"{self.pieces} pieces"

    def begin(self, number: int, *, is_last: bool) -> bool:
        """Say in the transaction of a piece that it is recorded; False where it was before, by
        whoever committed first."""
        undone = RequestProgress.objects.filter(pk=self.pk, pieces__lte=number)
        after = {"pieces": number + 1, "finished": is_last, "seen_at": timezone.now()}
        return bool(undone.update(**after))


class RefusedMessage(models.Model):
    """A message that could not be kept, with the reasons, to be tried again after a fix."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="refused_messages")
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="refused_messages")
    # What the client sent; null where it was too large to keep.
    item = models.JSONField(null=True)
    errors = models.JSONField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return "; ".join(text for texts in self.errors.values() for text in texts)


# Where uploads lie, each with the rows that were rejected beside it.
FOLDER = "imports/"
REJECTED = ".rejected.jsonl"
# How long an upload is kept that nobody started, and one that is over with what it rejected.
KEEP_DRAFTS = timedelta(days=2)
KEEP_FILES = timedelta(days=30)


class ImportQuerySet(models.QuerySet["Import"]):
    def request(self, job: "Import") -> bool:
        """Ask for it to be done; False where it is done already, or asked for, or running."""
        startable = (Import.State.DRAFT, Import.State.FAILED)
        mine = self.filter(pk=job.pk, state__in=startable).exclude(file="")
        return mine.update(state=Import.State.WAITING, columns=job.columns, error="") == 1

    def claim(self, job: "Import") -> bool:
        """Begin, or go on after a worker that died; True for the one worker that did it."""
        mine = self.filter(pk=job.pk, state=Import.State.WAITING)
        job.state, job.seen_at = Import.State.RUNNING, timezone.now()
        return mine.update(state=job.state, seen_at=job.seen_at) == 1

    def abandoned(self) -> Self:
        """Running, and not heard of for so long that whoever did it is gone."""
        return self.filter(
            state=Import.State.RUNNING, seen_at__lt=timezone.now() - timedelta(minutes=2)
        )

    def unstarted(self) -> Self:
        """Uploads that nobody has gone on with for long."""
        return self.filter(state=Import.State.DRAFT, created_at__lt=timezone.now() - KEEP_DRAFTS)

    def outdated(self) -> Self:
        """Over for long, with rejected rows that nobody has come back for."""
        over = (Import.State.DONE, Import.State.FAILED)
        return self.exclude(file="").filter(state__in=over, seen_at__lt=timezone.now() - KEEP_FILES)


class Import(models.Model):
    """An uploaded export on its way in; doing it again adds nothing twice."""

    class State(models.TextChoices):
        DRAFT = "draft"
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    name = models.CharField(max_length=255)
    file = models.FileField(upload_to=FOLDER, max_length=300)
    format = models.CharField(max_length=20)
    # Which column of a table says what.
    columns = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    done_share = models.FloatField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return self.state in (Import.State.DONE, Import.State.FAILED)

    def forget_files(self) -> None:
        """Delete the upload and its rejected rows."""
        if self.file:
            self.rejected_path.unlink(missing_ok=True)
            self.file.delete(save=False)
            Import.objects.filter(pk=self.pk).update(file="")

    @property
    def rejected_path(self) -> Path:
        return Path(f"{self.file.path}{REJECTED}")


class Tombstone(models.Model):
    """A person id of which the store must hold nothing once `batch` is loaded.

    Left by a merge (the events moved on to the person who stays) and by a deletion. It carries no
    data of the person and is replayed by every rebuild.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="tombstones")
    person_id = models.BigIntegerField()
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="tombstones")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person_id"], name="one_tombstone")
        ]

    def __str__(self) -> str:
        return f"Person {self.person_id} is gone"


class Erasure(models.Model):
    """Somebody who was erased, until nothing is left of them in what quotes messages and people.

    It holds the texts to look for, and goes with the last of them.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="erasures")
    person_id = models.BigIntegerField()
    values = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Person {self.person_id} goes"
