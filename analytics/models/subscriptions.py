"""A report that is sent to addresses by a schedule."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from analytics.definitions.schedules import Schedule, dump_schedule, parse_schedule
from analytics.models.dashboards import Dashboard
from analytics.models.mailings import Mailing
from analytics.models.recipients import Recipient, replace, standings
from analytics.models.saved import Report
from people import faults
from people.models import Project, User


class ScheduledQuerySet(models.QuerySet[Any]):
    """What subscriptions and alerts have in common: a report, a schedule, the next slot."""

    def due(self, now: datetime) -> Self:
        there = self.exclude(report=None).filter(report__trashed_at=None)
        return there.filter(next_due__lte=now)

    def claim(self, scheduled: "Scheduled", following: datetime) -> bool:
        """Move the schedule on; True for the one worker that did it."""
        mine = self.filter(pk=scheduled.pk, next_due=scheduled.next_due)
        return mine.update(next_due=following) == 1

    def follow_zones(self, now: datetime) -> None:
        """Move what a project's new time zone moves."""
        for each in self.exclude(zone=F("project__timezone")).select_related("project"):
            self.filter(pk=each.pk, zone=each.zone).update(
                zone=each.project.timezone,
                next_due=each.timing.next_after(now, each.project.zone),
            )


class Scheduled(models.Model):
    """A report that is looked at by a schedule, for recipients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="%(class)ss")
    # Of a deleted report the name stays, so that what was due can say what is missing.
    report = models.ForeignKey(
        Report, models.SET_NULL, null=True, blank=True, related_name="%(class)ss"
    )
    title = models.CharField(max_length=200, editable=False)
    schedule = models.JSONField()
    next_due = models.DateTimeField(db_index=True, editable=False)
    # The zone in which `next_due` was reckoned.
    zone = models.CharField(max_length=64, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title

    @property
    def timing(self) -> Schedule:
        return parse_schedule(self.schedule)

    @property
    def source(self) -> "Report | Dashboard | None":
        """What it tells of; None where that was deleted."""
        return self.report

    @property
    def is_orphan(self) -> bool:
        """Whether what it tells of is gone, or in the trash."""
        return self.why_silent != ""

    @property
    def why_silent(self) -> str:
        """Why nothing goes out any more; nothing where it does."""
        match self.source:
            case None:
                return "Its report was deleted."
            case Report(is_trashed=True):
                return "Its report is in the trash."
            case _:
                return ""

    @property
    def emails(self) -> list[str]:
        """To whom it goes, but for those who stopped it."""
        found: models.QuerySet[Recipient] = self.recipients.all()  # type: ignore[attr-defined]
        return [each.email for each in found if each.stopped_at is None]

    def reckon(self) -> None:
        """Write down name, schedule and next slot before it is saved."""
        self.title = self.source.name if self.source else self.title
        self.schedule = dump_schedule(self.timing)
        self.zone = self.project.timezone
        self.next_due = self.timing.next_after(timezone.now(), self.project.zone)

    def missed(self, now: datetime) -> datetime:
        """The slot that is due: of several that passed the last, so that one mail catches up."""
        return max(self.next_due, self.timing.last_until(now, self.project.zone))

    def following(self, now: datetime) -> datetime:
        return self.timing.next_after(max(now, self.next_due), self.project.zone)


class SubscriptionQuerySet(ScheduledQuerySet):
    def due(self, now: datetime) -> Self:
        there = Q(dashboard__isnull=False) | Q(report__isnull=False, report__trashed_at=None)
        return self.filter(there, next_due__lte=now, paused=False)


class Subscription(Scheduled):
    """A report or a dashboard sent to addresses by a schedule."""

    dashboard = models.ForeignKey(
        Dashboard, models.SET_NULL, null=True, blank=True, related_name="subscriptions"
    )
    paused = models.BooleanField(default=False)

    objects = SubscriptionQuerySet.as_manager()

    @property
    def source(self) -> Report | Dashboard | None:
        return self.dashboard or self.report

    @transaction.atomic
    def keep(self, emails: list[str], by: User | None) -> None:
        """Save it with its recipients, and ask those outside whether they want its mails."""
        self.reckon()
        self.save()
        replace({"subscription": self}, emails)
        Mailing.objects.ask_outside(self.project, emails, by)

    def set_paused(self, paused: bool) -> None:
        """Hold it, or go on with the next slot: what was missed meanwhile is not made up for."""
        self.paused = paused
        self.reckon()
        self.save()

    def receivers(self) -> list[str]:
        """Of its recipients those who may receive it now."""
        what = standings(self.project, self.emails)
        return [email for email in self.emails if what[email].may_receive]

    def issue(self, slot: datetime, emails: list[str], *, by_hand: bool = False) -> Mailing | None:
        """What goes out for a slot; None where none of the addresses may have it."""
        # What is asked is kept as it is now, whatever becomes of the report.
        draft = Mailing(
            project=self.project, kind=Mailing.Kind.REPORT, slot=slot, subscription=self,
            title=self.title, by_hand=by_hand,
            definition=self.report.definition if self.report else None,
        )  # fmt: skip
        return draft.issue(emails)

    def send_now(self, emails: list[str] | None = None) -> Mailing | None:
        """Send it besides its schedule; twice in one second is once."""
        to = self.emails if emails is None else emails
        mailing = self.issue(timezone.now().replace(microsecond=0), to, by_hand=True)
        if mailing:
            mailing.is_answered()
        return mailing


def source_of(project: Project, key: str) -> Report | Dashboard | None:
    """The report or the dashboard of an id; none of another project."""
    try:
        report = project.reports.filter(pk=key).first()
        return report or project.dashboards.filter(pk=key).first()
    except ValidationError:
        return None


def plan(now: datetime) -> list[Mailing]:
    """Write down what is due: one mailing a subscription, however many slots were missed."""
    Subscription.objects.follow_zones(now)
    planned = []
    related = ("project", "report", "dashboard")
    for each in Subscription.objects.due(now).select_related(*related):
        with transaction.atomic():
            slot, following = each.missed(now), each.following(now)
            mailing = None
            if Subscription.objects.claim(each, following):
                mailing = each.issue(slot, each.emails)
        if mailing:
            faults.point("mail-planned")
            # All reports begin now; who sends finds them answered.
            mailing.is_answered()
            planned.append(mailing)
    return planned
