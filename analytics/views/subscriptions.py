"""Pages of the mails of a project: who gets which report when, and what became of each mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from analytics.definitions.parts import Invalid
from analytics.definitions.schedules import Every, Weekday, dump_schedule, parse_schedule
from analytics.models import Delivery, Mailing, Report, Subscription
from analytics.models.recipients import Standing, addresses, standings
from people.access import Request, editable, may_edit, project_of
from people.models import Project

LAST = 10
EVERY = [each for each in Every if each is not Every.HOUR]


@login_required
@require_http_methods(["GET", "POST"])
def mails(request: Request, slug: str) -> HttpResponse:
    """All mails and alerts of the project; POST makes a mail."""
    project = project_of(request, slug)
    if request.method == "POST":
        editable(request, slug)
        report = chosen(project, request.POST.get("report", ""))
        made = Subscription(project=project, report=report, created_by=request.user)
        if not (problems := keep(made, request)):
            return redirect("subscription", slug, made.pk)
        return render(
            request, "analytics/mails/mails.html", overview(request, project, problems), status=400
        )
    return render(request, "analytics/mails/mails.html", overview(request, project, {}))


@login_required
@require_http_methods(["GET", "POST"])
def subscription(request: Request, slug: str, pk: str) -> HttpResponse:
    """One mail: its form, and its last deliveries. POST changes it."""
    project = project_of(request, slug)
    found = get_object_or_404(project.subscriptions.all(), pk=pk)
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        editable(request, slug)
        if not (problems := keep(found, request)):
            messages.success(request, "Saved.")
            return redirect("subscription", slug, pk)
        found.refresh_from_db()
    context = {
        "project": project,
        "subscription": found,
        "rounds": rounds(found),
        "recipients": recipients(found),
        "may_edit": may_edit(request, project),
        "given": request.POST or None,
        **form(project, problems),
    }
    return render(
        request, "analytics/mails/subscription.html", context, status=400 if problems else 200
    )


@login_required
@require_POST
def send(request: Request, slug: str, pk: str) -> HttpResponse:
    """Send it now: to whoever asks for it, or to all who get it."""
    project = editable(request, slug)
    found = get_object_or_404(project.subscriptions.exclude(report=None), pk=pk)
    to_all = request.POST.get("to") == "all"
    mailing = found.send_now(None if to_all else [request.user.email.lower()])
    text = "It is on its way." if mailing else "Nobody on the list may receive it yet."
    messages.success(request, text)
    return redirect("subscription", slug, pk)


@login_required
@require_POST
def pause(request: Request, slug: str, pk: str) -> HttpResponse:
    """Hold it, or let it go on from the next slot."""
    project = editable(request, slug)
    found = get_object_or_404(project.subscriptions.all(), pk=pk)
    found.set_paused(not found.paused)
    return redirect("subscription", slug, pk)


@login_required
@require_POST
def delete(request: Request, slug: str, pk: str) -> HttpResponse:
    """Stop it for everybody, and forget what was sent."""
    project = editable(request, slug)
    get_object_or_404(project.subscriptions.all(), pk=pk).delete()
    return redirect("mails", slug)


@login_required
@require_POST
def again(request: Request, slug: str, pk: str) -> HttpResponse:
    """Send one mail once more that failed, or of which nobody knows whether it arrived."""
    project = editable(request, slug)
    delivery = get_object_or_404(Delivery.objects.filter(mailing__project=project), pk=pk)
    if not delivery.again():
        messages.warning(request, "It is under way already.")
    mailing = delivery.mailing
    if mailing.alert_id:
        return redirect("alert", slug, mailing.alert_id)
    return redirect("subscription", slug, mailing.subscription_id or "")


# --- The form -----------------------------------------------------------------------------------


def chosen(project: Project, pk: str) -> Report | None:
    try:
        return project.reports.filter(pk=pk).first()
    except ValidationError:
        return None


def keep(made: Subscription, request: Request) -> dict[str, list[str]]:
    """Save what was posted; the problems at each field, none if it is saved."""
    problems = {} if made.report else {"report": ["Choose a report."]}
    try:
        made.schedule = schedule_of(request.POST)
    except Invalid as error:
        problems |= {f"schedule.{path}".rstrip("."): each for path, each in error.problems.items()}
    try:
        emails = addresses(split(request.POST.get("recipients", "")))
        if not problems:
            made.keep(emails, request.user)
    except Invalid as error:
        problems |= error.problems
    return problems


def split(text: str) -> list[str]:
    """Addresses as people write them: by line, comma or semicolon."""
    for separator in ",;\n":
        text = text.replace(separator, " ")
    return text.split()


def schedule_of(given: QueryDict) -> dict[str, Any]:
    """A schedule from fields. Raises Invalid."""
    words = {key: given[key] for key in ("every", "weekday") if given.get(key)}
    numbers = {key: number(str(given[key])) for key in ("hour", "day") if given.get(key)}
    return dump_schedule(parse_schedule(words | numbers))


def number(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) < 4 else text


def form(project: Project, problems: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "problems": problems,
        "reports": project.reports.kept(),
        "every": tuple(EVERY),
        "weekdays": tuple(Weekday),
        "hours": range(24),
        "days": range(1, 32),
    }


# --- What is shown ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A subscription in the list, with what became of its last mails."""

    subscription: Subscription
    last: list[str]
    state: str


def overview(request: Request, project: Project, problems: dict[str, list[str]]) -> dict[str, Any]:
    found = project.subscriptions.select_related("report").prefetch_related("recipients")
    return {
        "project": project,
        "rows": [row_of(each) for each in found],
        "alerts": project.alerts.select_related("report").prefetch_related("recipients"),
        "may_edit": may_edit(request, project),
        "chosen": request.GET.get("report", ""),
        "given": request.POST or None,
        "keeps": keeps_mails(),
        **form(project, problems),
    }


def keeps_mails() -> bool:
    """Whether there is no mail server, so that mails are to be read in the outbox."""
    return settings.EMAIL_BACKEND.startswith("analytics.")


def row_of(each: Subscription) -> Row:
    newest = Delivery.objects.filter(mailing__subscription=each).order_by("-created_at")[:LAST]
    states = [delivery.shown_state for delivery in newest][::-1]
    return Row(each, states, summary(each, states))


def summary(each: Subscription, states: list[str]) -> str:
    if each.is_orphan:
        return "its report was deleted"
    if each.paused:
        return "paused"
    for state in ("failed", "uncertain"):
        if count := states.count(state):
            return f"{count} {state}"
    return "in order"


@dataclass(frozen=True)
class Round:
    """One mailing and its deliveries."""

    mailing: Mailing
    deliveries: list[Delivery]


def rounds(found: Subscription) -> list[Round]:
    """The last mailings, newest first."""
    newest = list(found.mailings.order_by("-slot").values_list("pk", flat=True)[:LAST])
    rows = Delivery.objects.filter(mailing__in=newest).select_related("mailing")
    return grouped(rows.order_by("-mailing__slot", "recipient"))


def grouped(rows: Iterable[Delivery]) -> list[Round]:
    return [Round(mailing, list(each)) for mailing, each in groupby(rows, lambda row: row.mailing)]


def recipients(found: Any) -> list[tuple[str, str]]:
    """Each address, and what it is to the project in words."""
    entries = list(found.recipients.all())
    what = standings(found.project, [each.email for each in entries])
    words = {
        Standing.MEMBER: "member",
        Standing.CONFIRMED: "outside: numbers only",
        Standing.ASKED: "asked, has not said yes yet",
        Standing.UNKNOWN: "not a member any more: gets none",
    }
    return [
        (each.email, "stopped these mails" if each.stopped_at else words[what[each.email]])
        for each in entries
    ]
