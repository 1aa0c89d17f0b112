"""Sending what is due: claim, look once more whether it may go, hand over, write down."""

import logging
from datetime import timedelta

from django.utils import timezone

from analytics.mails import letters
from analytics.mails.parcels import Receiver, parcel
from analytics.mails.transport import Line, Postponed, Refused, Unclear, line
from analytics.models.deliveries import Delivery
from analytics.models.mailings import Mailing
from analytics.models.recipients import Recipient, Standing, standings
from analytics.models.subscriptions import Subscription
from analytics.presentation.mail import Content
from people import faults

log = logging.getLogger(__name__)

BATCH = 50
# So many threads of a process may wait for a mail server.
MOST_SENDING = 2
# How soon to look again for a report that is being computed.
NOT_YET = timedelta(seconds=3)


class NotSent(Exception):
    """Why a mail that was due does not go out any more."""


def send_due() -> int:
    """Send all that is due now; how many deliveries were handled."""
    Delivery.objects.recover(timezone.now())
    handled = 0
    while claimed := Delivery.objects.claim(timezone.now(), BATCH):
        faults.point("mail-claimed")
        with line() as server:
            pile = Pile(server)
            for delivery in claimed:
                pile.send(delivery)
        handled += len(claimed)
    return handled


class Pile:
    """Mails over one line; what is the same for several recipients is made once."""

    def __init__(self, server: Line) -> None:
        self.server = server
        self.mailing: Mailing | None = None
        self.contents: dict[bool, Content] = {}

    def send(self, delivery: Delivery) -> None:
        """Whatever becomes of one, the others go on."""
        try:
            self.hand_over(delivery)
        except NotSent as reason:
            delivery.failed(str(reason))
        except Refused as reason:
            delivery.failed(str(reason))
        except Postponed as reason:
            delivery.later(str(reason))
        except Unclear as reason:
            delivery.uncertain(str(reason))
        except Exception:
            log.exception("Delivery %s failed", delivery.pk)
            delivery.broke()

    def hand_over(self, delivery: Delivery) -> None:
        mailing = self.of(delivery)
        receiver = may_go(delivery)
        if not mailing.is_answered():
            delivery.release(NOT_YET)
            return
        if mailing.error:
            raise NotSent(mailing.error)
        message = parcel(delivery, receiver, self.content(mailing, receiver))
        self.server.open()
        # Not ours any more where the lease ran out.
        if not delivery.begin():
            return
        faults.point("mail-sending")
        self.server.send(message)
        faults.point("mail-sent")
        delivery.sent()
        faults.point("mail-written")

    def of(self, delivery: Delivery) -> Mailing:
        """One object for all deliveries of a mailing, so that it is answered and drawn once."""
        if self.mailing is None or self.mailing.pk != delivery.mailing_id:
            self.mailing, self.contents = delivery.mailing, {}
        delivery.mailing = self.mailing
        return self.mailing

    def content(self, mailing: Mailing, receiver: Receiver) -> Content:
        """The same for all members, and for all outside."""
        if receiver.is_member not in self.contents:
            made = letters.content(mailing, for_members=receiver.is_member)
            self.contents[receiver.is_member] = made
        return self.contents[receiver.is_member]


# --- Whether it may still go --------------------------------------------------------------------


def may_go(delivery: Delivery) -> Receiver:
    """Look once more, just before it goes. Raises NotSent with the reason why it does not."""
    mailing, email = delivery.mailing, delivery.recipient
    if mailing.kind == Mailing.Kind.CONFIRM:
        return Receiver(email)
    if mailing.subscription:
        # As it is now, not as it was when the batch was claimed.
        mailing.subscription.refresh_from_db()
        is_wanted(mailing.subscription, by_hand=mailing.by_hand)
    standing = standings(mailing.project, [email])[email]
    if not standing.may_receive:
        raise NotSent("The recipient has no access to the project any more.")
    owner = {"subscription": mailing.subscription_id, "alert": mailing.alert_id}
    entry = Recipient.objects.filter(email=email, **owner).first()
    if entry is None and not mailing.by_hand:
        raise NotSent("The address was taken off the list.")
    if entry and entry.stopped_at:
        raise NotSent("The recipient stopped these mails.")
    is_member = standing is Standing.MEMBER
    return Receiver(email, is_member=is_member, token=entry.token if entry else "")


def is_wanted(subscription: Subscription, *, by_hand: bool) -> None:
    """Raises NotSent where its subscription does not send any more."""
    if subscription.is_orphan:
        raise NotSent("The report was deleted, or put into the trash, before it was sent.")
    if subscription.paused and not by_hand:
        raise NotSent("The mails were paused before it was sent.")
