"""Demo data in a project that is empty, and its way out again."""

from itertools import islice

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from analytics.demo.listeners import messages
from analytics.demo.reports import mark_days, place_reports, save_reports
from people import operations
from people.ingest.record import record
from people.models import AuditEntry, Project, User

SOURCE = "demo"
CHUNK = 2_000
# About so many messages there are; how far a filling is is told by them.
EXPECTED = 110_000
# A filling that has not gone on for so many seconds is over: its worker is gone.
PATIENCE = 120


class NotNow(Exception):
    """What keeps demo data from coming or going, in words."""


def key_of(project: Project) -> str:
    return f"demo:{project.pk}"


def done(project: Project) -> int | None:
    """How many messages are in while a project is being filled; None where it is not."""
    found: int | None = cache.get(key_of(project))
    return found


def share_of(number: int) -> float:
    return min(number / EXPECTED, 0.99)


def is_demo(project: Project) -> bool:
    """Whether the project was filled with demo data."""
    return project.batches.filter(source=SOURCE).exists()


def start(project: Project, user: User) -> None:
    """Let a worker fill an empty project. Raises NotNow."""
    if project.batches.exists() or project.event_definitions.exists() or project.reports.exists():
        raise NotNow("Demo data only goes into a project that is empty.")
    if not cache.add(key_of(project), 0, PATIENCE):
        raise NotNow("The demo data is on its way already.")
    try:
        current_app.send_task("analytics.tasks.fill_with_demo", [project.pk, user.pk])
    except BrokerAway as error:
        cache.delete(key_of(project))
        raise NotNow("No worker can be reached now. Try again in a minute.") from error


def fill(project: Project, user: User) -> None:
    """All of it, piece by piece, so that others can write meanwhile. What was interrupted and is
    done again adds nothing twice."""
    now, number = timezone.now(), 0
    today = now.astimezone(project.zone).date()
    story = messages(today, now, project)
    while chunk := list(islice(story, CHUNK)):
        record(project, chunk, source=SOURCE, received_at=now)
        number += len(chunk)
        cache.set(key_of(project), number, PATIENCE)
    with transaction.atomic():
        if not project.reports.exists():
            save_reports(project, user, today)
            place_reports(project, user)
            mark_days(project, user, today)
    cache.delete(key_of(project))


@transaction.atomic
def take_out(project: Project) -> Project:
    """An empty project in the place of one that has demo data: with its name, its members and its
    keys. The old one goes as every project that is deleted, with what was saved in it. Raises
    NotNow where something else came in."""
    project.lock(alone=True)
    if done(project) is not None:
        raise NotNow("The demo data is still coming. Wait until it is there.")
    if not is_demo(project) or project.batches.exclude(source=SOURCE).exists():
        raise NotNow("Data of your own has come in: nothing is taken out, so that none gets lost.")
    slug = project.slug
    Project.objects.filter(pk=project.pk).update(slug=f"{slug[:40]}-{project.pk}-gone")
    empty = Project.objects.create(
        name=project.name, slug=slug, timezone=project.timezone, week_start=project.week_start
    )
    for kept in (project.memberships, project.write_keys, project.webhooks):
        kept.update(project=empty)
    keep_log(project, empty)
    operations.delete_project(project)
    return empty


def keep_log(old: Project, new: Project) -> None:
    """What was done in a project stays to be read in the one that follows it."""
    entries = [
        AuditEntry(
            project=new,
            **{
                name: getattr(each, name)
                for name in ("at", "user", "email", "action", "words", "place")
            },
        )
        for each in old.audit.select_related("user")
    ]
    AuditEntry.objects.bulk_create(entries)
