"""Mails as they were sent, as they would be sent, and those that were kept."""

import base64
from collections.abc import Callable, Mapping
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
from django.views.decorators.http import require_GET

from analytics.mails import drafts
from analytics.models import KeptMail, Mailing, Run
from analytics.models.subscriptions import source_of
from analytics.presentation.kinds import headlines
from analytics.presentation.mail import PICTURE, Content, letter
from analytics.views.reports import shown
from people.access import Request, project_of

View = TypeVar("View", bound=Callable[..., Any])
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
        told = {"figures": headlines(kept.answer, kept.asked) if kept.answer else []}
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
    found = get_object_or_404(project.subscriptions.exclude(report=None, dashboard=None), pk=pk)
    return as_mail(request, drafts.draft(project, found.source, found))


@login_required
@require_GET
@as_a_mail
def draft(request: Request, slug: str) -> HttpResponse:
    """The mail of what is chosen in the form, before it is saved, as it would go out now."""
    project = project_of(request, slug)
    return as_mail(
        request, drafts.draft(project, source_of(project, request.GET.get("report", "")))
    )


def as_mail(request: Request, found: Content | drafts.NotNow) -> HttpResponse:
    if isinstance(found, drafts.NotNow):
        return HttpResponse(found.why, status=503, content_type="text/plain; charset=utf-8")
    written = letter(found, request.user.email, "")
    pictures = {each.picture_name: each.picture for each in written.sections}
    return HttpResponse(with_pictures(written.html, pictures | {PICTURE: written.picture}))


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
    pictures = {
        str(each["Content-ID"]).strip("<>"): bytes(each.get_content())
        for each in message.walk()
        if each.get_content_type() == "image/png"
    }
    return HttpResponse(with_pictures(body(message, "html"), pictures))


def parsed(found: KeptMail) -> EmailMessage:
    return message_from_bytes(bytes(found.message), policy=modern)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def with_pictures(html: str, pictures: Mapping[str, bytes]) -> str:
    """The HTML of a mail with its pictures in it, for a browser, which knows no parts of a mail."""
    for name, png in pictures.items():
        data = base64.b64encode(png).decode()
        html = html.replace(f'"cid:{name}"', f'"data:image/png;base64,{data}"')
    return html
