"""The second factor of accounts: who has one, who needs one, and who is told when it changes."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest

from people import letters
from people.audit import Action, note
from people.models import Membership, Project, User

CODES = Authenticator.Type.RECOVERY_CODES
KINDS = {Authenticator.Type.TOTP: "an authenticator app", Authenticator.Type.WEBAUTHN: "a passkey"}
# What was passed is as good as a second factor: one of ours, or what a provider asks for.
ENOUGH = {"mfa", "socialaccount"}


def is_missing(request: HttpRequest) -> bool:
    """Whether somebody has to add one before anything else."""
    user = request.user
    if not settings.TWO_FACTOR_REQUIRED or not isinstance(user, User):
        return False
    passed = {each.get("method") for each in get_authentication_records(request, user)}
    return not (passed & ENOUGH or is_mfa_enabled(user))


def marked(members: QuerySet[Membership]) -> QuerySet[Membership]:
    """With `has_two_factor` each."""
    own = Authenticator.objects.filter(user=OuterRef("user")).exclude(type=CODES)
    return members.annotate(has_two_factor=Exists(own))


def forget(user: User) -> bool:
    """Let somebody in by their password alone; False where they have no second factor."""
    count, _ = Authenticator.objects.filter(user=user).delete()
    return bool(count)


@receiver(authenticator_added)
def was_added(user: User, authenticator: Any, **_: Any) -> None:
    # Recovery codes come with whatever else is added.
    if authenticator.type in KINDS:
        tell(user, f"Added {KINDS[authenticator.type]} to their sign-in")


@receiver(authenticator_removed)
def was_removed(user: User, authenticator: Any, **_: Any) -> None:
    if authenticator.type in KINDS:
        tell(user, f"Removed {KINDS[authenticator.type]} from their sign-in")


@receiver(authenticator_reset)
def was_reset(user: User, **_: Any) -> None:
    tell(user, "Made new recovery codes for their sign-in")


def tell(user: User, words: str) -> None:
    """The projects' audit logs, and the account by mail."""
    for project in Project.objects.visible_to(user):
        note(project, user, Action.CHANGED, words)
    said = words[0].lower() + words[1:].replace("their", "your")
    letters.send(user.email, "Your sign-in to Moments was changed", "two-factor", words=said)
