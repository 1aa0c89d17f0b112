"""A condition on one number of a report, checked by a schedule.

Every check ends in `quiet`, `firing` or `unknown`. Mails follow what was told last, not the state:
one when the condition comes true, one when that is over, one when for the third time nothing is
known.
"""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from analytics.definitions import titles
from analytics.definitions.alerts import (
    COMPARISONS,
    Comparison,
    NotKnown,
    Reading,
    Watched,
    describe_watched,
    holds,
    parse_watched,
    sentence,
)
from analytics.definitions.kinds import Kind
from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Definition, parse
from analytics.engine.readings import read
from analytics.models.mailings import Mailing
from analytics.models.questions import ask
from analytics.models.recipients import replace
from analytics.models.runs import Run
from analytics.models.scopes import catalogue_of
from analytics.models.subscriptions import Scheduled, ScheduledQuerySet
from people import locale
from people.models import User

HOURLY = {"every": "hour"}
# So many checks in a row know nothing before somebody is told.
TOLD_AFTER = 3


class AlertQuerySet(ScheduledQuerySet):
    def answered(self) -> list["Alert"]:
        """Those whose question was answered meanwhile."""
        over = [Run.State.DONE, Run.State.FAILED]
        return list(self.filter(run__state__in=over).select_related("run", "project", "report"))


class Alert(Scheduled):
    """A condition on one number of a report."""

    class State(models.TextChoices):
        QUIET = "quiet"
        FIRING = "firing"
        UNKNOWN = "unknown"

    figure = models.JSONField(default=dict, blank=True)
    # The figure in words, as its report had it.
    number = models.CharField(max_length=500, editable=False)
    operator = models.CharField(
        max_length=20, choices=[(each.value, each.label) for each in Comparison]
    )
    value = models.FloatField()
    state = models.CharField(max_length=10, choices=State, default=State.UNKNOWN, editable=False)
    # Since when it is in this state, and why nothing is known.
    since = models.DateTimeField(default=timezone.now, editable=False)
    reason = models.CharField(max_length=500, blank=True, editable=False)
    # What was seen at the last check that knew something.
    seen = models.JSONField(default=dict, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    unknowns = models.PositiveSmallIntegerField(default=0, editable=False)
    is_told = models.BooleanField(default=False, editable=False)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, editable=False, related_name="alerts")

    objects = AlertQuerySet.as_manager()

    @property
    def condition(self) -> str:
        return sentence(COMPARISONS[self.operator], self.value)

    @property
    def said(self) -> str:
        """What was seen last, in words."""
        return said(self.seen) if self.seen else ""

    def definition(self) -> dict[str, Any]:
        """What is asked: the report, of which a funnel knows its past only if compared."""
        asked: dict[str, Any] = dict(self.report.definition) if self.report else {}
        changes = self.operator == Comparison.CHANGES_BY
        if changes and asked.get("kind") == Kind.FUNNEL:
            asked["compare"] = "previous_period"
        return asked

    def watched(self) -> Watched:
        """The number it looks at. Raises Invalid where the report has it no more."""
        return parse_watched(self.question(), self.figure)

    def question(self) -> Definition:
        asked = self.definition()
        return parse(asked, catalogue_of(self.project, Mentions.of(asked)))

    def in_words(self) -> str:
        """What it looks at. Raises Invalid where the report has no such number."""
        definition = self.question()
        return describe_watched(titles.said(definition), parse_watched(definition, self.figure))

    @transaction.atomic
    def keep(self, emails: list[str], by: User | None) -> None:
        """Save it with its recipients; what was told of another condition counts no more."""
        self.number = self.in_words()[:500]
        self.reckon()
        self.state, self.since, self.reason = self.State.UNKNOWN, timezone.now(), ""
        self.unknowns, self.is_told, self.seen, self.run = 0, False, {}, None
        self.save()
        replace({"alert": self}, emails)
        Mailing.objects.ask_outside(self.project, emails, by)

    def check_now(self, wait: float = 0) -> None:
        """Ask for the number, and settle if it is there in time; else the sweep does."""
        try:
            run = ask(self.project, self.definition(), wait=wait)
        except Invalid as error:
            self.settle(None, "; ".join(f"{k}: {v[0]}" for k, v in error.problems.items()))
            return
        if run.is_finished:
            self.conclude(run)
        else:
            self.run = run
            self.save(update_fields=["run"])

    def conclude(self, run: Run) -> None:
        """Settle by what came out."""
        if run.answer is None:
            self.settle(None, run.error)
            return
        try:
            reading = read(run.answer, self.watched())
            verdict = holds(COMPARISONS[self.operator], self.value, reading)
        except NotKnown as error:
            self.settle(None, str(error))
        except Invalid as error:
            self.settle(None, "; ".join(f"{k}: {v[0]}" for k, v in error.problems.items()))
        else:
            self.settle(reading, verdict=verdict, result=run.result)

    @transaction.atomic
    def settle(
        self,
        reading: Reading | None,
        reason: str = "",
        *,
        verdict: bool | None = None,
        result: dict[str, Any] | None = None,
    ) -> None:
        """Write down what a check saw, and what is to be told of it."""
        now = timezone.now()
        held = Alert.objects.select_for_update().get(pk=self.pk)
        held.run, held.checked_at = None, now
        if reading is None:
            held.know_nothing(reason, now)
        elif verdict is not None:
            held.know(reading, verdict, result, now)
        held.save()
        self.refresh_from_db()

    def know_nothing(self, reason: str, now: datetime) -> None:
        self.unknowns += 1
        self.become(self.State.UNKNOWN, now)
        self.reason = reason[:500]
        if self.unknowns == TOLD_AFTER:
            self.tell(Mailing.Kind.UNKNOWN, now, {"reason": self.reason})

    def know(
        self, reading: Reading, verdict: bool, result: dict[str, Any] | None, now: datetime
    ) -> None:
        self.unknowns, self.reason = 0, ""
        self.seen = {"value": reading.value, "before": reading.before, "bucket": reading.bucket,
                     "granularity": reading.granularity, "is_share": reading.is_share}  # fmt: skip
        self.become(self.State.FIRING if verdict else self.State.QUIET, now)
        if verdict != self.is_told:
            self.is_told = verdict
            kind = Mailing.Kind.FIRES if verdict else Mailing.Kind.OVER
            self.tell(kind, now, self.seen, result)

    def become(self, state: str, now: datetime) -> None:
        if state != self.state:
            self.state, self.since = state, now

    def tell(
        self, kind: str, now: datetime, seen: dict[str, Any], result: dict[str, Any] | None = None
    ) -> None:
        condition = {"operator": self.operator, "limit": self.value, "number": self.number}
        draft = Mailing(
            project=self.project, kind=kind, slot=now, alert=self, title=self.title,
            definition=self.report.definition if self.report and result else None,
            facts=condition | seen, result=result,
        )  # fmt: skip
        draft.issue(self.emails)


@transaction.atomic
def conclude_once(alert: Alert) -> bool:
    """Settle by the run that was waited for; True for the one worker that did it."""
    run = alert.run
    if not run or not Alert.objects.filter(pk=alert.pk, run=run).update(run=None):
        return False
    alert.conclude(run)
    return True


def check_due(now: datetime) -> int:
    """Ask for what is due, and settle what was answered meanwhile; how many were looked at."""
    Alert.objects.follow_zones(now)
    found = 0
    for each in Alert.objects.answered():
        found += conclude_once(each)
    for each in Alert.objects.due(now).select_related("project", "report"):
        if Alert.objects.claim(each, each.following(now)):
            each.check_now()
            found += 1
    return found


def said(seen: dict[str, Any]) -> str:
    """What a check saw, in words: 174 on 23 Nov 2026."""
    write = locale.share if seen["is_share"] else locale.significant
    number = write(seen["value"])
    if not seen["bucket"]:
        return number
    return f"{number} on {locale.bucket(seen['bucket'], seen['granularity'])}"
