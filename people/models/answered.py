"""What was answered to calls of the API that may be sent again."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from people.models.accounts import User

KEEP = timedelta(days=1)
LONGEST_KEY = 255


class AnsweredQuerySet(models.QuerySet["Answered"]):
    def outdated(self) -> Self:
        return self.filter(created_at__lt=timezone.now() - KEEP)


class Answered(models.Model):
    """A call under a key of its sender's, and what became of it. Kept with what it did, in one
    transaction."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=LONGEST_KEY)
    # Of address and body: another call under the same key is a mistake.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    # Nothing where it is shown once.
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = AnsweredQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="answered_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.status}"
