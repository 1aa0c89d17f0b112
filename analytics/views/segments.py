"""Segments: saved from a card of a report for other reports, and deleted."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from analytics.forms import Builder
from analytics.models import Segment
from people.access import Request, editable


@login_required
@require_POST
def save(request: Request, slug: str, kind: str) -> HttpResponse:
    """Keep the condition of a card under its name; the report then names the segment."""
    project = editable(request, slug)
    form = Builder.of(project, kind, request.GET)
    cards = [each for each in form.segments if each.prefix == request.POST.get("card")]
    if not cards or not cards[0].is_new:
        raise BadRequest("There is no such segment in this report.")
    definition = cards[0].dump()
    segment = Segment(
        project=project,
        name=definition["name"],
        condition=definition["condition"],
        created_by=request.user,
    )
    try:
        segment.full_clean()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        segment.save()
        cards[0].choice = str(segment.pk)
        messages.success(request, f"“{segment}” is a segment now, for other reports, too.")
    return redirect(f"{reverse(kind, args=[slug])}?{form.address()}")


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Says where a segment is used and what will happen; POST deletes it."""
    project = editable(request, slug)
    segment = get_object_or_404(project.segments.all(), pk=pk)
    if request.method == "POST":
        segment.delete_for(request.user)
        messages.success(request, f"The segment “{segment}” is deleted.")
        return redirect("segments", slug)
    context = {"project": project, "segment": segment, "uses": segment.uses()}
    return render(request, "analytics/segment-delete.html", context)
