"""Another e-mail address for an account: it counts once the link that was mailed there is followed.

Whether somebody else has the address is told to nobody but them.
"""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from people import letters
from people.audit import Action, note
from people.models import Project, User

VALID = timedelta(hours=24)
SALT = "new address"


@dataclass(frozen=True)
class Change:
    """What a link stands for: whose address becomes which."""

    user: User
    email: str

    @property
    def token(self) -> str:
        return signing.dumps([self.user.pk, self.email, stamp(self.user)], salt=SALT)

    @classmethod
    def read(cls, token: str) -> "Change | None":
        """None where it is none, is too old or was used, where the password was changed since, or
        where somebody else has the address by now."""
        try:
            pk, email, stamped = signing.loads(token, salt=SALT, max_age=VALID)
        except signing.BadSignature:
            return None
        user = User.objects.filter(pk=pk, is_active=True).first()
        if user is None or not constant_time_compare(stamped, stamp(user)):
            return None
        change = cls(user, email)
        return None if change.is_taken else change

    @property
    def is_taken(self) -> bool:
        return User.objects.exclude(pk=self.user.pk).filter(email__iexact=self.email).exists()

    def ask(self) -> bool:
        """Mail the link, or tell whoever has the address; False where no mail went."""
        if self.is_taken:
            return letters.send(self.email, "Your address on Moments", "address-taken")
        link = f"{settings.BASE_URL}{reverse('address-confirm', args=[self.token])}"
        hours = int(VALID.total_seconds() // 3600)
        subject = "Your new address on Moments"
        return letters.send(self.email, subject, "address", link=link, hours=hours)

    def do(self) -> bool:
        """The account has the address, and the old one is told; False if somebody was faster."""
        old = self.user.email
        try:
            with transaction.atomic():
                self.user.email = self.email
                self.user.save(update_fields=["email"])
                # What a provider of sign-ins said of the old one.
                EmailAddress.objects.filter(user=self.user).delete()
                for project in Project.objects.visible_to(self.user):
                    note(project, self.user, Action.CHANGED, f"Changed their address from {old}")
        except IntegrityError:
            return False
        subject = "Your address on Moments was changed"
        letters.send(old, subject, "address-changed", email=self.email)
        return True


def stamp(user: User) -> str:
    """Another one after each change of the address or of the password."""
    return salted_hmac(SALT, f"{user.email} {user.password}", algorithm="sha256").hexdigest()[:32]
