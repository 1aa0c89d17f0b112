"""Who is in a project: the page of its members, and the door for who was invited."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from people import members as rules
from people import signing_in, two_factor
from people.access import Request, is_owner, owned, project_of
from people.forms import InviteForm, PasswordForm
from people.models import Membership, Project


@login_required
@require_http_methods(["GET", "POST"])
def members(request: Request, slug: str) -> HttpResponse:
    """Everybody in the project; owners invite more."""
    project = owned(request, slug) if request.method == "POST" else project_of(request, slug)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member = rules.invite(project, form.cleaned_data["email"], form.cleaned_data["role"])
        except rules.Refused as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, told(member))
            return redirect("members", slug)
    context = {
        "project": project,
        "form": form,
        "members": two_factor.marked(project.memberships.select_related("user")).order_by(
            "user__email"
        ),
        "shows_two_factor": settings.TWO_FACTOR and is_owner(request, project),
        "roles": Membership.Role,
        "is_owner": is_owner(request, project),
    }
    return render(request, "people/members.html", context)


def told(member: Membership) -> str:
    member.refresh_from_db()
    if not member.is_invited:
        return f"{member.user.email} is a member now."
    if member.invited_at:
        return f"{member.user.email} is invited; the mail is on its way."
    return f"{member.user.email} is invited, but the mail could not be sent. Send it again later."


@login_required
@require_POST
def change(request: Request, slug: str, pk: int) -> HttpResponse:
    """Another role for a member."""
    project = owned(request, slug)
    member = one(project, pk)
    role = request.POST.get("role", "")
    try:
        if role in Membership.Role.values:
            rules.change_role(member, role)
            messages.success(request, f"{member.user.email} is {role} now.")
    except rules.Refused as error:
        messages.error(request, str(error))
    return redirect("members", slug)


@login_required
@require_POST
def again(request: Request, slug: str, pk: int) -> HttpResponse:
    """The invitation once more."""
    member = one(owned(request, slug), pk)
    if member.is_invited and rules.send(member):
        messages.success(request, f"The invitation to {member.user.email} is on its way again.")
    else:
        messages.error(request, "The mail server did not take it. Try again later.")
    return redirect("members", slug)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take somebody out of the project; asks first."""
    member = one(owned(request, slug), pk)
    return parted(request, member, f"{member.user.email} is no member any more.")


@login_required
@require_http_methods(["GET", "POST"])
def leave(request: Request, slug: str) -> HttpResponse:
    """Leave a project; asks first."""
    member = project_of(request, slug).memberships.get(user=request.user)
    return parted(request, member, f"You left “{member.project}”.")


def parted(request: Request, member: Membership, done: str) -> HttpResponse:
    """The question, and what follows from it."""
    project, is_me = member.project, member.user == request.user
    if request.method != "POST":
        context = {"project": project, "member": member, "is_me": is_me}
        return render(request, "people/member-remove.html", context)
    try:
        rules.remove(member)
    except rules.Refused as error:
        messages.error(request, str(error))
        return redirect("members", project.slug)
    messages.success(request, done)
    return redirect("home") if is_me else redirect("members", project.slug)


def one(project: Project, pk: int) -> Membership:
    return get_object_or_404(project.memberships.select_related("user"), pk=pk)


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation leads: a password, and one is in."""
    invitation = rules.Invitation.read(token)
    if invitation is None:
        return render(request, "people/join-gone.html", status=404)
    user = invitation.membership.user
    if not settings.PASSWORD_SIGN_IN:
        context = {"asking": invitation.membership.project, "email": user.email}
        return render(request, "people/join.html", context | {"providers": signing_in.providers()})
    form = PasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        invitation.accept(form.cleaned_data["password"])
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("project", invitation.membership.project.slug)
    context = {"form": form, "email": user.email, "asking": invitation.membership.project}
    return render(request, "people/join.html", context)
