"""Which project to look at, what arrives in it, and how to send something."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.access import Request, editable, may_edit, project_of
from people.ingest.messages import Id, Kind, Track
from people.ingest.record import record
from people.ingest.replay import replay
from people.models import Project, User
from people.models.freshness import freshness
from people.snippets import chosen, snippets


@login_required
@require_GET
def home(request: Request) -> HttpResponse:
    """The project, where there is one; else the choice, or how to make the first."""
    found = list(Project.objects.visible_to(request.user))
    if len(found) == 1:
        return redirect("project", found[0].slug)
    return render(request, "people/home.html", {"found": found})


@login_required
@require_GET
def fresh(request: Request, slug: str) -> HttpResponse:
    """The part of the top bar that says when data came last; by itself it leads to what comes."""
    project = project_of(request, slug)
    if not request.htmx:
        return redirect("live", slug)
    context = {"project": project, "fresh": freshness(project)}
    return render(request, "components/freshness.html", context)


@login_required
@require_POST
def try_again(request: Request, slug: str) -> HttpResponse:
    """Send what was refused once more, as if it had just been received."""
    kept, still = replay(editable(request, slug))
    messages.info(request, f"{kept:,} kept now, {still:,} still refused.")
    return redirect("live", slug)


@login_required
@require_http_methods(["GET", "POST"])
def send(request: Request, slug: str) -> HttpResponse:
    """How to send data, ready to be copied; POST sends a test event."""
    project = project_of(request, slug)
    if request.method == "POST":
        record(editable(request, slug), [sample(request.user)], source="test")
        messages.success(request, "“Test Event” of test-person arrived.")
        return redirect("live", slug)
    key = project.write_keys.active().first()
    offered = snippets(request, key)
    context = {
        "project": project,
        "snippets": offered,
        "snippet": chosen(offered, request.GET.get("from", "")),
        "write_key": key,
        "fresh": freshness(project),
        "may_edit": may_edit(request, project),
    }
    return render(request, "people/send.html", context)


def sample(sender: User) -> Track:
    ids = (Id("test-person", Kind.EXTERNAL),)
    uid = f"test-{uuid.uuid4()}"
    return Track(ids, "Test Event", timezone.now(), uid, {"sent_by": str(sender)})
