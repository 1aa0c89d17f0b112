"""Members of a project: invited by mail, with a role; a project always keeps an owner."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from people import letters
from people.models import Membership, Project, User

VALID = timedelta(days=7)
SALT = "invitation"
LAST_OWNER = "A project keeps an owner. Make somebody else an owner first."


class Refused(ValueError):
    """What cannot be done with a member, in words."""


@dataclass(frozen=True)
class Invitation:
    """What a link of an invitation stands for."""

    membership: Membership

    @property
    def token(self) -> str:
        return signing.dumps(self.membership.pk, salt=SALT)

    @classmethod
    def read(cls, token: str) -> "Invitation | None":
        """None where it is none, is too old, was taken, or was taken back."""
        try:
            pk = signing.loads(token, salt=SALT, max_age=VALID)
        except signing.BadSignature:
            return None
        found = Membership.objects.select_related("user", "project").filter(
            pk=pk, project__deleted_at=None
        )
        member = found.first()
        return cls(member) if member and member.is_invited else None

    def accept(self, password: str) -> User:
        """They have an account now, and are a member."""
        user = self.membership.user
        user.set_password(password)
        user.is_active = True
        user.save(update_fields=["password", "is_active"])
        return user


def invite(project: Project, email: str, role: str) -> Membership:
    """Make somebody a member. Who has no account is invited by mail, and gets in with a password of
    their own. Raises Refused where they are one already."""
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email).first()
        user = user or User.objects.create_user(email, is_active=False)
        member, is_new = project.memberships.get_or_create(user=user, defaults={"role": role})
    if not is_new:
        raise Refused(f"{user.email} is a member already.")
    if member.is_invited:
        send(member)
    return member


def send(member: Membership) -> bool:
    """Send the invitation, again too; False where the mail server would not take it."""
    address = reverse("join", args=[Invitation(member).token])
    went = letters.send(
        member.user.email,
        f"Join {member.project} on Moments",
        "invitation",
        project=member.project,
        role=member.role,
        link=f"{settings.BASE_URL}{address}",
        days=VALID.days,
        by_password=settings.PASSWORD_SIGN_IN,
    )
    if went:
        Membership.objects.filter(pk=member.pk).update(invited_at=timezone.now())
    return went


@transaction.atomic
def change_role(member: Membership, role: str) -> None:
    """Raises Refused where nobody would own the project any more."""
    keep_an_owner(member, role)
    member.role = role
    member.save(update_fields=["role"])


@transaction.atomic
def remove(member: Membership) -> None:
    """They lose the project at once; of who never came nothing stays. Raises Refused."""
    keep_an_owner(member, None)
    user, never_came = member.user, member.is_invited
    member.delete()
    if never_came and not user.memberships.exists():
        user.delete()


def keep_an_owner(member: Membership, role: str | None) -> None:
    owner = Membership.Role.OWNER
    owners = Membership.objects.select_for_update().filter(project=member.project, role=owner)
    others = owners.exclude(pk=member.pk).filter(user__is_active=True)
    if member.role == owner and role != owner and not others.exists():
        raise Refused(LAST_OWNER)
