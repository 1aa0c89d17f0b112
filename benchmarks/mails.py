"""How long 1,000 due mails of 50 reports take: each report computed once, each chart drawn once.

    python -m benchmarks.mails

Real reports over the demo, a real SMTP server on loopback, two senders at once as in `up`.
"""

import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

DATA = Path(tempfile.mkdtemp(prefix="moments-mails-"))
os.environ |= {"MOMENTS_DATA": str(DATA), "DJANGO_SETTINGS_MODULE": "moments.settings"}

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from analytics import demo
from analytics.mails.sending import send_due
from analytics.models import Delivery, Report, Run, Subscription, plan
from analytics.models.questions import compute_next
from analytics.store import audit, client, loader
from people.models import Project, User
from tests.mail.smtp import post_office

REPORTS, READERS, SENDERS = 50, 20, 2
BAR = 60


def world() -> None:
    """The demo, 50 different reports, 20 readers of each, all due now."""
    call_command("migrate", verbosity=0)
    audit.open_store()
    demo.ensure()
    project = Project.objects.get(slug=demo.SLUG)
    loader.drain(project.pk)
    emails = [f"reader-{n:02}@example.com" for n in range(READERS)]
    for email in emails:
        project.memberships.create(user=User.objects.create_user(email), role="viewer")
    for n in range(REPORTS):
        made = Subscription(
            project=project, report=report(project, n), schedule={"every": "day", "hour": 8}
        )
        made.keep(emails, None)
    Subscription.objects.update(next_due=timezone.now())


def report(project: Project, n: int) -> Report:
    genres = ["pop", "rock", "jazz", "hip hop", "classical"]
    played = {"property": "songGenre", "operator": "is", "value": [genres[n % 5]]}
    made = Report(
        project=project,
        name=f"Songs {n}",
        definition={
            "kind": "segmentation",
            "metric": ["people", "events", "adoption"][n % 3],
            "period": {"start": f"2026-10-{n % 28 + 1:02}", "end": f"2026-11-{n % 20 + 1:02}"},
            "granularities": ["day"],
            "events": [{"event": "Song Played"}, {"event": "Song Played", "filters": [played]}],
            "compare": "previous_period",
        },
    )
    made.clean()
    made.save()
    return made


def at_once(work: Any, count: int) -> None:
    """The same in several threads, which leave no connection behind."""

    def alone() -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=alone) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def compute() -> None:
    while compute_next():
        pass


def send() -> None:
    """As the ticks of the scheduler do, until nothing is due."""
    deadline = time.monotonic() + 300
    while Delivery.objects.filter(state__in=["due", "claimed", "sending"]).exists():
        assert time.monotonic() < deadline
        if not send_due():
            time.sleep(0.2)


def main() -> None:
    world()
    with post_office() as (post, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        began = time.perf_counter()
        planned = plan(timezone.now())
        at_once(compute, 2)
        computed = time.perf_counter()
        at_once(send, SENDERS)
        took = time.perf_counter() - began
        sizes = [len(message.as_bytes()) for _, message in post.letters]
    states = {state: Delivery.objects.filter(state=state).count() for state in Delivery.State}
    assert states["sent"] == len(set(post.addresses)) * REPORTS == REPORTS * READERS, states
    assert len(planned) == REPORTS
    assert Run.objects.count() == REPORTS
    print("| mails | reports | all sent after | of that computing | mails a second | KB a mail |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    rate = len(sizes) / (took - (computed - began))
    print(
        f"| {len(sizes):,} | {REPORTS} | {took:.1f} s (bar {BAR} s) | {computed - began:.1f} s "
        f"| {rate:.0f} | {sum(sizes) / len(sizes) / 1000:.0f} |"
    )
    client.close()


if __name__ == "__main__":
    main()
