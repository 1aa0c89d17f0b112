"""Accounts, projects, who may see which, and the keys that may write."""

import secrets
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils import timezone
from django.utils.text import slugify

from people.models.used import Used
from people.origins import validate_origins
from people.values import WeekStart


class UserManager(BaseUserManager["User"]):
    """Accounts are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """Somebody who signs in."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    # Of a request by a token of one project: all that it may see.
    only_project: int | None = None


WEEK_STARTS = [(each.value, each.value.title()) for each in WeekStart]


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone; use a name like Europe/Zagreb.")


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> Self:
        return self.there().filter(**self.of(user))

    def editable_by(self, user: User) -> Self:
        return self.there().filter(**self.of(user), memberships__role__in=Membership.MAY_EDIT)

    def owned_by(self, user: User) -> Self:
        return self.there().filter(**self.of(user), memberships__role=Membership.Role.OWNER)

    @staticmethod
    def of(user: User) -> dict[str, Any]:
        """Whose membership, and by a token of one project that of this project alone. For one
        `filter` with the role: in two it could be another member's."""
        own = {} if user.only_project is None else {"pk": user.only_project}
        return {"memberships__user": user, **own}

    def there(self) -> Self:
        """Those that nobody has deleted."""
        return self.filter(deleted_at=None)

    def going(self) -> Self:
        """Those that were deleted and whose data is on its way out."""
        return self.exclude(deleted_at=None)


class Project(models.Model):
    """A data boundary: its own people, events, reports, keys, members and time zone."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    week_start = models.CharField(max_length=10, choices=WEEK_STARTS, default=WeekStart.MONDAY)
    # How many loads the store has taken; a cached answer is good while this stands still.
    loads_done = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # From then on it is nowhere to be seen, and a worker takes its data out.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug or free_slug(self.name)
        super().save(*args, **kwargs)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def lock(self, *, alone: bool) -> None:
        """Hold this project's ingestion lock until the transaction ends.

        Requests that only add events share it; one that makes or merges people or definitions
        holds it alone, so nothing it has read changes under it. SQLite has one writer anyway.
        """
        if connection.vendor == "postgresql":
            shared = "" if alone else "_shared"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_xact_lock{shared}(%s)", [self.pk])


def free_slug(name: str) -> str:
    """A slug for `name` that no project has yet: shop, shop-2, shop-3 …"""
    stem = slugify(name)[:50] or "project"
    taken = set(Project.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    candidates = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(slug for slug in candidates if slug not in taken)


class Membership(models.Model):
    """What a user may do in a project."""

    class Role(models.TextChoices):
        OWNER = "owner"
        EDITOR = "editor"
        VIEWER = "viewer"

    MAY_EDIT = (Role.OWNER, Role.EDITOR)

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When the last invitation went out; of somebody who had an account there is none.
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} · {self.project} · {self.role}"

    @property
    def is_invited(self) -> bool:
        """Whether the invitation still waits to be taken."""
        return not self.user.is_active and not self.user.has_usable_password()


def new_write_key() -> str:
    return secrets.token_urlsafe(24)


class WriteKeyQuerySet(models.QuerySet["WriteKey"]):
    def active(self) -> Self:
        return self.filter(revoked_at=None, project__deleted_at=None)


class WriteKey(Used, models.Model):
    """A key that may send data into one project and read nothing back. Shown in snippets."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="write_keys")
    key = models.CharField(max_length=64, unique=True, default=new_write_key)
    name = models.CharField(max_length=100, default="Default")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # To the minute: it is not written for each request.
    used_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The sites whose pages may send with it; of none, all may. What is no browser names no site.
    origins = models.JSONField(default=list, blank=True, validators=[validate_origins])

    objects = WriteKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} · {self.project}"

    def is_good_on(self, origin: str | None) -> bool:
        """Whether a page of a site may send with it; None is who names no site."""
        return origin is None or not self.origins or origin.lower() in self.origins

    def revoke(self) -> None:
        """From now on nothing comes in by it; doing so again changes nothing."""
        WriteKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())
