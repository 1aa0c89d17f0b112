"""What is known of an API token beside the hash of it."""

from django.db import models
from knox.models import AuthToken

from people.models.accounts import Project
from people.models.used import Used


class TokenNote(Used, models.Model):
    """The name of a token, what it may, and when it was last used, to the minute. A token without
    one is from before there were any, or was made by a command: it may do what its owner may."""

    token = models.OneToOneField(AuthToken, models.CASCADE, primary_key=True, related_name="note")
    name = models.CharField(max_length=100)
    read_only = models.BooleanField(default=False)
    # Without one it sees all projects of its owner, also those that come.
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
