"""Mails as they were sent, as they would be sent, and those that were kept."""

import base64
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any, TypeVar

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from analytics.definitions.parts import Invalid
from analytics.mails import letters
from analytics.models import KeptMail, Mailing, Run, Subscription, ask
from analytics.presentation.mail import PICTURE, figures, letter, picture_of
from analytics.presentation.marked import lines_of, setting_of
from analytics.views.reports import shown
from people.access import Request, project_of

View = TypeVar("View", bound=Callable[..., Any])
# So long a preview waits for its numbers.
PATIENCE = 20.0
# Mails style themselves inline and show one picture; they run nothing and load nothing.
as_a_mail: Callable[[View], View] = csp_replace(  # type: ignore[assignment]
    {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "img-src": ["data:"], "sandbox": [
        "allow-popups", "allow-top-navigation-by-user-activation"]}
)  # fmt: skip


@login_required
@require_GET
def sent(request: Request, slug: str, pk: str) -> HttpResponse:
    """The numbers of a mail as they were when it was made, whatever arrived since."""
    project = project_of(request, slug)
    mailing = get_object_or_404(project.mailings.filter(kind=Mailing.Kind.REPORT), pk=pk)
    if mailing.is_of_dashboard:
        return sent_dashboard(request, mailing)
    kept = Run(
        project=project, definition=mailing.definition, state=Run.State.DONE,
        result=mailing.result, error=mailing.error,
    )  # fmt: skip
    context = {"project": project, "mailing": mailing, **shown(kept, request.GET.get("sort", ""))}
    # Sorted, they are still the numbers of the mail.
    context["here"] = f"{request.path}?sent"
    template = "analytics/mails/sent.html" + ("#report" if request.htmx else "")
    return render(request, template, context)


def sent_dashboard(request: Request, mailing: Mailing) -> HttpResponse:
    """All tiles of a mail, each with the numbers that it told of."""
    project, tiles = mailing.project, []
    for part in mailing.parts.all():
        kept = Run(
            project=project, definition=part.definition, state=Run.State.DONE,
            result=part.result, error=part.error, load=part.load,
        )  # fmt: skip
        told = {"figures": figures(kept.answer, kept.asked) if kept.answer else []}
        context = {"project": project, "key": f"part-{part.position}-", **told, **shown(kept)}
        html = "" if part.text else render_to_string("components/tile.html", context, request)
        tiles.append((part, html))
    context = {"project": project, "mailing": mailing, "tiles": tiles}
    return render(request, "analytics/mails/sent-dashboard.html", context)


@login_required
@require_GET
@as_a_mail
def preview(request: Request, slug: str, pk: str) -> HttpResponse:
    """The mail as it would go out now."""
    project = project_of(request, slug)
    found = get_object_or_404(project.subscriptions.exclude(report=None), pk=pk)
    draft, why = drafted(found)
    if draft is None:
        return HttpResponse(why, status=503, content_type="text/plain; charset=utf-8")
    written = letter(letters.content(draft, for_members=True), request.user.email, "")
    return HttpResponse(with_picture(written.html, written.picture))


def drafted(found: Subscription) -> tuple[Mailing | None, str]:
    """A mailing that is never saved, with the numbers of now; else why there is none."""
    asked = found.report.definition if found.report else {}
    try:
        run = ask(found.project, asked, wait=PATIENCE)
    except Invalid as error:
        return None, f"The report can no longer be computed: {error.problems}"
    if run.answer is None:
        return None, run.error or "The report is still being computed. Load this page again."
    lines = lines_of(found.report, asked)
    draft = Mailing(
        project=found.project, subscription=found, kind=Mailing.Kind.REPORT, slot=timezone.now(),
        title=found.title, definition=asked, result=run.result,
        picture=picture_of(run.answer, run.asked, setting_of(found.project, run.answer, lines)),
    )  # fmt: skip
    return draft, ""


@login_required
@require_GET
def outbox(request: Request, slug: str) -> HttpResponse:
    """Mails that were kept because there is no mail server, newest first."""
    project = project_of(request, slug)
    kept = project.kept_mails.defer("message")[:100]
    return render(request, "analytics/mails/outbox.html", {"project": project, "kept": kept})


@login_required
@require_GET
@as_a_mail
def kept(request: Request, slug: str, pk: str) -> HttpResponse:
    """One kept mail; `?part=text` its plain text, `?part=source` all of it."""
    project = project_of(request, slug)
    found = get_object_or_404(project.kept_mails.all(), pk=pk)
    part = request.GET.get("part", "html")
    if part == "source":
        return HttpResponse(bytes(found.message), content_type="text/plain; charset=utf-8")
    message = parsed(found)
    if part == "text":
        return HttpResponse(body(message, "plain"), content_type="text/plain; charset=utf-8")
    pictures = [each for each in message.walk() if each.get_content_type() == "image/png"]
    png = bytes(pictures[0].get_content()) if pictures else b""
    return HttpResponse(with_picture(body(message, "html"), png))


def parsed(found: KeptMail) -> EmailMessage:
    return message_from_bytes(bytes(found.message), policy=modern)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def with_picture(html: str, png: bytes) -> str:
    """The HTML of a mail with its picture in it, for a browser, which knows no parts of a mail."""
    data = base64.b64encode(png).decode()
    return html.replace(f"cid:{PICTURE}", f"data:image/png;base64,{data}")
