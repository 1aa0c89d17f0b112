"""What is sent, once for all its recipients: a report, what an alert saw, or a question."""

import uuid
from collections.abc import Iterable

from django.db import models, transaction
from django.utils import timezone

from analytics.definitions.parts import Invalid
from analytics.models.deliveries import Delivery
from analytics.models.lateness import Told
from analytics.models.parts import MOST_ASKED, are_answered, keep_parts
from analytics.models.questions import ask
from analytics.models.recipients import Address, Standing, standings
from analytics.models.runs import Run
from people.models import Project, User


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


class Mailing(Told):
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
    picture = models.BinaryField(null=True, blank=True)
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
        """Write it down with a delivery for each address that may receive it, and a call of each
        webhook of the project, unless it is sent by hand; None where nobody is told.
        Of a subscription's slot, and of a change that an alert saw, the one that is there is kept.
        """
        found = standings(self.project, emails)
        allowed = sorted(email for email, each in found.items() if each.may_receive)
        hooks = [] if self.by_hand else list(self.project.webhooks.all())
        if not (allowed or hooks):
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
            for hook in hooks:
                hook.call(kept)
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
            facts, before = self.late_for(run.definition, self.earlier())
            kept = {"result": run.result, "definition": run.definition, "facts": facts}
            first.update(**kept, before=before)
            self.refresh_from_db(fields=[*kept, "before"])
            return
        self.run = None
        self.error = run.error if self.asked >= MOST_ASKED else ""
        self.save(update_fields=["run", "error"])

    def earlier(self) -> "Mailing | None":
        """The mail before this one that told numbers."""
        found = Mailing.objects.filter(subscription=self.subscription, slot__lt=self.slot)
        return found.filter(result__isnull=False).order_by("-slot").first()
