"""Pages of alerts: which number is watched, by which condition, and what it did."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from analytics.definitions.alerts import Comparison
from analytics.definitions.figures import read_address
from analytics.definitions.parts import Invalid
from analytics.models import Alert, Report, ask
from analytics.models.alerts import HOURLY
from analytics.models.recipients import addresses
from analytics.models.subscriptions import source_of
from analytics.presentation.charts import Chart
from analytics.presentation.kinds import presentation
from analytics.presentation.marked import line_of, setting_of
from analytics.views.deliveries import STATES, grid, tone_of
from analytics.views.subscriptions import named, recipients
from people.access import Request, editable, may_edit, project_of
from people.models import Project

# So long a page waits for the first check; what takes longer the sweep makes up for.
PATIENCE = 3.0
# So long for its chart, without which the page comes.
SOON = 0.5


@login_required
@require_http_methods(["GET", "POST"])
def new(request: Request, slug: str) -> HttpResponse:
    """An alert on a number of a report that was clicked; its place is in the address."""
    project = editable(request, slug)
    found = source_of(project, request.GET.get("report", ""))
    draft = Alert(
        project=project, report=found if isinstance(found, Report) else None,
        figure=figure_of(request.GET), schedule=HOURLY, created_by=request.user,
    )  # fmt: skip
    return edited(request, project, draft)


@login_required
@require_http_methods(["GET", "POST"])
def alert(request: Request, slug: str, pk: str) -> HttpResponse:
    """One alert: its condition, its state, and the mails it sent. POST changes it."""
    project = project_of(request, slug)
    found = get_object_or_404(project.alerts.all(), pk=pk)
    if request.method == "POST":
        editable(request, slug)
    return edited(request, project, found)


@login_required
@require_POST
def delete(request: Request, slug: str, pk: str) -> HttpResponse:
    """Watch the number no more."""
    project = editable(request, slug)
    get_object_or_404(project.alerts.all(), pk=pk).delete()
    return redirect("mails", slug)


def edited(request: Request, project: Project, found: Alert) -> HttpResponse:
    """The page of an alert; POST keeps it and checks it at once."""
    is_new, problems = found._state.adding, {}
    if request.method == "POST":
        if not (problems := keep(found, request)):
            found.check_now(PATIENCE)
            messages.success(request, "Saved, and checked at once.")
            return redirect("alert", project.slug, found.pk)
        if not is_new:
            found.refresh_from_db()
    context = {
        "project": project,
        "alert": found,
        "is_new": is_new,
        "comparisons": tuple(Comparison),
        "problems": problems,
        "draft": drafted(request, found),
        "tone": tone_of(found),
        "states": STATES,
        "may_edit": may_edit(request, project),
        "number": number_of(found),
        **({} if is_new else {"recipients": recipients(found), "grid": grid(found)}),
        "chart": None if is_new else drawn(found),
    }
    return render(request, "analytics/mails/alert.html", context, status=400 if problems else 200)


def drawn(found: Alert) -> Chart | None:
    """The report's chart with the line that is watched; none while it is being computed."""
    try:
        run = ask(found.project, found.definition(), wait=SOON)
    except Invalid:
        return None
    if run.answer is None:
        return None
    line = line_of(found, run.definition)
    setting = setting_of(found.project, run.answer, [line] if line else [])
    return next(iter(presentation(run.answer, run.asked, setting).charts()), None)


@dataclass(frozen=True)
class Draft:
    """What stands in the form of an alert."""

    emails: list[str]
    typed: str
    operator: str
    value: str


def drafted(request: Request, found: Alert) -> Draft:
    """What was posted and could not be kept; else what is there."""
    if given := request.POST:
        texts = (given.get(key, "") for key in ("recipients", "operator", "value"))
        return Draft(given.getlist("recipient"), *texts)
    if found._state.adding:
        return Draft([request.user.email], "", "", "")
    return Draft(found.emails, "", found.operator, f"{found.value:g}")


def number_of(found: Alert) -> str:
    """The number in words; of a report that has it no more, why not."""
    try:
        return found.in_words() if found.report else found.number
    except Invalid as error:
        return "; ".join(texts[0] for texts in error.problems.values())


def keep(found: Alert, request: Request) -> dict[str, list[str]]:
    """Save what was posted; the problems at each field, none if it is saved."""
    problems = {} if found.report else {"report": ["Choose a report."]}
    found.operator = request.POST.get("operator", "")
    if found.operator not in list(Comparison):
        problems["operator"] = ["Choose a condition."]
    try:
        found.value = limit_of(request.POST.get("value", ""))
    except ValueError:
        problems["value"] = ["Give a number."]
    try:
        emails = addresses(named(request.POST))
        if not problems:
            found.keep(emails, request.user)
    except Invalid as error:
        problems |= error.problems
    return problems


def limit_of(text: str) -> float:
    """A number as people write it; of a share also per cent. Raises ValueError."""
    text = text.strip().replace(" ", "")
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not abs(value) < 1e15:
        raise ValueError
    return value


def figure_of(given: QueryDict) -> dict[str, Any]:
    """The place of a number as a page's address has it, but of a bucket only its size: it is the
    last whole one that is watched."""
    place = read_address(given)
    for key in ("start", "previous"):
        place.pop(key, None)
    if given.get("share") in ("first", "previous"):
        place["of"] = given["share"]
    return place
