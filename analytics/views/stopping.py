"""Pages behind the links in mails, without signing in: to stop them, and to say yes once.

Only a POST changes anything: programs that look into mails follow links.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from analytics.models import Address, Recipient


# Mail programs send the one click of RFC 8058 by themselves; the token is what may do it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Take one address off one mail, or put it back."""
    recipient = get_object_or_404(
        Recipient.objects.select_related("subscription", "alert"), token=token
    )
    if request.method == "POST":
        if "start" in request.POST:
            recipient.start_again()
        else:
            recipient.stop()
    # Answered at once: RFC 8058 wants no redirect.
    return private(render(request, "analytics/mails/stop.html", {"recipient": recipient}))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """An address outside says that it wants the project's mails."""
    address = get_object_or_404(Address.objects.select_related("project"), token=token)
    if request.method == "POST":
        address.confirm()
        address.refresh_from_db()
    return private(render(request, "analytics/mails/confirm.html", {"address": address}))


def private(response: HttpResponse) -> HttpResponse:
    """The address of the page is the secret: it goes nowhere else."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response
