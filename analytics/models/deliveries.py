"""What is sent, once for all its recipients, and how far it is to each of them.

A delivery is a row before it is a mail. It is claimed for a while, marked `sending` before the mail
server sees anything, and `sent` or `failed` when the server has said so. Whoever dies in between
leaves `sending` behind, which becomes `uncertain`: nothing is sent twice by itself.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from analytics.definitions.parts import Invalid
from analytics.models.lateness import lateness
from analytics.models.parts import MOST_ASKED, are_answered, keep_parts
from analytics.models.questions import ask
from analytics.models.recipients import Address, Standing, standings
from analytics.models.runs import Run
from analytics.results import parse_result
from people.models import Project, User
from people.values import start_of_day

LEASE = timedelta(minutes=5)
# How long to wait after the n-th refusal that may pass.
PAUSES = [timedelta(minutes=each) for each in (1, 5, 15, 60, 240)]
LONGEST_ERROR = 500
# So that what is one mailing is claimed together.
TOGETHER = ("due_at", "mailing_id", "pk")
# So that each is made once for all its recipients, and older ones go first.
BY_MAILING = ("mailing__slot", "mailing_id", "recipient")


class MailingQuerySet(models.QuerySet["Mailing"]):
    def ask_outside(self, project: Project, emails: Iterable[str], by: User | None) -> None:
        """Ask each address once that is no member's; another time changes nothing."""
        for email, standing in standings(project, emails).items():
            if standing is Standing.UNKNOWN:
                address = Address.objects.create(project=project, email=email, asked_by=by)
                mailing = self.create(
                    project=project, kind=Mailing.Kind.CONFIRM, address=address,
                    slot=timezone.now(), title=project.name,
                )  # fmt: skip
                mailing.deliveries.create(recipient=email)


class Mailing(models.Model):
    """One thing to tell: the report of a slot, what an alert saw, or a question to an address."""

    class Kind(models.TextChoices):
        REPORT = "report"
        FIRES = "fires"
        OVER = "over"
        UNKNOWN = "unknown"
        CONFIRM = "confirm"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="mailings")
    kind = models.CharField(max_length=10, choices=Kind)
    subscription = models.ForeignKey(
        "analytics.Subscription", models.CASCADE, null=True, blank=True, related_name="mailings"
    )
    alert = models.ForeignKey(
        "analytics.Alert", models.CASCADE, null=True, blank=True, related_name="mailings"
    )
    address = models.ForeignKey(Address, models.CASCADE, null=True, blank=True)
    slot = models.DateTimeField()
    title = models.CharField(max_length=200)
    # Sent besides its schedule because somebody wanted it, and not stopped by a pause.
    by_hand = models.BooleanField(default=False)
    # What was asked and what came out, kept so that every mail, its link and another try of it say
    # the same numbers, whatever arrived since.
    definition = models.JSONField(null=True, blank=True)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    result = models.JSONField(null=True, blank=True)
    # What an alert saw, as it was seen; of a report what came in late for the mail before.
    facts = models.JSONField(default=dict, blank=True)
    picture = models.BinaryField(null=True, blank=True)
    # The mail before, where something came in late for its days; the run that asks these days once
    # more, and what they give now.
    before = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    again_run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    again = models.JSONField(null=True, blank=True, editable=False)
    # How often its report was asked for, and why in the end there is no answer.
    asked = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MailingQuerySet.as_manager()

    class Meta:
        ordering = ["-slot"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "slot"], name="one_mailing_a_slot"),
            models.UniqueConstraint(fields=["alert", "slot"], name="one_mailing_a_change"),
            models.UniqueConstraint(fields=["address"], name="one_question_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.slot:%Y-%m-%d %H:%M}"

    @property
    def is_of_dashboard(self) -> bool:
        """Whether it tells of several reports, each a part of it."""
        return self.kind == Mailing.Kind.REPORT and self.definition is None

    def issue(self, emails: Iterable[str]) -> "Mailing | None":
        """Write it down with a delivery for each address that may receive it; None where none may.
        Of a subscription's slot, and of a change that an alert saw, the one that is there is kept.
        """
        found = standings(self.project, emails)
        allowed = sorted(email for email, each in found.items() if each.may_receive)
        if not allowed:
            return None
        now = timezone.now()
        with transaction.atomic():
            Mailing.objects.bulk_create([self], ignore_conflicts=True)
            kept = Mailing.objects.get(
                subscription=self.subscription, alert=self.alert, slot=self.slot
            )
            Delivery.objects.bulk_create(
                [Delivery(mailing=kept, recipient=email, due_at=now) for email in allowed],
                ignore_conflicts=True,
            )
            if kept.is_of_dashboard and kept.subscription and kept.subscription.dashboard:
                keep_parts(kept, kept.subscription.dashboard)
        return kept

    def is_answered(self) -> bool:
        """Whether it is known what it says; asks its report where nobody has yet."""
        if self.is_of_dashboard:
            return are_answered(self)
        if self.definition is None or self.error:
            return True
        if self.result is None:
            run = self.run or self.ask()
            if run and run.is_finished:
                self.keep(run)
        return self.error != "" or (self.result is not None and self.is_compared())

    def is_compared(self) -> bool:
        """Whether it is known, too, what the days of the mail before give now; asks where something
        came in late for them. What cannot be asked is left out."""
        if self.before is None or self.again is not None:
            return True
        run = self.again_run or self.ask_again(self.before)
        if run and not run.is_finished:
            return False
        self.again = run.result if run else None
        self.again_run = None
        if self.again is None:
            self.before = None
        self.save(update_fields=["again", "again_run", "before"])
        return True

    def ask_again(self, before: "Mailing") -> Run | None:
        """Ask the days of the mail before once more; None where they cannot be asked."""
        days = before.result["period"] if before.result else None
        try:
            run = ask(self.project, {**(before.definition or {}), "period": days}, wait=0)
        except Invalid:
            return None
        if not run.is_finished:
            self.again_run = run
            self.save(update_fields=["again_run"])
        return run

    def ask(self) -> Run | None:
        """Ask the report; the run, or None where it cannot be asked any more."""
        try:
            run = ask(self.project, self.definition, wait=0)
        except Invalid as error:
            why = "; ".join(f"{path}: {texts[0]}" for path, texts in error.problems.items())
            self.error = f"The report can no longer be computed. {why}"
            self.save(update_fields=["error"])
            return None
        self.asked += 1
        # An answer out of the cache was never a row.
        self.run = None if run.is_finished else run
        self.save(update_fields=["asked", "run"])
        return run

    def keep(self, run: Run) -> None:
        """Keep what came out, the first that came: all mails say the same. Ask again what failed,
        but not for ever."""
        if run.result is not None:
            first = Mailing.objects.filter(pk=self.pk, result__isnull=True)
            before = self.earlier()
            facts = self.lateness(run.definition, before)
            # Of days that were not over then, the numbers are others now in any case.
            compared = before if facts and before and is_over(before) else None
            kept = {"result": run.result, "definition": run.definition, "facts": facts}
            first.update(**kept, before=compared)
            self.refresh_from_db(fields=[*kept, "before"])
            return
        self.run = None
        self.error = run.error if self.asked >= MOST_ASKED else ""
        self.save(update_fields=["run", "error"])

    def earlier(self) -> "Mailing | None":
        """The mail before this one that told numbers."""
        found = Mailing.objects.filter(subscription=self.subscription, slot__lt=self.slot)
        return found.filter(result__isnull=False).order_by("-slot").first()

    def lateness(self, definition: dict[str, Any], before: "Mailing | None") -> dict[str, Any]:
        """What came in late for the numbers of the mail before this one."""
        if before is None:
            return {}
        found = lateness(self.project, definition, parse_result(before.result))
        return found | {"since": before.slot.isoformat()} if found else {}


def is_over(mailing: Mailing) -> bool:
    """Whether the days that a mail told of were over when it was made."""
    told = parse_result(mailing.result)
    return told.as_of >= start_of_day(told.period.end + timedelta(1), mailing.project.zone)


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
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="deliveries")
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
