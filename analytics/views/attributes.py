"""Custom attributes: what a project knows of people beside what is built in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from analytics.models import held
from analytics.models.uses import uses_of_name
from analytics.store.client import StoreError
from people.access import Request, editable, may_edit, project_of
from people.models import AttributeDefinition, Project
from people.values import Type

PAGE = 50


@login_required
@require_http_methods(["GET", "POST"])
def attributes(request: Request, slug: str) -> HttpResponse:
    """Every custom attribute: its type, who has it, what it holds. POST defines another."""
    project = project_of(request, slug)
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        editable(request, slug)
        made = define(request, project)
        if isinstance(made, AttributeDefinition):
            messages.success(request, f"“{made}” is defined; clients may send it as {made.type}.")
            return redirect("attribute", slug, made.pk)
        problems = made
    archived = "archived" in request.GET
    found = project.attribute_definitions.filter(archived_at__isnull=not archived)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "project": project,
        "page": page,
        "archived": archived,
        "types": [each.value for each in Type],
        "problems": problems,
        "given": request.POST,
        "may_edit": may_edit(request, project),
    }
    try:
        known = held(project, list(page))
    except StoreError as error:
        known, context["error"] = {}, str(error)
    context["rows"] = [(each, known.get(each.name)) for each in page]
    status = 400 if problems else 200
    return render(request, "analytics/attributes.html", context, status=status)


def define(request: Request, project: Project) -> AttributeDefinition | dict[str, list[str]]:
    """A definition by hand; what comes in meanwhile has to wait. Problems at their fields."""
    given = {
        key: request.POST.get(key, "").replace("\0", "").strip()
        for key in ("name", "type", "description")
    }
    made = AttributeDefinition(project=project, **given)
    with transaction.atomic():
        project.lock(alone=True)
        try:
            made.full_clean()
        except ValidationError as error:
            return {
                key.replace("__all__", "name"): each for key, each in error.message_dict.items()
            }
        made.save()
    return made


@login_required
@require_http_methods(["GET", "POST"])
def attribute(request: Request, slug: str, pk: int) -> HttpResponse:
    """One attribute: its words, who has it, what uses it, whether it is offered."""
    project = project_of(request, slug)
    found = get_object_or_404(project.attribute_definitions.all(), pk=pk)
    uses = uses_of_name(found)
    asks = False
    if request.method == "POST":
        editable(request, slug)
        # Where it is used is shown before it goes.
        asks = request.POST.get("do") == "archive" and bool(uses) and "sure" not in request.POST
        if not asks:
            change(request, found)
            return redirect("attribute", slug, pk)
    context: dict[str, Any] = {
        "project": project,
        "attribute": found,
        "uses": uses,
        "asks": asks,
        "may_edit": may_edit(request, project),
    }
    try:
        context["held"] = held(project, [found])[found.name]
    except StoreError as error:
        context["error"] = str(error)
    return render(request, "analytics/attribute.html", context)


def change(request: Request, found: AttributeDefinition) -> None:
    match request.POST.get("do"):
        case "archive":
            found.is_archived = True
            messages.success(request, f"“{found}” is archived: it is no longer offered.")
        case "restore":
            found.is_archived = False
            messages.success(request, f"“{found}” is offered again.")
        case _:
            found.description = request.POST.get("description", "").replace("\0", "").strip()
            messages.success(request, "Saved.")
    found.save()
