"""Segments and reports under a name."""

import json
import uuid
from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Cast
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from analytics.definitions.kinds import Kind
from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse, parse_condition
from analytics.models.edited import Edited
from analytics.models.scopes import catalogue_of
from analytics.models.uses import Uses, uses_of, uses_of_segments
from analytics.models.versions import Version
from people import operations
from people.models import PersonList, Project, User
from people.values import UNKEEPABLE

MOST_SEGMENTS_SAID = 20


class Segment(Edited):
    """People under a name: a condition, evaluated when a report is computed, or a fixed list."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="segments")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True, max_length=1000)
    condition = models.JSONField(null=True, blank=True)
    people = models.OneToOneField(
        PersonList, models.CASCADE, null=True, blank=True, editable=False, related_name="segment"
    )

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

    @staticmethod
    def name_problems(project: Project, name: str) -> dict[str, list[str]]:
        """Why a new segment cannot have this name; nothing where it can."""
        if not name.strip() or len(name) > 100 or UNKEEPABLE.search(name):
            return {"name": ["Give the segment a name of 1 to 100 characters."]}
        if project.segments.filter(name=name).exists():
            return {"name": ["There is a segment of this name."]}
        return {}

    def used_by(self) -> list["Report"]:
        """The saved reports that name this segment."""
        return list(uses_of_segments(self.project).get(self.pk, Uses()).reports)

    def uses(self) -> Uses:
        """What would miss it: reports, and what shows, sends or watches these."""
        return uses_of_segments(self.project).get(self.pk, Uses())

    @transaction.atomic
    def change(self, by: User, *, seen: datetime | None = None) -> None:
        """Save what was changed of it, unless somebody saved it after `seen`, the `modified_at`
        that this change began with. Raises Overtaken."""
        self.held(by, seen)
        self.save()

    @transaction.atomic
    def delete_for(self, by: User) -> None:
        """Delete it. Reports that named it say its rule themselves from then on, so none of their
        numbers changes; of a fixed list there is no rule, and they say what is missing."""
        for report in self.used_by() if not self.is_fixed else []:
            report.definition = written_out(report.definition, self)
            report.change(by)
        self.delete()

    @property
    def is_fixed(self) -> bool:
        """Whether it is a list of people, chosen once."""
        return self.people_id is not None

    def clean(self) -> None:
        """Refuse a condition that could not be evaluated, with every reason."""
        if self.is_fixed:
            return
        try:
            catalogue = catalogue_of(self.project, Mentions.of(self.condition))
            parse_condition(self.condition, catalogue)
        except Invalid as error:
            raise ValidationError({"condition": sentences_of(error)}) from error


@receiver(post_delete, sender=Segment)
def forget_its_list(instance: Segment, **_: object) -> None:
    """A fixed list goes with its segment, however that is deleted."""
    for listed in PersonList.objects.filter(pk__in=[instance.people_id or 0]):
        operations.forget_list(listed)


class ReportQuerySet(models.QuerySet["Report"]):
    def kept(self) -> Self:
        """Those that are not in the trash."""
        return self.filter(trashed_at=None)

    def trashed(self) -> Self:
        return self.exclude(trashed_at=None)

    def saying(self, text: str, project: Project) -> Self:
        """Those with a text in their name, their description, or in what they ask: an event, a
        value, the name of a segment."""
        plain = text.strip().replace("\0", "")
        # As JSON writes it, in a database that keeps it as text.
        escaped = json.dumps(plain)[1:-1]
        segments = project.segments.filter(name__icontains=plain).values_list("pk", flat=True)
        said = self.annotate(asked=Cast("definition", models.TextField()))
        found = Q(name__icontains=plain) | Q(description__icontains=plain)
        for each in {plain, escaped, *map(str, segments[:MOST_SEGMENTS_SAID])}:
            found |= Q(asked__icontains=each)
        return said.filter(found)


class Report(Edited):
    """A saved definition with a name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="reports")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=1000)
    kind = models.CharField(
        max_length=20, choices=[(each.value, each.label) for each in Kind], editable=False
    )
    definition = models.JSONField()
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When it was answered last, and what a list shows of that answer.
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    glance = models.JSONField(null=True, blank=True, editable=False)
    # In the rail of every page of its project.
    is_pinned = models.BooleanField(default=False, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-modified_at"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **options: Any) -> None:
        """Whichever way a definition comes to be saved, it becomes a version."""
        with transaction.atomic():
            super().save(*args, **options)
            Version.objects.keep(self)

    @transaction.atomic
    def change(self, by: User, *, seen: datetime | None = None) -> None:
        """Save what was changed of it, unless somebody saved it after `seen`, the `modified_at`
        that this change began with. Raises Overtaken."""
        self.held(by, seen)
        self.save()

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None

    def uses(self) -> Uses:
        """What would miss it."""
        return uses_of([self])

    def put_in_trash(self) -> None:
        """Out of the lists; what uses it says so until it is taken back."""
        self.trashed_at = timezone.now()
        Report.objects.filter(pk=self.pk).update(trashed_at=self.trashed_at)

    def take_back(self) -> None:
        self.trashed_at = None
        Report.objects.filter(pk=self.pk).update(trashed_at=None)

    def restore(self, version: Version, by: User) -> None:
        """Ask again what a version asked; that is a new version. Raises Invalid where it
        cannot be asked any more."""
        catalogue = catalogue_of(self.project, Mentions.of(version.definition))
        definition = parse(version.definition, catalogue)
        self.kind, self.definition = definition.kind, dump(definition)
        self.change(by)

    @property
    def another_name(self) -> str:
        """A name that no report of the project has: "Copy of …", counted where need be."""
        taken = set(self.project.reports.values_list("name", flat=True))
        names = (
            f"Copy{(n and f' {n + 1}') or ''} of {self.name}"[:200] for n in range(len(taken) + 1)
        )
        return next(name for name in names if name not in taken)

    def duplicate(self, user: User) -> "Report":
        """The same question under a name of its own."""
        return Report.objects.create(
            project=self.project,
            name=self.another_name,
            description=self.description,
            kind=self.kind,
            definition=self.definition,
            created_by=user,
        )

    def clean(self) -> None:
        """Refuse a definition that could not be asked, with every reason."""
        try:
            catalogue = catalogue_of(self.project, Mentions.of(self.definition))
            definition = parse(self.definition, catalogue)
        except Invalid as error:
            raise ValidationError({"definition": sentences_of(error)}) from error
        self.kind, self.definition = definition.kind, dump(definition)


def written_out(definition: Any, segment: Segment) -> Any:
    """A definition with a segment's rule in the place of its name."""
    match definition:
        case {"segment": key} if key == str(segment.pk):
            return {"name": segment.name, "condition": segment.condition}
        case dict():
            return {key: written_out(each, segment) for key, each in definition.items()}
        case list():
            return [written_out(each, segment) for each in definition]
        case _:
            return definition


def sentences_of(error: Invalid) -> list[str]:
    return [f"{path}: {text}" for path, texts in error.problems.items() for text in texts]
