"""Pages of the mails of a project: who gets which report when, and what became of each mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.definitions.parts import Invalid
from analytics.definitions.schedules import Every, Weekday, dump_schedule, parse_schedule
from analytics.mails import drafts
from analytics.models import Alert, Dashboard, Delivery, Report, Subscription
from analytics.models.recipients import Standing, addresses, standings
from analytics.models.subscriptions import source_of
from analytics.views.deliveries import STATES, Row, grid, rows_of, tone_of
from people.access import Request, editable, may_edit, project_of
from people.models import Project
from people.templatetags.formats import due

# So many seconds the form waits for the numbers that its subject tells.
PATIENCE = 3.0
EVERY = [each for each in Every if each is not Every.HOUR]


@login_required
@require_http_methods(["GET", "POST"])
def mails(request: Request, slug: str) -> HttpResponse:
    """All mails and alerts of the project, or with `?report=` of one; POST makes a mail."""
    project = project_of(request, slug)
    if request.method == "POST":
        editable(request, slug)
        made = Subscription(project=project, created_by=request.user)
        match source_of(project, request.POST.get("report", "")):
            case Report() as report:
                made.report = report
            case Dashboard() as dashboard:
                made.dashboard = dashboard
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
        "grid": grid(found),
        "states": STATES,
        "recipients": recipients(found),
        "may_edit": may_edit(request, project),
        "draft": drafted(request.POST if problems else None, found.emails, found.schedule),
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
    found = get_object_or_404(project.subscriptions.exclude(report=None, dashboard=None), pk=pk)
    to_all = request.POST.get("to") == "all"
    mailing = found.send_now(None if to_all else [request.user.email.lower()])
    text = "It is on its way." if mailing else "Nobody on the list may receive it yet."
    messages.success(request, text)
    return back(request, slug, pk)


@login_required
@require_POST
def pause(request: Request, slug: str, pk: str) -> HttpResponse:
    """Hold it, or let it go on from the next slot."""
    project = editable(request, slug)
    found = get_object_or_404(project.subscriptions.all(), pk=pk)
    found.set_paused(not found.paused)
    return back(request, slug, pk)


def back(request: Request, slug: str, pk: str) -> HttpResponse:
    """To where it was pressed: the list, or its own page."""
    return redirect("mails", slug) if "list" in request.POST else redirect("subscription", slug, pk)


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


@login_required
@require_GET
def draft(request: Request, slug: str) -> HttpResponse:
    """Beside the form: when what is chosen would go out first, its subject, and what is in it."""
    project = editable(request, slug)
    source = source_of(project, request.GET.get("report", ""))
    context: dict[str, Any] = {"project": project, "source": source}
    try:
        timing = parse_schedule(schedule_of(request.GET))
        context["first"] = timing.next_after(timezone.now(), project.zone)
        told = standings(project, addresses(named(request.GET)))
    except Invalid:
        told = {}
    outside = [email for email, each in told.items() if each is not Standing.MEMBER]
    found = drafts.draft(project, source, wait=PATIENCE)
    context |= {"found": found, "outside": outside, "is_dashboard": isinstance(source, Dashboard)}
    return render(request, "analytics/mails/draft.html", context)


# --- The form -----------------------------------------------------------------------------------


def keep(made: Subscription, request: Request) -> dict[str, list[str]]:
    """Save what was posted; the problems at each field, none if it is saved."""
    problems = {} if made.source else {"report": ["Choose a report."]}
    try:
        made.schedule = schedule_of(request.POST)
    except Invalid as error:
        problems |= {f"schedule.{path}".rstrip("."): each for path, each in error.problems.items()}
    try:
        emails = addresses(named(request.POST))
        if not problems:
            made.keep(emails, request.user)
    except Invalid as error:
        problems |= error.problems
    return problems


@dataclass(frozen=True)
class Draft:
    """What stands in the form: addresses that are chosen, what was typed beside them, and when."""

    emails: list[str]
    typed: str
    schedule: Mapping[str, Any]


def drafted(given: QueryDict | None, emails: list[str], schedule: Mapping[str, Any]) -> Draft:
    """What was posted and could not be kept; else what is there."""
    if given is None:
        return Draft(emails, "", schedule)
    return Draft(given.getlist("recipient"), given.get("recipients", ""), given.dict())


def named(given: QueryDict) -> list[str]:
    """The addresses that are chosen, and those that are typed."""
    return [*given.getlist("recipient"), *split(given.get("recipients", ""))]


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
        "dashboards": project.dashboards.all(),
        "every": tuple(EVERY),
        "weekdays": tuple(Weekday),
        "hours": range(24),
        "days": range(1, 32),
    }


# --- What is shown ------------------------------------------------------------------------------


def overview(request: Request, project: Project, problems: dict[str, list[str]]) -> dict[str, Any]:
    about = source_of(project, request.GET.get("report", ""))
    sources = project.subscriptions.select_related("report", "dashboard")
    watching = project.alerts.select_related("report")
    match about:
        case Report():
            sources, watching = sources.filter(report=about), watching.filter(report=about)
        case Dashboard():
            sources, watching = sources.filter(dashboard=about), watching.none()
    rows = rows_of(sources.prefetch_related("recipients"))
    alerts = list(watching.prefetch_related("recipients"))
    given = request.POST if problems else None
    return {
        "project": project,
        "report": about,
        "back": page_of(about),
        "rows": rows,
        "alerts": [(each, tone_of(each)) for each in alerts],
        "finding": finding(rows, alerts),
        "may_edit": may_edit(request, project),
        "chosen": request.POST.get("report") or request.GET.get("report", ""),
        "draft": drafted(given, [request.user.email], {"every": "week", "weekday": "monday"}),
        "keeps": keeps_mails(),
        **form(project, problems),
    }


def page_of(about: Report | Dashboard | None) -> str:
    """The page of what is sent."""
    if about is None:
        return ""
    name = "dashboard" if isinstance(about, Dashboard) else "report"
    return reverse(name, args=[about.project.slug, about.pk])


def finding(rows: list[Row], alerts: list[Alert]) -> str:
    """What there is to know, in a sentence or two; "" where there is nothing yet."""
    going = [each.subscription for each in rows if each.is_going]
    told = []
    if going:
        first = min(going, key=lambda each: each.next_due)
        told.append(f"The next mail goes out {due(first.next_due, first.project.zone)}.")
    failing = [each.subscription.title for each in rows if each.tone == "bad"]
    if failing:
        told.append(f"Not everybody gets {', '.join(failing)}.")
    firing = [each.title for each in alerts if each.state == Alert.State.FIRING]
    if firing:
        count = "One alert fires" if len(firing) == 1 else f"{len(firing)} alerts fire"
        told.append(f"{count}: {', '.join(firing)}.")
    return " ".join(told)


def keeps_mails() -> bool:
    """Whether there is no mail server, so that mails are to be read in the outbox."""
    return settings.EMAIL_BACKEND.startswith("analytics.")


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
