"""The catalogue: which events, properties and custom attributes a project has, and their types."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from people.attributes import STANDARD
from people.models.accounts import Project
from people.values import Type

TYPES = [(each.value, each.value) for each in Type]
LONGEST_NAME = 200
# Beyond these, names most likely hold values: they are kept, but not listed as new definitions.
MOST_EVENTS = 2_000
MOST_PROPERTIES = 500
MOST_ATTRIBUTES = 1_000


class Archivable(models.Model):
    """What can be archived: it is not offered any more; what is known stays and keeps coming in."""

    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @is_archived.setter
    def is_archived(self, archived: bool) -> None:
        """Archived again it keeps the time at which it was first."""
        self.archived_at = (self.archived_at or timezone.now()) if archived else None


class EventDefinitionQuerySet(models.QuerySet["EventDefinition"]):
    def offered(self) -> Self:
        """What pickers show."""
        return self.filter(archived_at=None)


class EventDefinition(Archivable):
    """The entry of one event name; made by hand or on first sight."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="event_definitions")
    name = models.CharField(max_length=LONGEST_NAME)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Came in when the project had as many names as it may list.
    over_cap = models.BooleanField(default=False, editable=False)
    # How many of its properties were not defined because there were too many.
    uncatalogued = models.PositiveIntegerField(default=0, editable=False)

    objects = EventDefinitionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_event_definition")
        ]
        # Counted on every page: beyond the bound there can be any number of archived ones.
        indexes = [
            models.Index(
                fields=["project"], condition=models.Q(archived_at=None), name="offered_events"
            )
        ]

    def __str__(self) -> str:
        return self.title or self.name


class PropertyDefinition(models.Model):
    """A property of one event, with the type that decides its operators."""

    event = models.ForeignKey(EventDefinition, models.CASCADE, related_name="properties")
    name = models.CharField(max_length=LONGEST_NAME)
    type = models.CharField(max_length=10, choices=TYPES)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["event", "name"], name="one_property_definition")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def project(self) -> Project:
        return self.event.project


class AttributeDefinitionQuerySet(models.QuerySet["AttributeDefinition"]):
    def offered(self) -> Self:
        """What pickers show."""
        return self.filter(archived_at=None)


class AttributeDefinition(Archivable):
    """A custom attribute of people; its type never changes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="attribute_definitions")
    name = models.CharField(max_length=LONGEST_NAME)
    type = models.CharField(max_length=10, choices=TYPES)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttributeDefinitionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_attribute_definition")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse the name of a standard attribute, which would never be seen."""
        if self.name in STANDARD:
            text = "This is a standard attribute; it is there already."
            raise ValidationError({"name": text})
