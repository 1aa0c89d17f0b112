"""Mails of an installation without a mail server: kept, to be read on a page."""

import uuid

from django.db import models
from django.utils import timezone

from people.models import Project


class KeptMail(models.Model):
    """A mail as it would have been sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Mails that belong to no project (an invitation, say) are for the admin alone.
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="kept_mails"
    )
    recipient = models.CharField(max_length=320)
    subject = models.CharField(max_length=1000)
    message = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.subject
