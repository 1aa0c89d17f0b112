"""Links to one report or dashboard, for people without an account."""

import secrets
import uuid
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from analytics.models.dashboards import Dashboard
from analytics.models.saved import Report
from people.models import Project, User

MOST_SHARES = 200
LARGEST_GROUP = 10_000
SALT = "share"
# So long nobody is asked for the password again.
UNLOCKED = timedelta(hours=12)


def hash_of(token: str) -> str:
    """What is kept of a token. It is random, so no hash of passwords is needed."""
    return sha256(token.encode()).hexdigest()


class ShareQuerySet(models.QuerySet["Share"]):
    def kept(self) -> Self:
        """Those that nobody revoked, expired or not."""
        return self.filter(revoked_at=None)

    def of(self, what: Report | Dashboard) -> Self:
        return self.filter(report=what) if isinstance(what, Report) else self.filter(dashboard=what)

    def opened_by(self, token: str) -> "Share | None":
        """The share of a token. None where there is none, and of what is expired, revoked, deleted
        or in the trash: nobody learns which."""
        current = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        there = self.kept().filter(current, project__deleted_at=None, report__trashed_at=None)
        found = there.select_related("project", "report", "dashboard__project")
        return found.filter(token_hash=hash_of(token)).first()


class Share(models.Model):
    """A link to one report or dashboard, until it expires or is revoked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="shares")
    report = models.ForeignKey(Report, models.CASCADE, null=True, blank=True, related_name="shares")
    dashboard = models.ForeignKey(
        Dashboard, models.CASCADE, null=True, blank=True, related_name="shares"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # Hashed; "" for none.
    password = models.CharField(max_length=128, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    # Numbers of fewer people are hidden; 0 hides none.
    minimum_group = models.PositiveSmallIntegerField(default=0)
    # The pages that may show it in a frame, as `https://example.com`.
    origins = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened = models.PositiveIntegerField(default=0, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(report__isnull=True) ^ Q(dashboard__isnull=True),
                name="shares_report_or_dashboard",
            )
        ]

    def __str__(self) -> str:
        return str(self.what)

    @property
    def what(self) -> Report | Dashboard:
        found = self.report or self.dashboard
        if found is None:
            raise ValueError("A share is of something.")
        return found

    @classmethod
    def make(cls, *, password: str = "", **given: Any) -> tuple["Share", str]:
        """A new share, and its token, which is kept nowhere."""
        token = secrets.token_urlsafe(24)
        hashed = make_password(password) if password else ""
        return cls.objects.create(token_hash=hash_of(token), password=hashed, **given), token

    def revoke(self) -> None:
        """From now on it leads nowhere; doing so again changes nothing."""
        Share.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())

    def count(self) -> None:
        """Somebody opened it."""
        now = timezone.now()
        Share.objects.filter(pk=self.pk).update(opened=F("opened") + 1, opened_at=now)

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def unlocking(self) -> str:
        """What shows for a while that somebody knew the password; another one ends it."""
        return signing.dumps([str(self.pk), self.password], salt=SALT)

    def is_unlocked_by(self, given: str) -> bool:
        try:
            known: Any = signing.loads(given, salt=SALT, max_age=UNLOCKED)
        except signing.BadSignature:
            return False
        return bool(known == [str(self.pk), self.password])

    def takes(self, password: str) -> bool:
        return check_password(password, self.password)


def link_of(token: str, name: str = "shared") -> str:
    """Where a share is read, from anywhere."""
    return f"{settings.BASE_URL}{reverse(name, args=[token])}"


def expiry_problem(at: datetime | None) -> str:
    """Why a share cannot end then; "" where it can."""
    return "This is over already." if at is not None and at <= timezone.now() else ""
