"""How numbers are counted, for people who read them."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from analytics.lessons import CHAPTERS
from people.access import Request


@login_required
@require_GET
def chapter(request: Request, chapter: str) -> HttpResponse:
    """One chapter: metrics, funnels, retention."""
    if chapter not in CHAPTERS:
        raise Http404("There is no such chapter.")
    return render(request, "analytics/lessons.html", {"chapter": CHAPTERS[chapter]})
