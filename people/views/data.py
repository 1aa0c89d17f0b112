"""Which project to look at, what arrives in it, and how to send something."""

import uuid
from collections.abc import Mapping
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.access import Request, editable, may_edit, project_of
from people.ingest.messages import Id, Kind, Track
from people.ingest.record import record
from people.ingest.replay import replay
from people.models import Project, User
from people.snippets import SNIPPETS

RECENT = timedelta(hours=1)
SHOWN = 30


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
def live(request: Request, slug: str) -> HttpResponse:
    """What arrives now, request by request; what became of it by key; what was refused and why."""
    project = project_of(request, slug)
    batches = project.batches.select_related("write_key")
    keys = batches.filter(received_at__gt=timezone.now() - RECENT).values("write_key__name")
    refused = project.refused_messages.filter(replayed_at=None)
    context = {
        "project": project,
        "batches": batches.order_by("-received_at")[:SHOWN],
        "keys": keys.annotate(
            accepted=Sum("accepted"),
            duplicates=Sum("duplicates"),
            refused=Sum("refused"),
            warned=Sum("warned"),
        ).order_by("write_key__name"),
        "refused": refused.select_related("batch")[:SHOWN],
        "refused_count": refused.count(),
        "may_edit": may_edit(request, project),
    }
    part = bool(request.htmx)
    return render(request, "people/live.html" + ("#arrivals" if part else ""), context)


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
    parts = {
        "<KEY>": key.key if key else "WRITE_KEY",
        "<ORIGIN>": request.build_absolute_uri("/").rstrip("/"),
        "<HOST>": request.get_host(),
        "<SCHEME>": request.scheme or "",
    }
    snippets = [
        {"name": name, "hint": hint, "code": filled(code, parts).strip()}
        for name, hint, code in SNIPPETS
    ]
    context = {"project": project, "snippets": snippets, "write_key": key}
    context["may_edit"] = may_edit(request, project)
    return render(request, "people/send.html", context)


def sample(sender: User) -> Track:
    ids = (Id("test-person", Kind.EXTERNAL),)
    uid = f"test-{uuid.uuid4()}"
    return Track(ids, "Test Event", timezone.now(), uid, {"sent_by": str(sender)})


def filled(code: str, parts: Mapping[str, str]) -> str:
    """A snippet with the words of the project in their places."""
    for word, value in parts.items():
        code = code.replace(word, value)
    return code
