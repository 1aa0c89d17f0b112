"""The audit log of a project: the one way into it, and signing in, which belongs to no project."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from people.models import AuditEntry, Project, User

Action = AuditEntry.Action
LONGEST_WORDS, LONGEST_PLACE = 200, 300


def note(project: Project, user: User, action: Action, words: str, place: str = "") -> None:
    """Write down what somebody did. What is erased is not named: the log would keep it."""
    AuditEntry.objects.create(
        project=project,
        user=user,
        email=user.email,
        action=action,
        words=words[:LONGEST_WORDS],
        place=place[:LONGEST_PLACE],
    )


@receiver(user_logged_in)
def note_sign_in(user: User, **_: Any) -> None:
    """However somebody signs in, each of their projects says so."""
    for project in Project.objects.visible_to(user):
        note(project, user, Action.SIGNED_IN, "Signed in")
