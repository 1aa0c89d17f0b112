"""To whom mails go: members of the project, and addresses outside that said yes once."""

import secrets
import uuid
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from analytics.definitions.parts import Invalid
from people.models import Membership, Project, User

MOST_RECIPIENTS = 100
LONGEST_ADDRESS = 254


class Standing(Enum):
    """What an address is to a project: a member reads it, others get what they agreed to."""

    MEMBER = "member"
    CONFIRMED = "confirmed"
    ASKED = "asked"
    UNKNOWN = "unknown"

    @property
    def may_receive(self) -> bool:
        return self in (Standing.MEMBER, Standing.CONFIRMED)


def new_token() -> str:
    """128 bits and more: nobody guesses the link that stops somebody's mails."""
    return secrets.token_urlsafe(24)


class Address(models.Model):
    """An address outside the project, asked once whether it wants the project's mails."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="outside_addresses")
    email = models.EmailField()
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["project", "email"], name="address_asked_once")
        ]

    def __str__(self) -> str:
        return self.email

    def confirm(self) -> None:
        """They want the mails; saying so again changes nothing."""
        Address.objects.filter(pk=self.pk, confirmed_at=None).update(confirmed_at=timezone.now())


def standings(project: Project, emails: Iterable[str]) -> dict[str, Standing]:
    """What each address is to the project now."""
    wanted = set(emails)
    own = Membership.objects.filter(project=project, user__is_active=True)
    members = set(own.values_list(Lower("user__email"), flat=True))
    outside = dict(
        Address.objects.filter(project=project, email__in=wanted).values_list(
            "email", "confirmed_at"
        )
    )

    def standing(email: str) -> Standing:
        if email in members:
            return Standing.MEMBER
        if email not in outside:
            return Standing.UNKNOWN
        return Standing.CONFIRMED if outside[email] else Standing.ASKED

    return {email: standing(email) for email in wanted}


def addresses(given: object) -> list[str]:
    """Addresses as they are kept, each once. Raises Invalid with each problem at its place."""
    if not isinstance(given, list):
        raise Invalid({"recipients": ["Give a list of addresses."]})
    if not 0 < len(given) <= MOST_RECIPIENTS:
        raise Invalid({"recipients": [f"Give 1 to {MOST_RECIPIENTS} addresses."]})
    problems: dict[str, list[str]] = {}
    for n, each in enumerate(given):
        if problem := unfit(each):
            problems[f"recipients.{n}"] = [problem]
    if problems:
        raise Invalid(problems)
    return list(dict.fromkeys(kept(each) for each in given))


def kept(given: str) -> str:
    """In small letters; the name of a host as the wire has it (bücher.de → xn--bcher-kva.de)."""
    name, _, host = given.strip().lower().rpartition("@")
    return f"{name}@{host.encode('idna').decode()}"


def unfit(given: object) -> str:
    """Why something is no address; "" if it is one."""
    if not isinstance(given, str):
        return "This is no e-mail address."
    try:
        validate_email(given.strip())
        return "" if len(kept(given)) <= LONGEST_ADDRESS else "This address is too long."
    except (ValidationError, UnicodeError):
        return f"“{' '.join(given.split())[:80]}” is no e-mail address."


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def active(self) -> Self:
        """Those who did not stop the mails."""
        return self.filter(stopped_at=None)


class Recipient(models.Model):
    """One address of one subscription or alert, and the token that stops it without signing in."""

    subscription = models.ForeignKey(
        "analytics.Subscription", models.CASCADE, null=True, blank=True, related_name="recipients"
    )
    alert = models.ForeignKey(
        "analytics.Alert", models.CASCADE, null=True, blank=True, related_name="recipients"
    )
    email = models.EmailField()
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "email"], name="recipient_of_subscription"
            ),
            models.UniqueConstraint(fields=["alert", "email"], name="recipient_of_alert"),
            models.CheckConstraint(
                condition=models.Q(subscription=None) ^ models.Q(alert=None),
                name="recipient_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def owner(self) -> Any:
        """The subscription or alert that it gets."""
        return self.subscription or self.alert

    @property
    def project(self) -> Project:
        project: Project = self.owner.project
        return project

    def stop(self) -> None:
        """No more mails of this kind to this address; others keep theirs."""
        self.stopped_at = self.stopped_at or timezone.now()
        self.save(update_fields=["stopped_at"])

    def start_again(self) -> None:
        self.stopped_at = None
        self.save(update_fields=["stopped_at"])


def replace(owner: Mapping[str, Any], emails: list[str]) -> None:
    """Let the recipients of `{"subscription": …}` or `{"alert": …}` be these.

    Who stopped the mails stays stopped, whoever names them again: only they can want them anew.
    Raises Invalid that names them.
    """
    present = {each.email: each for each in Recipient.objects.filter(**owner)}
    stopped = [email for email in emails if email in present and present[email].stopped_at]
    if stopped:
        text = "{} stopped these mails; only they can start them again, by the link in any of them."
        places = {f"recipients.{emails.index(each)}": [text.format(each)] for each in stopped}
        raise Invalid(places)
    gone = [each.pk for email, each in present.items() if email not in emails]
    Recipient.objects.active().filter(pk__in=gone).delete()
    fresh = [Recipient(**owner, email=email) for email in emails if email not in present]
    Recipient.objects.bulk_create(fresh)
