"""Segments and reports under a name."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver

from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Kind, dump, events_named, parse, parse_condition
from analytics.models.scopes import catalogue_of
from people import operations
from people.models import PersonList, Project, User


class Segment(models.Model):
    """People under a name: a condition, evaluated when a report is computed, or a fixed list."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="segments")
    name = models.CharField(max_length=100)
    condition = models.JSONField(null=True, blank=True)
    people = models.OneToOneField(
        PersonList, models.CASCADE, null=True, blank=True, editable=False, related_name="segment"
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_segment_name"),
            models.CheckConstraint(
                condition=models.Q(people__isnull=True) ^ models.Q(condition__isnull=True),
                name="condition_or_list",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def used_by(self) -> list["Report"]:
        """The saved reports that name this segment."""
        return [
            report
            for report in self.project.reports.all()
            if any(each.get("segment") == str(self.pk) for each in report.definition["segments"])
        ]

    @property
    def is_fixed(self) -> bool:
        """Whether it is a list of people, chosen once."""
        return self.people_id is not None

    def clean(self) -> None:
        """Refuse a condition that could not be evaluated, with every reason."""
        if self.is_fixed:
            return
        try:
            catalogue = catalogue_of(self.project, events_named(self.condition))
            parse_condition(self.condition, catalogue)
        except Invalid as error:
            raise ValidationError({"condition": sentences_of(error)}) from error


@receiver(post_delete, sender=Segment)
def forget_its_list(instance: Segment, **_: object) -> None:
    """A fixed list goes with its segment, however that is deleted."""
    for listed in PersonList.objects.filter(pk__in=[instance.people_id or 0]):
        operations.forget_list(listed)


class Report(models.Model):
    """A saved definition with a name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="reports")
    name = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=20, choices=[(each.value, each.label) for each in Kind], editable=False
    )
    definition = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-modified_at"]

    def __str__(self) -> str:
        return self.name

    def duplicate(self, user: User) -> "Report":
        """The same question under a name of its own."""
        return Report.objects.create(
            project=self.project,
            name=f"Copy of {self.name}"[:200],
            kind=self.kind,
            definition=self.definition,
            created_by=user,
        )

    def clean(self) -> None:
        """Refuse a definition that could not be asked, with every reason."""
        try:
            catalogue = catalogue_of(self.project, events_named(self.definition))
            definition = parse(self.definition, catalogue)
        except Invalid as error:
            raise ValidationError({"definition": sentences_of(error)}) from error
        self.kind, self.definition = definition.kind, dump(definition)


def sentences_of(error: Invalid) -> list[str]:
    return [f"{path}: {text}" for path, texts in error.problems.items() for text in texts]
