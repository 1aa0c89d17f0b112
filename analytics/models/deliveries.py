"""How far what is sent is to each of its recipients.

A delivery is a row before it is a mail. It is claimed for a while, marked `sending` before the mail
server sees anything, and `sent` or `failed` when the server has said so. Whoever dies in between
leaves `sending` behind, which becomes `uncertain`: nothing is sent twice by itself.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from people.models import Project

LEASE = timedelta(minutes=5)
# How long to wait after the n-th refusal that may pass.
PAUSES = [timedelta(minutes=each) for each in (1, 5, 15, 60, 240)]
LONGEST_ERROR = 500
# So that what is one mailing is claimed together.
TOGETHER = ("due_at", "mailing_id", "pk")
# So that each is made once for all its recipients, and older ones go first.
BY_MAILING = ("mailing__slot", "mailing_id", "recipient")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state=Delivery.State.DUE, due_at__lte=now).order_by(*TOGETHER)

    def claim(self, now: datetime, most: int) -> list["Delivery"]:
        """Some of what is due, held by this worker alone for a while."""
        lease = uuid.uuid4()
        some = list(self.due(now).values_list("pk", flat=True)[:most])
        still = self.filter(pk__in=some, state=Delivery.State.DUE)
        still.update(state=Delivery.State.CLAIMED, lease=lease, leased_until=now + LEASE)
        related = ("mailing__project", "mailing__subscription", "mailing__alert", "mailing__run")
        mine = self.filter(lease=lease, state=Delivery.State.CLAIMED)
        return list(mine.select_related(*related, "mailing__address").order_by(*BY_MAILING))

    def recover(self, now: datetime) -> None:
        """Take over from workers that died: what was claimed is due again; what was being sent may
        have arrived, and is not sent again by itself."""
        left = self.filter(leased_until__lt=now)
        left.filter(state=Delivery.State.CLAIMED).update(state=Delivery.State.DUE, lease=None)
        left.filter(state=Delivery.State.SENDING).update(
            state=Delivery.State.UNCERTAIN, error=Delivery.BROKEN_OFF
        )


class Delivery(models.Model):
    """One mailing to one address."""

    class State(models.TextChoices):
        DUE = "due"
        CLAIMED = "claimed"
        SENDING = "sending"
        SENT = "sent"
        UNCERTAIN = "uncertain"
        FAILED = "failed"

    BROKEN_OFF = "Whoever sent it was interrupted: it may have arrived, or not."

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mailing = models.ForeignKey("analytics.Mailing", models.CASCADE, related_name="deliveries")
    recipient = models.EmailField()
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    due_at = models.DateTimeField(default=timezone.now)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=LONGEST_ERROR, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-mailing__slot", "recipient"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "recipient"], name="one_delivery_each")
        ]
        indexes = [
            # Few are not over; the sweep looks at these alone.
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(state="due")),
            models.Index(
                fields=["leased_until"],
                name="delivery_leased",
                condition=Q(state__in=["claimed", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id} → {self.recipient}"

    @property
    def project(self) -> Project:
        return self.mailing.project

    @property
    def message_id(self) -> str:
        """The local part of the Message-ID: the same whenever it is tried."""
        return f"{self.mailing.slot:%Y%m%d%H%M%S}.{self.pk.hex}"

    @property
    def shown_state(self) -> str:
        """As contract §5 names it: to be claimed is still to be due."""
        return self.State.DUE if self.state == self.State.CLAIMED else self.state

    def move(self, before: Iterable[str], state: str, **fields: Any) -> bool:
        """Change the state, if this worker still holds the row; True if it did."""
        mine = Delivery.objects.filter(pk=self.pk, lease=self.lease, state__in=before)
        changed = mine.update(state=state, **fields) == 1
        if changed:
            self.state = state
        return changed

    def begin(self) -> bool:
        """From here on it may have arrived. Committed before the mail server hears of it."""
        until = timezone.now() + LEASE
        return self.move(
            [self.State.CLAIMED], self.State.SENDING, tries=self.tries + 1, leased_until=until
        )

    def sent(self) -> None:
        self.over(self.State.SENT, "")

    def broke(self) -> None:
        """Something of ours went wrong; whether before it was handed over, the state says."""
        if self.state == self.State.SENDING:
            self.uncertain("Something went wrong while it was sent. The log says what.")
        else:
            self.later("It could not be written. The log says why.")

    def uncertain(self, reason: str) -> None:
        self.over(self.State.UNCERTAIN, reason)

    def failed(self, reason: str) -> None:
        self.over(self.State.FAILED, reason)

    def over(self, state: str, error: str) -> None:
        held = [self.State.CLAIMED, self.State.SENDING, self.State.UNCERTAIN]
        self.move(held, state, error=error[:LONGEST_ERROR], finished_at=timezone.now())

    def later(self, reason: str) -> None:
        """The server wants it later: try again after a pause, and give up in the end."""
        tries = self.tries + 1
        if tries > len(PAUSES):
            self.failed(f"Given up after {tries} tries: {reason}")
            return
        self.release(PAUSES[tries - 1], error=reason[:LONGEST_ERROR], tries=tries)

    def release(self, pause: timedelta, **fields: Any) -> None:
        """Let it be due again after a pause; nothing of it left this process."""
        held = [self.State.CLAIMED, self.State.SENDING]
        self.move(held, self.State.DUE, due_at=timezone.now() + pause, lease=None, **fields)

    def again(self) -> bool:
        """Send it once more because somebody wants it; False where it is not known to be over."""
        over = Delivery.objects.filter(
            pk=self.pk, state__in=[self.State.UNCERTAIN, self.State.FAILED]
        )
        fresh = {"due_at": timezone.now(), "lease": None, "tries": 0, "error": ""}
        return over.update(state=self.State.DUE, finished_at=None, **fresh) == 1
