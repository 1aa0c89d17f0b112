"""The page that a new installation begins with."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from people import first
from people.forms import SetUpForm


@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, token: str = "") -> HttpResponse:
    """An account and its project, once; without the token, where to find it."""
    if not first.is_open():
        return redirect("home")
    if not first.is_right(token):
        context = {"is_wrong": bool(token)}
        return render(request, "people/set-up-where.html", context, status=404 if token else 200)
    form = SetUpForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "people/set-up.html", {"form": form})
    given = form.cleaned_data
    project = form.save(commit=False)
    try:
        user = first.set_up(given["person"], given["email"], given.get("password"), project)
    except first.Late:
        messages.error(request, "Somebody else made the first account meanwhile. Sign in.")
        return redirect("sign-in")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("project", project.slug)
