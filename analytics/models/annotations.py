"""A mark with words on a day, shown on every line chart of the project."""

import uuid
from datetime import date

from django.db import models

from people.models import Project, User


class Annotation(models.Model):
    """What happened on a day: a release, a campaign, an outage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="annotations")
    day = models.DateField()
    text = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["day", "created_at"]

    def __str__(self) -> str:
        return f"{self.day}: {self.text}"


def annotations_in(project: Project, start: date, end: date) -> list[tuple[date, str]]:
    """The marks of a period, both days included: what a chart draws."""
    found = Annotation.objects.filter(project=project, day__range=(start, end))
    return list(found.values_list("day", "text"))
