"""What becomes of a saved segment."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from people.access import Request, editable


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: Request, slug: str, pk: str) -> HttpResponse:
    """Says where a segment is used and asks; POST deletes it."""
    project = editable(request, slug)
    segment = get_object_or_404(project.segments.all(), pk=pk)
    if request.method == "POST":
        segment.delete()
        messages.success(request, f"The segment “{segment}” is deleted.")
        return redirect("people", slug)
    context = {"project": project, "segment": segment, "reports": segment.used_by()}
    return render(request, "analytics/segment-delete.html", context)
