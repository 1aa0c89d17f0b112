"""What became of mails, as pages show it: the last of each subscription, and a grid by address."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from analytics.models import Alert, Delivery, Mailing, Subscription

LAST = 10
# In the order of a legend: what is known, then what is not.
STATES = ("sent", "uncertain", "failed", "due")


@dataclass(frozen=True)
class Row:
    """A subscription in the list, with what became of its last mails, oldest first."""

    subscription: Subscription
    last: Sequence[str]

    @property
    def is_going(self) -> bool:
        return not (self.subscription.paused or self.subscription.is_orphan)

    @property
    def counted(self) -> str:
        found = Counter(self.last)
        return ", ".join(f"{found[each]} {each}" for each in (*STATES, "sending") if found[each])

    @property
    def state(self) -> str:
        if self.subscription.is_orphan:
            return "what it sent was deleted"
        if self.subscription.paused:
            return "paused"
        for state in ("failed", "uncertain"):
            if count := self.last.count(state):
                return f"{count} {state}"
        return "in order"

    @property
    def tone(self) -> str:
        """How the state is coloured."""
        if not self.is_going:
            return ""
        return "bad" if "failed" in self.last else "warn" if "uncertain" in self.last else "good"


def rows_of(subscriptions: Iterable[Subscription]) -> list[Row]:
    """Each with its last deliveries, by two questions for all."""
    found = list(subscriptions)
    place = Window(RowNumber(), partition_by=F("subscription"), order_by=F("slot").desc())
    newest = Mailing.objects.filter(subscription__in=found).annotate(place=place)
    some = list(newest.filter(place__lte=LAST).values_list("pk", flat=True))
    last: dict[Any, list[str]] = {}
    sent = Delivery.objects.filter(mailing__in=some).select_related("mailing")
    for each in sent.order_by("-mailing__slot", "recipient"):
        states = last.setdefault(each.mailing.subscription_id, [])
        if len(states) < LAST:
            states.append(each.shown_state)
    return [Row(each, last.get(each.pk, [])[::-1]) for each in found]


def tone_of(alert: Alert) -> str:
    """How the state of an alert is coloured."""
    return {"firing": "bad", "quiet": "good"}.get(alert.state, "warn")


@dataclass(frozen=True)
class GridRow:
    """One mailing, with its delivery to each address; None where it was not sent to it."""

    mailing: Mailing
    cells: list[Delivery | None]


@dataclass(frozen=True)
class Grid:
    """The last mailings, newest first, by address; and before them the one that comes next, with
    the addresses that wait for it."""

    addresses: list[str]
    rows: list[GridRow]
    next: datetime | None
    waiting: list[bool]
    # Whether its mailings tell numbers that can be looked at again.
    has_numbers: bool


def grid(found: Subscription | Alert) -> Grid:
    """What became of the mails of a subscription or an alert."""
    newest = list(found.mailings.order_by("-slot").values_list("pk", flat=True)[:LAST])
    sent = Delivery.objects.filter(mailing__in=newest).select_related("mailing")
    mailings: dict[Mailing, dict[str, Delivery]] = {}
    for each in sent.order_by("-mailing__slot", "recipient"):
        mailings.setdefault(each.mailing, {})[each.recipient] = each
    now = found.emails
    past = sorted({email for each in mailings.values() for email in each} - set(now))
    columns = [*now, *past]
    return Grid(
        addresses=columns,
        rows=[
            GridRow(mailing, [each.get(email) for email in columns])
            for mailing, each in mailings.items()
        ],
        next=next_of(found),
        waiting=[email in now for email in columns],
        has_numbers=isinstance(found, Subscription),
    )


def next_of(found: Subscription | Alert) -> datetime | None:
    """When the next mail goes out; None where nobody knows, as of an alert, or where none does."""
    if isinstance(found, Alert) or found.paused or found.is_orphan:
        return None
    return found.next_due
