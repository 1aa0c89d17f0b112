"""Calling webhooks: what is due, put into words, signed, handed over, written down."""

import hashlib
import hmac
import json
import logging
import time
from typing import Any, assert_never

from django.utils import timezone

from analytics.mails import letters
from analytics.mails.addresses import address_of
from analytics.mails.sending import NOT_YET
from analytics.models.mailings import Mailing
from analytics.models.webhooks import Webhook, WebhookCall
from people.outside import NotOutside, NotTaken, post

log = logging.getLogger(__name__)

BATCH = 20
TRIAL = "This is a trial of a webhook; nothing happened."


def call_due() -> int:
    """Make all calls that are due now; how many were handled."""
    related = ("webhook__project", "mailing__project", "mailing__subscription", "mailing__alert")
    handled = 0
    for call in WebhookCall.objects.due(timezone.now()).select_related(*related)[:BATCH]:
        if WebhookCall.objects.claim(call, timezone.now()):
            make(call)
            handled += 1
    return handled


def make(call: WebhookCall) -> None:
    """Whatever becomes of one, the others go on."""
    try:
        if call.mailing and not call.mailing.is_answered():
            call.wait(NOT_YET)
            return
        if call.mailing and call.mailing.error:
            call.failed(call.mailing.error)
            return
        body = json.dumps(said(call)).encode()
        post(call.webhook.url, body, headers_of(call, body))
    except NotOutside as reason:
        call.failed(str(reason))
    except NotTaken as reason:
        call.later(str(reason))
    except Exception:
        log.exception("Call %s of a webhook failed", call.pk)
        call.later("It could not be written. The log says why.")
    else:
        call.sent()


def headers_of(call: WebhookCall, body: bytes) -> dict[str, str]:
    """The signature is over the time and the body, so that neither can be another."""
    at = str(int(time.time()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Moments",
        "Moments-Delivery": str(call.pk),
        "Moments-Timestamp": at,
        "Moments-Signature": f"sha256={signature(call.webhook.secret, at, body)}",
    }


def signature(secret: str, at: str, body: bytes) -> str:
    """HMAC-SHA256 over `at`, a full stop and the body, as hexadecimal digits."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def said(call: WebhookCall) -> dict[str, Any]:
    """What is sent, in the shape that the webhook takes."""
    told = words(call)
    match Webhook.Format(call.webhook.format):
        case Webhook.Format.MOMENTS:
            return told
        case Webhook.Format.SLACK:
            link = f"\n<{told['link']}|Open it>" if told["link"] else ""
            return {"text": f"*{escaped(told['title'])}*: {escaped(told['text'])}{link}"}
        case other:
            assert_never(other)


def words(call: WebhookCall) -> dict[str, Any]:
    """Numbers, and nobody's name: whoever gets it is outside."""
    mailing = call.mailing
    given = {"id": str(call.pk), "project": call.project.slug}
    if mailing is None:
        at = call.created_at.isoformat()
        return given | {"kind": "trial", "at": at, "title": "Moments", "text": TRIAL,
                        "paragraphs": [], "figures": [], "link": ""}  # fmt: skip
    content = letters.content(mailing, for_members=False)
    figures = [{"name": each.name, "value": each.value, "change": each.change}
               for each in content.figures]  # fmt: skip
    return given | {
        "kind": mailing.kind,
        "at": mailing.slot.isoformat(),
        "title": content.title,
        "text": content.heading,
        "paragraphs": list(content.paragraphs),
        "figures": figures,
        "link": place(mailing),
    }


def place(mailing: Mailing) -> str:
    """Where a member finds these numbers."""
    return address_of("mail-sent", mailing.project.slug, mailing.pk)


def escaped(text: str) -> str:
    """As Slack wants it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
