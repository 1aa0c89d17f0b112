"""Send the mails that are due, or say what would be sent."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from analytics.mails.sending import send_due
from analytics.models import Delivery, Subscription, check_due, plan


class Command(BaseCommand):
    help = "Sends what is due by now, once, as the worker does; --dry-run only says what."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say it, and send nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            lines = list(would_be_sent(now))
            self.stdout.write("\n".join(lines) or "Nothing is due.")
            return
        check_due(now)
        plan(now)
        self.stdout.write(f"{send_due()} mails were due.")


def would_be_sent(now: datetime) -> Iterator[str]:
    """A line for each mail: when, what, to whom."""
    for row in Delivery.objects.due(now).select_related("mailing__project"):
        at = row.mailing.slot.astimezone(row.mailing.project.zone)
        yield f"{at:%Y-%m-%d %H:%M} {row.mailing.title} → {row.recipient}"
    found = Subscription.objects.due(now).select_related("project")
    for each in found.prefetch_related("recipients"):
        at = each.missed(now).astimezone(each.project.zone)
        for email in each.receivers():
            yield f"{at:%Y-%m-%d %H:%M} {each.title} → {email}"
