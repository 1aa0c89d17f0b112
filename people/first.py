"""The first account of an installation: made on a page, by whoever has the address the host got.

On a public address a stranger could be first, so the page wants a token that only the host's own
commands print. It is derived from the secret of the installation: every process knows it, and
nothing has to be kept.
"""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from people.audit import Action, note
from people.locks import alone
from people.models import Membership, Project, User


class Late(ValueError):
    """Somebody has an account already."""


def is_open() -> bool:
    """Whether nobody has an account yet."""
    return not User.objects.exists()


def token() -> str:
    """32 hexadecimal digits, the same for all processes with one secret."""
    return salted_hmac("moments.set-up", "first account", algorithm="sha256").hexdigest()[:32]


def is_right(given: str) -> bool:
    return constant_time_compare(given, token())


def address(base: str = "") -> str:
    """Where the page is, with its token; `base` is the address of the pages, else BASE_URL is."""
    return f"{base or settings.BASE_URL}{reverse('set-up-by', args=[token()])}"


def set_up(name: str, email: str, password: str | None, project: Project) -> User:
    """Make the first account, which may everything, and its project; without a password where
    these let nobody in. Raises Late."""
    with alone("set-up"), transaction.atomic():
        if not is_open():
            raise Late
        user = User.objects.create_superuser(email, password, first_name=name)
        project.save()
        project.memberships.create(user=user, role=Membership.Role.OWNER)
        project.write_keys.create()
        note(project, user, Action.CHANGED, "Made the project")
    return user
