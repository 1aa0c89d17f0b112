"""Segments, reports, and the runs that compute them."""

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from people.models import Project, User


class Segment(models.Model):
    """A named condition on people, evaluated when a report is computed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="segments")
    name = models.CharField(max_length=100)
    condition = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_segment_name")]

    def __str__(self) -> str:
        return self.name


class Report(models.Model):
    """A saved definition with a name."""

    class Kind(models.TextChoices):
        SEGMENTATION = "segmentation"
        FUNNEL = "funnel"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="reports")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, editable=False)
    definition = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-modified_at"]

    def __str__(self) -> str:
        return self.name


class RunQuerySet(models.QuerySet["Run"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[Run.State.PENDING, Run.State.RUNNING])


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
    # Equal questions share a run that has not started: it will load what is waiting before it asks.
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

    def __str__(self) -> str:
        return f"{self.project} · {self.state}"
