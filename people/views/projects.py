"""What its owners decide about a project; and a new one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from people import operations
from people.access import Request, is_owner, owned, project_of
from people.audit import Action, note
from people.forms import KeyForm, ProjectForm
from people.models import Membership
from people.models.sent import sent_by


@login_required
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """A new project; whoever makes it owns it."""
    form = ProjectForm(request.POST or None, initial={"timezone": "UTC"})
    if request.method == "POST" and form.is_valid():
        project = form.save()
        project.memberships.create(user=request.user, role=Membership.Role.OWNER)
        project.write_keys.create()
        note(project, request.user, Action.CHANGED, "Made the project", request.path)
        return redirect("project", project.slug)
    return render(request, "people/new.html", {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: Request, slug: str) -> HttpResponse:
    """What a project is called, and where its days and weeks begin."""
    project = owned(request, slug) if request.method == "POST" else project_of(request, slug)
    form = ProjectForm(request.POST or None, instance=project)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The settings are saved.")
        return redirect("settings", slug)
    # What was refused is no name of the project.
    project.refresh_from_db()
    context = {"project": project, "form": form, "is_owner": is_owner(request, project)}
    context["now"] = timezone.now()
    return render(request, "people/settings.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def keys(request: Request, slug: str) -> HttpResponse:
    """The write keys; a new one is shown once."""
    project = owned(request, slug)
    form = KeyForm(request.POST or None)
    context: dict[str, Any] = {"project": project, "form": form}
    if request.method == "POST" and form.is_valid():
        form.instance.project = project
        made = form.save()
        note(
            project, request.user, Action.CHANGED, f"Made the write key “{made.name}”", request.path
        )
        context["made"] = made
        context["form"] = KeyForm()
    listed = project.write_keys.order_by("revoked_at", "pk")
    sent = sent_by(listed, project)
    context["keys"] = [(each, sent[each.pk]) for each in listed]
    return render(request, "people/keys.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def key(request: Request, slug: str, pk: int) -> HttpResponse:
    """A write key: what it is for and which pages may send with it."""
    project = owned(request, slug)
    found = get_object_or_404(project.write_keys, pk=pk)
    form = KeyForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"The key “{found.name}” is saved.")
        return redirect("keys", slug)
    found.refresh_from_db()
    sent = sent_by([found], project)[found.pk]
    context = {"project": project, "key": found, "form": form, "sent": sent}
    return render(request, "people/key.html", context)


@login_required
@require_POST
def revoke(request: Request, slug: str, pk: int) -> HttpResponse:
    key = get_object_or_404(owned(request, slug).write_keys, pk=pk)
    key.revoke()
    messages.success(request, f"The key “{key.name}” is revoked: nothing comes in by it any more.")
    return redirect("keys", slug)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: Request, slug: str) -> HttpResponse:
    """Delete a project with all that it has, once its name has been typed."""
    project = owned(request, slug)
    if request.method == "POST":
        if request.POST.get("name", "").strip() == project.name:
            operations.delete_project(project)
            messages.success(request, f"“{project}” is deleted; its data goes now.")
            return redirect("home")
        messages.error(request, f"Nothing was deleted: type “{project}” to delete this project.")
    return render(request, "people/delete.html", {"project": project})
