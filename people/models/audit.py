"""Who did what in a project: rows that are only ever added."""

from typing import Any, NoReturn, Self

from django.db import models
from django.utils import timezone

from people.models.accounts import Project, User


class NeverChanged(TypeError):
    """What was written down stays as it is."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **_: Any) -> NoReturn:
        raise NeverChanged

    def delete(self) -> NoReturn:
        raise NeverChanged

    def by(self, text: str) -> Self:
        """Those of whoever has this in their address."""
        return self.filter(email__icontains=text.replace("\0", ""))


class AuditEntry(models.Model):
    """One thing that somebody did in a project. It goes with the project alone."""

    class Action(models.TextChoices):
        CHANGED = "changed"
        SHARED = "shared"
        EXPORTED = "exported"
        ERASED = "erased"
        SIGNED_IN = "signed in"

    project = models.ForeignKey(Project, models.CASCADE, related_name="audit")
    at = models.DateTimeField(default=timezone.now)
    # Their address stays when they go.
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    email = models.CharField(max_length=254)
    action = models.CharField(max_length=10, choices=Action)
    words = models.CharField(max_length=200)
    # Where it was done, as an address of this product.
    place = models.CharField(max_length=300, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["project", "-at"], name="audit_of_project")]

    def __str__(self) -> str:
        return f"{self.email}: {self.words}"

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise NeverChanged
        super().save(*args, **options)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise NeverChanged
