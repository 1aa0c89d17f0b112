"""The computation of a question: a row that says how far it is."""

import time
import uuid
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cached_property
from threading import BoundedSemaphore
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from analytics.definitions.reports import Definition, read_stored
from analytics.results import Result, parse_result
from analytics.store import client
from people.heartbeat import beating
from people.models import Project

KEEP_RUNS = timedelta(days=7)
# A worker says this often that it is at a run; one that was silent for a lease is gone. With a
# sweep every five seconds another worker begins within fifteen.
HEARTBEAT = timedelta(seconds=3)
LEASE = timedelta(seconds=9)
MOST_ATTEMPTS = 3
# More bells than workers help nobody.
MOST_RUNG = 10
# Of the threads that answer requests so many wait for an answer that takes its time, and so many a
# moment for one that may be there at once; others are told that it is not there yet. The rest of
# the threads is for data that comes in.
A_MOMENT = 1.0
LONG_SEATS = max(1, settings.WEB_THREADS * 3 // 8)
SHORT_SEATS = max(1, settings.WEB_THREADS // 4)
long_waits, short_waits = BoundedSemaphore(LONG_SEATS), BoundedSemaphore(SHORT_SEATS)
STOPPED = "The computation was stopped."
LOST = "The worker was lost three times while it computed this. The log may say why."


class RunQuerySet(models.QuerySet["Run"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[Run.State.PENDING, Run.State.RUNNING])

    def abandoned(self) -> Self:
        """Begun by a worker that has not been heard of for so long that it is gone."""
        silent = Q(seen_at=None) | Q(seen_at__lt=timezone.now() - LEASE)
        return self.filter(silent, state=Run.State.RUNNING)

    def unclaimed(self) -> Self:
        """Waiting although a worker should have begun: the message was lost."""
        old = timezone.now() - timedelta(seconds=10)
        waiting = self.filter(state=Run.State.PENDING, created_at__lt=old)
        return waiting.order_by("created_at")[:MOST_RUNG]

    def end(
        self, state: str, *, result: dict[str, Any] | None = None, error: str = "", load: int = 0
    ) -> bool:
        """Write down how unfinished ones ended; False where there was none."""
        now = timezone.now()
        ended = {"state": state, "result": result, "error": error, "load": load}
        return bool(self.unfinished().update(**ended, finished_at=now))

    def next_up(self) -> "Run | None":
        """The run to begin now: of the project whose turn was the longest ago, its oldest. So what
        one project asks waits for one report of another at most, however many those are."""
        of_project = Run.objects.filter(project=OuterRef("project")).exclude(started_at=None)
        turn = Subquery(of_project.order_by("-started_at").values("started_at")[:1])
        pending = self.filter(state=Run.State.PENDING).annotate(turn=turn)
        return pending.order_by(F("turn").asc(nulls_first=True), "created_at").first()

    def claim(self, run: "Run") -> bool:
        """Begin a run; True for the one worker that did it."""
        mine = self.filter(pk=run.pk, state=Run.State.PENDING, attempts=run.attempts)
        run.state, run.started_at, run.attempts = (
            Run.State.RUNNING,
            timezone.now(),
            run.attempts + 1,
        )
        run.seen_at = run.started_at
        return bool(
            mine.update(
                state=run.state,
                started_at=run.started_at,
                seen_at=run.seen_at,
                attempts=run.attempts,
            )
        )

    def give_back(self) -> int:
        """Let others begin what lost its worker, unless it lost three; how many wait again."""
        self.abandoned().filter(attempts__gte=MOST_ATTEMPTS).end(Run.State.FAILED, error=LOST)
        return self.abandoned().update(state=Run.State.PENDING)


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
    # How far the store was that answered; 0 where nothing has.
    load = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    # How many workers began it, and when the last of them was heard of.
    attempts = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, blank=True)
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
    def asked(self) -> Definition:
        """What was asked, typed."""
        return read_stored(self.definition)

    @property
    def is_finished(self) -> bool:
        return self.state in (Run.State.DONE, Run.State.FAILED)

    @property
    def mine(self) -> RunQuerySet:
        """The row, as long as no other worker has begun it anew."""
        return Run.objects.filter(pk=self.pk, attempts=self.attempts)

    def held(self) -> AbstractContextManager[None]:
        """Say inside the block, from a thread of its own, that somebody is at it."""
        return beating(HEARTBEAT, lambda: self.mine.unfinished().update(seen_at=timezone.now()))

    def finish(
        self, state: State, *, result: dict[str, Any] | None = None, error: str = ""
    ) -> bool:
        """Write down how it ended; False where it had ended already, as when it was stopped, and
        where another worker is at it."""
        self.state, self.result, self.error = state, result, error
        return self.mine.end(state, result=result, error=error, load=self.load)

    def stop(self) -> None:
        """End it, and what the store computes for it. Does nothing to one that is over."""
        if Run.objects.filter(pk=self.pk).end(Run.State.FAILED, error=STOPPED):
            client.stop(str(self.pk))

    def must_go_on(self) -> None:
        """Raise Stopped where somebody ended it meanwhile, or another worker is at it."""
        if not self.mine.unfinished().exists():
            raise client.Stopped

    def wait(self, seconds: float) -> Self:
        """Look at the row until it is finished or the time is over; at once where as many wait
        as may."""
        seats = long_waits if seconds > A_MOMENT else short_waits
        if seats.acquire(blocking=False):
            try:
                self.look(time.monotonic() + seconds)
            finally:
                seats.release()
        self.refresh_from_db()
        return self

    def look(self, deadline: float) -> None:
        pause = 0.004
        while not self.is_finished and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
            self.refresh_from_db(fields=["state"])
