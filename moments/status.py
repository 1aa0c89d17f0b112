"""What of a project is behind, and since when; and whether what it needs answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Model, QuerySet
from django.utils import timezone

from analytics.models import Alert, Delivery, Export, Run, Subscription, WebhookCall
from moments import services
from people import locale
from people.models import Batch, Import, Project

WORKER = "Does a worker with {} run, and beat?"
BEAT = "Does beat run? Whatever is due is found by it."


@dataclass(frozen=True)
class Line:
    """How something is: in words, since when it waits, and what to do where it is not well."""

    name: str
    words: str
    since: datetime | None = None
    advice: str = ""

    @property
    def is_well(self) -> bool:
        return not self.advice


@dataclass(frozen=True)
class Queue:
    """Rows that wait for a worker, when each began to, and for how long that is nothing to worry
    about."""

    name: str
    units: tuple[str, str]
    rows: QuerySet[Model]
    began: str
    patience: timedelta
    advice: str

    def line(self, now: datetime) -> Line:
        found = self.rows.order_by().aggregate(count=Count("pk"), since=Min(self.began))
        count, since = found["count"], found["since"]
        if not count:
            return Line(self.name, "nothing waits")
        one, many = self.units
        words = f"1 {one} waits" if count == 1 else f"{locale.count(count)} {many} wait"
        late = now - since > self.patience
        return Line(self.name, words, since, self.advice if late else "")


def status_of(project: Project) -> list[Line]:
    """Every service and every queue; what is not well first."""
    now = timezone.now()
    lines = [*needed(), *(each.line(now) for each in queues(project, now))]
    return sorted(lines, key=lambda line: line.is_well)


def needed() -> Iterator[Line]:
    yield Line("Database", "answers")
    yield told("Broker", services.broker(), "Reports and mails begin late. Is Redis there?")
    yield told("Store", services.store(), "Reports wait for it. `moments doctor` says what to do.")
    advice = "Make room before writing fails." if services.is_nearly_full() else ""
    yield Line("Disk", f"{services.free_bytes() / 1e9:,.1f} GB free", advice=advice)


def told(name: str, problem: str | None, advice: str) -> Line:
    return Line(name, f"is {problem}", advice=advice) if problem else Line(name, "answers")


def queues(project: Project, now: datetime) -> Iterator[Queue]:
    load, reports, mail = (WORKER.format(f"-Q {each}") for each in ("load", "reports", "mail"))
    soon, later, at_last = timedelta(minutes=2), timedelta(minutes=5), timedelta(hours=1)
    waiting = Batch.objects.waiting(project.pk)
    yield Queue("Into the store", ("request", "requests"), waiting, "received_at", soon, load)
    asked = project.runs.filter(state=Run.State.PENDING)
    yield Queue("Reports", ("question", "questions"), asked, "created_at", soon, reports)
    planned = Subscription.objects.due(now).filter(project=project)
    yield Queue("By schedule", ("report", "reports"), planned, "next_due", later, BEAT)
    watched = Alert.objects.due(now).filter(project=project)
    yield Queue("Alerts", ("alert", "alerts"), watched, "next_due", later, BEAT)
    letters = Delivery.objects.due(now).filter(mailing__project=project)
    yield Queue("Mails", ("mail", "mails"), letters, "due_at", later, mail)
    calls = WebhookCall.objects.due(now).filter(webhook__project=project)
    yield Queue("Webhooks", ("call", "calls"), calls, "due_at", later, mail)
    uploads = project.imports.filter(state=Import.State.WAITING)
    yield Queue("Imports", ("file", "files"), uploads, "created_at", later, load)
    files = project.exports.filter(state=Export.State.WAITING)
    yield Queue("Exports", ("file", "files"), files, "created_at", later, load)
    erased = project.erasures.all()
    yield Queue("Erasures", ("person", "people"), erased, "created_at", at_last, load)
