"""The computation of a question: a row that says how far it is."""

import time
import uuid
from datetime import timedelta
from functools import cached_property
from typing import Any, Self

from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from analytics.results import Result, parse_result
from analytics.store import client
from people.models import Project

KEEP_RUNS = timedelta(days=7)
GIVE_UP_AFTER = timedelta(minutes=10)


class RunQuerySet(models.QuerySet["Run"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[Run.State.PENDING, Run.State.RUNNING])

    def abandoned(self) -> Self:
        """Started so long ago that whoever computed them is gone."""
        return self.unfinished().filter(created_at__lt=timezone.now() - GIVE_UP_AFTER)

    def unheard(self) -> Self:
        """Waiting although a worker should have begun: the message was lost."""
        old = timezone.now() - timedelta(seconds=10)
        return self.filter(state=Run.State.PENDING, created_at__lt=old)

    def next_up(self) -> "Run | None":
        """The run to begin now: of the project whose turn was the longest ago, its oldest. So what
        one project asks waits for one report of another at most, however many those are."""
        of_project = Run.objects.filter(project=OuterRef("project")).exclude(started_at=None)
        turn = Subquery(of_project.order_by("-started_at").values("started_at")[:1])
        pending = self.filter(state=Run.State.PENDING).annotate(turn=turn)
        return pending.order_by(F("turn").asc(nulls_first=True), "created_at").first()

    def claim(self, run: "Run") -> bool:
        """Begin a run; True for the one worker that did it."""
        mine = self.filter(pk=run.pk, state=Run.State.PENDING)
        run.state, run.started_at = Run.State.RUNNING, timezone.now()
        return mine.update(state=run.state, started_at=run.started_at) == 1


class Run(models.Model):
    """One computation of one definition: what was asked, how far it is, what came out."""

    class State(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    definition = models.JSONField()
    # Equal questions share a run that has not begun: it loads what is waiting before it asks.
    question = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="run_by_state"),
            models.Index(fields=["project", "-started_at"], name="run_by_turn"),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.state}"

    @cached_property
    def answer(self) -> Result | None:
        """What came out, typed; None where nothing has."""
        return parse_result(self.result) if self.result else None

    @property
    def is_finished(self) -> bool:
        return self.state in (Run.State.DONE, Run.State.FAILED)

    def finish(
        self, state: State, *, result: dict[str, Any] | None = None, error: str = ""
    ) -> bool:
        """Write down how it ended; False where it had ended already, as when it was stopped."""
        self.state, self.result, self.error = state, result, error
        self.finished_at = timezone.now()
        mine = Run.objects.unfinished().filter(pk=self.pk)
        return bool(
            mine.update(state=state, result=result, error=error, finished_at=self.finished_at)
        )

    def stop(self) -> None:
        """End it, and what the store computes for it. Does nothing to one that is over."""
        if self.finish(Run.State.FAILED, error="The computation was stopped."):
            client.stop(str(self.pk))

    def must_go_on(self) -> None:
        """Raise Stopped where somebody ended it meanwhile."""
        if not Run.objects.unfinished().filter(pk=self.pk).exists():
            raise client.Stopped

    def wait(self, seconds: float) -> Self:
        """Look at the row until it is finished or the time is over."""
        deadline = time.monotonic() + seconds
        pause = 0.004
        while not self.is_finished and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
            self.refresh_from_db(fields=["state"])
        self.refresh_from_db()
        return self
