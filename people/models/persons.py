"""People, the ids that name them, and what they did."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import StartsWith
from django.db.models.sql.compiler import SQLCompiler

from people.models.accounts import Project
from people.models.catalogue import EventDefinition
from people.models.intake import Batch
from people.values import JSON, as_instant, iso

LONGEST_ID = 256


class Begins(StartsWith):
    """`__begins`: the beginning of a text, exactly, found by the index of the column.

    Postgres reads it off an index of patterns; SQLite's LIKE uses none, but its texts lie in the
    order of their characters, so that what begins alike lies between two of them.
    """

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, binds = self.process_lhs(compiler, connection)
        found, end = [f"{column} >= %s"], after(str(self.rhs))
        if end:
            found.append(f"{column} < %s")
        ends = [self.rhs, end] if end else [self.rhs]
        return " AND ".join(found), [*list(binds) * len(ends), *ends]


models.CharField.register_lookup(Begins, "begins")


def after(text: str) -> str:
    """The least text that sorts after all that begin with this one; "" where there is none."""
    head = text.rstrip(chr(sys.maxunicode))
    if not head:
        return ""
    last = ord(head[-1]) + 1
    # No text holds halves of surrogate pairs.
    return head[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else last)


class Email(models.Func):
    """The e-mail among attributes, as much of it as an index takes. Its name and its length stand
    in the text: an index over an expression is used where the words are the same."""

    output_field = models.CharField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, Any]:
        text = "SUBSTR(JSON_EXTRACT(%(expressions)s, '$.email'), 1, 257)"
        return self.as_sql(compiler, connection, template=text)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, Any]:
        text = "LEFT(%(expressions)s ->> 'email', 257)"
        return self.as_sql(compiler, connection, template=text)


class PersonQuerySet(models.QuerySet["Person"]):
    def named(self, project: Project, identity: str) -> Self:
        """The person whom any of their identities names."""
        return self.filter(identities__project=project, identities__value=identity)

    def reached_by(self, project: Project, text: str) -> Self:
        """The person whom an identity names; where none does, all who have it as their e-mail."""
        named = self.named(project, text)
        if not text or len(text) > LONGEST_ID or named.exists():
            return named
        return self.alias(mail=Email("attributes")).filter(project=project, mail=text)


class Person(models.Model):
    """Somebody whose behaviour is analysed, known or anonymous."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="people", db_index=False)
    attributes = models.JSONField(default=dict, blank=True)
    # When each attribute was last written, in event time, so that a late message does not win.
    written = models.JSONField(default=dict, blank=True, editable=False)
    first_seen = models.DateTimeField()
    # The last batch that changed this person: with it they are loaded into the store.
    batch = models.ForeignKey(Batch, models.RESTRICT, related_name="people", editable=False)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "people"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "id"], name="person_by_project"),
            models.Index("project", Email("attributes"), name="person_by_email"),
        ]

    def __str__(self) -> str:
        fallback = f"Person {self.pk}"
        return str(self.attributes.get("email") or self.attributes.get("external_id") or fallback)

    @property
    def full_name(self) -> str:
        """The names that are known, "" where none is."""
        names = (self.attributes.get(each) for each in ("first_name", "last_name"))
        return " ".join(str(each) for each in names if each)

    def known(self) -> dict[str, JSON]:
        """All attributes as the store and the API show them, the built-in times included."""
        return known_of(self.attributes, self.first_seen, self.created_at, self.modified_at)


def known_of(
    attributes: Mapping[str, JSON],
    first_seen: datetime,
    created_at: datetime,
    modified_at: datetime,
) -> dict[str, JSON]:
    """What is known of a person, from what is kept of them.

    `registered_at` is what the client set, else the earliest thing known of the person.
    """
    set_by_client = as_instant(str(attributes.get("registered_at", "")))
    return {
        "type": "customer",
        **attributes,
        "registered_at": iso(set_by_client or first_seen),
        "created_at": iso(created_at),
        "modified_at": iso(modified_at),
    }


class PersonList(models.Model):
    """People chosen once, who stay chosen; of two who become one, the one who stays is on it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="lists")
    people = models.ManyToManyField(Person, related_name="lists")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.project} · list {self.pk}"


class Identity(models.Model):
    """One id by which clients name a person; unique in a project."""

    class Kind(models.TextChoices):
        EXTERNAL = "external"
        ANONYMOUS = "anonymous"
        EMAIL = "email"
        PHONE = "phone"

    project = models.ForeignKey(Project, models.CASCADE, related_name="identities", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="identities")
    value = models.CharField(max_length=LONGEST_ID)
    kind = models.CharField(max_length=10, choices=Kind)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            # Postgres finds the beginning of a text in an index of patterns alone; SQLite has none.
            models.UniqueConstraint(
                fields=["project", "value"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="one_identity",
            )
        ]

    def __str__(self) -> str:
        return self.value


class Event(models.Model):
    """Something a person did at an instant. Immutable but for whose it is."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="events", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="events", db_index=False)
    definition = models.ForeignKey(
        EventDefinition, models.RESTRICT, related_name="events", db_index=False
    )
    batch = models.ForeignKey(Batch, models.RESTRICT, related_name="events")
    # The client's id of the event, or a hash of its content: the same event is stored once.
    uid = models.CharField(max_length=200)
    at = models.DateTimeField()
    # What the client said where the time could not be believed.
    claimed_at = models.CharField(max_length=64, blank=True)
    properties = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "uid"], name="one_event")]
        indexes = [
            # The person page reads newest first.
            models.Index(fields=["person", "-at", "-id"], name="event_timeline"),
        ]

    def __str__(self) -> str:
        return f"{self.definition} · {iso(self.at)}"
