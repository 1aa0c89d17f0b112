"""Addresses of programs that are told what alerts saw and what was delivered, and each call of one.

A call is a row before it is a request, and is found by the sweep until it was taken or given up.
Whoever claims one moves it on, so that it is due again should they die: a call may arrive twice,
and says by its id that it is the same.
"""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from analytics.models.deliveries import LONGEST_ERROR, PAUSES
from people.models import Project, User

if TYPE_CHECKING:
    from analytics.models.mailings import Mailing

LEASE = timedelta(minutes=2)
MOST_WEBHOOKS = 20
LONGEST_URL = 500


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class Webhook(models.Model):
    """An address that is called for every alert and delivery of a project."""

    class Format(models.TextChoices):
        MOMENTS = "moments", "everything, as JSON"
        SLACK = "slack", "a message, as Slack takes it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=LONGEST_URL)
    # Both sides need it as it is: what is sent is signed by it.
    secret = models.CharField(max_length=64, default=new_secret, editable=False)
    format = models.CharField(max_length=10, choices=Format, default=Format.MOMENTS)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.url

    def call(self, mailing: "Mailing | None" = None) -> None:
        """Let it be called, once for each mailing; without one for a trial."""
        given = {"webhook": self, "mailing": mailing, "due_at": timezone.now()}
        WebhookCall.objects.bulk_create([WebhookCall(**given)], ignore_conflicts=True)


class WebhookCallQuerySet(models.QuerySet["WebhookCall"]):
    def due(self, now: datetime) -> "WebhookCallQuerySet":
        return self.filter(state=WebhookCall.State.DUE, due_at__lte=now).order_by("due_at", "pk")

    def claim(self, call: "WebhookCall", now: datetime) -> bool:
        """True for the one worker whose call it is; for a while, then it is due again."""
        mine = self.filter(pk=call.pk, state=WebhookCall.State.DUE, due_at=call.due_at)
        call.due_at = now + LEASE
        return mine.update(due_at=call.due_at) == 1


class WebhookCall(models.Model):
    """One mailing told to one address."""

    class State(models.TextChoices):
        DUE = "due"
        SENT = "sent"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="calls")
    mailing = models.ForeignKey(
        "analytics.Mailing", models.CASCADE, null=True, blank=True, related_name="calls"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=LONGEST_ERROR, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookCallQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "mailing"], name="one_call_a_mailing")
        ]
        indexes = [models.Index(fields=["due_at"], name="call_due", condition=Q(state="due"))]

    def __str__(self) -> str:
        return f"{self.webhook} · {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def project(self) -> Project:
        return self.webhook.project

    def move(self, **fields: Any) -> None:
        """Write down what became of it, if no other worker has taken it meanwhile."""
        mine = WebhookCall.objects.filter(pk=self.pk, state=self.State.DUE, due_at=self.due_at)
        mine.update(**fields)

    def sent(self) -> None:
        self.move(state=self.State.SENT, error="", tries=self.tries + 1, finished_at=timezone.now())

    def failed(self, reason: str) -> None:
        error = reason[:LONGEST_ERROR]
        now = timezone.now()
        self.move(state=self.State.FAILED, error=error, tries=self.tries + 1, finished_at=now)

    def later(self, reason: str) -> None:
        """Try again after a pause, and give up in the end."""
        tries = self.tries + 1
        if tries > len(PAUSES):
            self.failed(f"Given up after {tries} tries: {reason}")
            return
        at = timezone.now() + PAUSES[tries - 1]
        self.move(due_at=at, tries=tries, error=reason[:LONGEST_ERROR])

    def wait(self, pause: timedelta) -> None:
        """Nothing was tried yet."""
        self.move(due_at=timezone.now() + pause)
