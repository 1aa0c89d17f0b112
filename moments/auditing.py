"""What of all that can be done by a request is written into a project's audit log, and as what.

Whatever changes something has its row here, by the name of its address; a test asks for those that
have none. What is handed out as a file is an export wherever it comes from.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib.messages import ERROR, get_messages
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from analytics.definitions.kinds import Kind
from people.api.idempotency import REPLAYED
from people.audit import Action, note
from people.models import Project, User

log = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
EXPORT = "Took out a file"
FOUND = 302


@dataclass(frozen=True)
class Row:
    """What is written down of a page or of a method of the API, once it was done. A page leads on
    when it has done something; what `answers` shows it at once."""

    words: str
    action: Action = Action.CHANGED
    answers: bool = False


def erased(words: str) -> Row:
    return Row(words, Action.ERASED)


# They show once what they made, and write that down themselves.
THEMSELVES = frozenset({"keys", "report-shares", "dashboard-shares", "webhooks"})
# Asking changes nothing.
ASKS = frozenset({"api-query", "api-people-behind", "api-run", "stop"})
PAGES: Mapping[str, Row] = {
    "project-delete": erased("Deleted the project"),
    "project-demo": Row("Filled the project with demo data, or took it out"),
    "settings": Row("Changed the settings"),
    "members": Row("Invited somebody"),
    "member": Row("Gave a member another role"),
    "member-again": Row("Sent an invitation again"),
    "member-remove": Row("Removed a member"),
    "leave": Row("Left the project"),
    "key": Row("Changed a write key"),
    "key-revoke": Row("Revoked a write key"),
    "try-again": Row("Took in again what was refused"),
    "send": Row("Sent an event for a trial"),
    "imports": Row("Uploaded an export"),
    "import": Row("Imported an export"),
    **dict.fromkeys(Kind, Row("Saved a report")),
    "report": Row("Changed a report"),
    "report-about": Row("Renamed or described a report"),
    "report-duplicate": Row("Duplicated a report"),
    "report-pin": Row("Pinned a report, or let it go"),
    "report-trash": Row("Put a report into the trash, or took it back"),
    "report-delete": erased("Deleted a report"),
    "report-restore": Row("Restored a version of a report"),
    "dashboards": Row("Made a dashboard"),
    "dashboard-arrange": Row("Arranged a dashboard", answers=True),
    "dashboard-delete": erased("Deleted a dashboard"),
    "share-revoke": Row("Revoked a link", Action.SHARED),
    "save-segment": Row("Saved a segment"),
    "behind": Row("Saved people as a segment"),
    "attributes": Row("Defined an attribute"),
    "attribute": Row("Changed an attribute"),
    "events": Row("Defined an event"),
    "event": Row("Changed an event"),
    "person-attribute": Row("Set an attribute of a person"),
    "person-erase": erased("Erased a person"),
    "segment": Row("Changed a segment"),
    "segment-new": Row("Made a segment"),
    "segment-ids": Row("Made a segment of ids"),
    "segment-delete": erased("Deleted a segment"),
    "mails": Row("Made a subscription"),
    "subscription": Row("Changed a subscription"),
    "mail-send": Row("Sent a report by mail", Action.SHARED),
    "mail-pause": Row("Held or resumed a subscription"),
    "mail-delete": erased("Deleted a subscription"),
    "mail-again": Row("Sent a mail again", Action.SHARED),
    "alert-new": Row("Made an alert"),
    "alert": Row("Changed an alert"),
    "alert-delete": erased("Deleted an alert"),
    "webhook-trial": Row("Tried a webhook", Action.SHARED),
    "webhook-delete": erased("Deleted a webhook"),
    "exports": Row("Asked for a file", Action.EXPORTED),
    "export-delete": erased("Deleted a file"),
    "annotations": Row("Marked a day"),
    "annotation-delete": erased("Deleted the mark of a day"),
}
# What each resource of the API is called; methods say what was done with it.
RESOURCES: Mapping[str, str] = {
    "api-project": "the project",
    "api-people": "a person",
    "api-person": "a person",
    "api-person-events": "a person",
    "api-merge": "people into one",
    "api-attributes": "an attribute",
    "api-attribute": "an attribute",
    "api-events": "an event",
    "api-event": "an event",
    "api-members": "a member",
    "api-member": "a member",
    "api-keys": "a write key",
    "api-key": "a write key",
    "api-reports": "a report",
    "api-report": "a report",
    "api-report-duplicate": "a copy of a report",
    "api-report-restore": "an earlier version of a report",
    "api-dashboards": "a dashboard",
    "api-dashboard": "a dashboard",
    "api-segments": "a segment",
    "api-segment": "a segment",
    "api-subscriptions": "a subscription",
    "api-subscription": "a subscription",
    "api-subscription-send": "a mail",
    "api-alerts": "an alert",
    "api-alert": "an alert",
    "api-shares": "a link to a report or dashboard",
    "api-share": "a link to a report or dashboard",
    "api-webhooks": "a webhook",
    "api-webhook": "a webhook",
    "api-calls": "a trial call of a webhook",
    "api-exports": "a file",
    "api-export": "a file",
    "api-annotations": "the mark of a day",
    "api-annotation": "the mark of a day",
}
SHARING = frozenset(
    {"api-shares", "api-share", "api-subscription-send", "api-webhooks", "api-calls"}
)
VERBS = {"POST": "Made", "PATCH": "Changed", "PUT": "Changed", "DELETE": "Deleted"}


def row_of(name: str, method: str) -> Row | None:
    """What is written down of a method of an address; None where nothing is changed by it."""
    if name in RESOURCES:
        action = Action.ERASED if method == "DELETE" else Action.CHANGED
        action = Action.SHARED if name in SHARING else action
        return Row(f"{VERBS[method]} {RESOURCES[name]} by the API", action, answers=True)
    return PAGES.get(name)


class AuditMiddleware:
    """Writes down what was done, once it was: not what was refused or had to be corrected."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        place = request.resolver_match
        if place and (row := done(request, response)):
            slug = place.kwargs.get("slug") or place.kwargs.get("project")
            # An address may name a person, who may be erased; the log never is.
            path = "" if "external_id" in place.kwargs else request.path
            self.write(request, row, str(slug), path)
        return response

    def write(self, request: HttpRequest, row: Row, slug: str, path: str) -> None:
        """It is done by now, so a database that went away meanwhile is told to the log alone."""
        try:
            project = Project.objects.filter(slug=slug).first()
            if project and isinstance(request.user, User):
                note(project, request.user, row.action, row.words, path)
        except DatabaseError:
            log.exception("Not in the audit log: %s", row.words)


def done(request: HttpRequest, response: HttpResponseBase) -> Row | None:
    """What a request did; None where it did nothing, or nothing in a project."""
    place = request.resolver_match
    if place is None or not ({"slug", "project"} & place.kwargs.keys()):
        return None
    if not isinstance(getattr(request, "user", None), User) or response.status_code >= 400:
        return None
    if response.has_header(REPLAYED):
        return None
    if is_file(response):
        return Row(EXPORT, Action.EXPORTED)
    row = row_of(place.url_name or "", str(request.method)) if request.method not in SAFE else None
    if row is None:
        return None
    is_done = row.answers or response.status_code == FOUND
    return row if is_done and not was_refused(request) else None


def is_file(response: HttpResponseBase) -> bool:
    place, kind = (response.headers.get(f"Content-{name}", "") for name in ("Disposition", "Type"))
    return place.startswith("attachment") or kind.startswith("text/csv")


def was_refused(request: HttpRequest) -> bool:
    """Whether the next page will say that it could not be done."""
    said = getattr(get_messages(request), "_queued_messages", [])
    return any(each.level >= ERROR for each in said)
