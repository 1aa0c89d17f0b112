"""What users change by hand: people made, edited, merged and erased, the way data comes in."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from people.attributes import CHOICES, LONGEST_TEXT, STANDARD, fitted
from people.ingest import refusals
from people.ingest.messages import NOBODY, Alias, Edit, Id, Identify, Kind, Verb
from people.ingest.record import record
from people.ingest.resolver import MOST_IN, batched
from people.models import (
    AttributeDefinition,
    Batch,
    Erasure,
    Event,
    Identity,
    Person,
    PersonList,
    Project,
    Tombstone,
)
from people.models.catalogue import LONGEST_NAME
from people.models.persons import LONGEST_ID
from people.values import EPOCH, JSON, UNKEEPABLE, Type, type_of

log = logging.getLogger(__name__)

# What nobody sets by hand: the id is given apart, the times are the project's own.
FIXED = frozenset({"external_id", "created_at", "modified_at"})
SOURCE = "by hand"
# Attributes whose values name one person.
REACHED_BY = ("external_id", "email", "phone", "address")
# So long a text is found inside of others, too.
LONG_VALUE = 8


class Refused(ValueError):
    """What was asked for cannot be done; `problems` maps paths to the reasons."""

    def __init__(self, problems: Mapping[str, list[str]]) -> None:
        super().__init__(problems)
        self.problems = dict(problems)


class Taken(ValueError):
    """Ids that name somebody already."""


def create(
    project: Project, external_id: str, others: list[str], attributes: Mapping[str, JSON]
) -> Person:
    """Make a person. Raises Refused for what cannot be kept, Taken where an id names somebody."""
    problems = {**id_problems([external_id], "external_id"), **id_problems(others, "identities")}
    kept, _ = checked(project, attributes, problems)
    ids = Id(external_id, Kind.EXTERNAL), *(Id(each, Kind.ANONYMOUS) for each in others)
    with transaction.atomic():
        project.lock(alone=True)
        taken = Identity.objects.filter(project=project, value__in=[each.value for each in ids])
        if names := sorted(taken.values_list("value", flat=True)):
            raise Taken(f"{', '.join(names)}: somebody has this id already.")
        record(project, [Identify(ids, timezone.now(), kept)], source=SOURCE)
    return Person.objects.named(project, external_id).get()


def update(person: Person, attributes: Mapping[str, JSON]) -> None:
    """Set attributes; null unsets one. What is done by hand wins over what clients said before."""
    kept, unset = checked(person.project, attributes, {})
    latest = max([*person.written.values(), 0])
    at = max(timezone.now(), datetime.fromtimestamp(latest / 1000, UTC))
    edits = tuple(Edit(Verb.UNSET, name) for name in unset)
    record(person.project, [Identify(one_id(person), at, kept, edits=edits)], source=SOURCE)
    person.refresh_from_db()


def merge(kept: Person, gone: Person) -> Person:
    """Make two people one, and return them."""
    ids = one_id(kept)[0], one_id(gone)[0]
    record(kept.project, [Alias(ids, timezone.now())], source=SOURCE)
    return Person.objects.named(kept.project, ids[0].value).get()


def one_id(person: Person) -> tuple[Id]:
    identity = person.identities.earliest("pk")
    return (Id(identity.value, Kind(identity.kind)),)


@transaction.atomic
def erase(person: Person) -> None:
    """Remove a person, their ids and events, and what was refused of them. A tombstone without data
    tells the store."""
    person.project.lock(alone=True)
    identities = list(person.identities.values_list("value", flat=True))
    refusals.forget(person.project, identities)
    batch = Batch.objects.create(project=person.project, source="erasure", accepted=1)
    Tombstone.objects.create(project=person.project, person_id=person.pk, batch=batch)
    Erasure.objects.create(
        project=person.project, person_id=person.pk, values=sorted(naming_values(person))
    )
    Event.objects.filter(person=person).delete()
    person.delete()
    transaction.on_commit(partial(wake, "analytics.tasks.finish_erasures"))


def naming_values(person: Person) -> set[str]:
    """The texts that name one person and no other: every id, and how they are reached."""
    said = {str(person.attributes[name]) for name in REACHED_BY if person.attributes.get(name)}
    return said | set(person.identities.values_list("value", flat=True))


def mentions(said: object, values: set[str]) -> bool:
    """Whether JSON has one of these texts in it: as a whole value, a long one also inside another.
    A client may send an id as a number."""
    waiting = [said]
    long = [each for each in values if len(each) >= LONG_VALUE]
    while waiting:
        match waiting.pop():
            case dict() as parts:
                waiting += parts.values()
            case list() as parts:
                waiting += parts
            case bool() | None:
                continue
            case leaf:
                text = str(leaf)
                if text in values or any(each in text for each in long):
                    return True
    return False


def wake(task: str) -> None:
    """Tell a worker that something is due; what gets lost the schedule makes up for."""
    try:
        current_app.send_task(task)
    except BrokerAway:
        log.warning("The broker is away; %s waits for its schedule", task)


@transaction.atomic
def forget_list(listed: PersonList) -> None:
    """Remove a fixed list; the store is told by loading its people again."""
    if listed.project.deleted_at is None:
        listed.project.lock(alone=True)
        batch = Batch.objects.create(project=listed.project, source="list", accepted=0)
        listed.people.update(batch=batch)
    listed.delete()


@transaction.atomic
def list_people(project: Project, ids: Sequence[int]) -> PersonList:
    """Put people on a new fixed list. Who is gone meanwhile is left out; the store is told by
    loading the people again, each with the lists they are on."""
    project.lock(alone=True)
    batch = Batch.objects.create(project=project, source="list", accepted=len(ids))
    listed = PersonList.objects.create(project=project)
    for chunk in batched(ids, MOST_IN):
        people = Person.objects.filter(project=project, pk__in=chunk)
        listed.people.add(*people.values_list("pk", flat=True))
        people.update(batch=batch)
    return listed


def delete_project(project: Project) -> None:
    """Let nobody see a project any more, and nothing into it. Its data goes in the background."""
    Project.objects.filter(pk=project.pk).update(deleted_at=timezone.now())
    wake("analytics.tasks.remove_projects")


def everything(person: Person) -> dict[str, Any]:
    """All that is known of one person, to hand over to them. Events oldest first."""
    events = person.events.select_related("definition").order_by("at", "pk")
    return {
        "id": person.pk,
        "identities": [
            {"value": each.value, "kind": each.kind, "since": each.created_at}
            for each in person.identities.order_by("pk")
        ],
        "attributes": person.known(),
        "events": [
            {
                "id": each.uid,
                "event": each.definition.name,
                "at": each.at,
                "claimed_at": each.claimed_at,
                "properties": each.properties,
            }
            for each in events.iterator(chunk_size=2000)
        ],
    }


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly: a place in a timeline that survives being written into a link."""
    return (moment - EPOCH) // timedelta(microseconds=1)


# --- Checking -----------------------------------------------------------------------------------


def id_problems(ids: list[str], path: str) -> dict[str, list[str]]:
    problems = []
    for each in ids:
        if each.strip().lower() in NOBODY or UNKEEPABLE.search(each) or each != each.strip():
            problems.append(f"“{each}” names nobody.")
        elif len(each) > LONGEST_ID:
            problems.append(f"An id has {LONGEST_ID} characters at most.")
    return {path: problems} if problems else {}


def checked(
    project: Project, attributes: Mapping[str, JSON], problems: dict[str, list[str]]
) -> tuple[dict[str, JSON], list[str]]:
    """Attributes as they are kept, and the names of those to unset. Raises Refused."""
    custom = dict(AttributeDefinition.objects.filter(project=project).values_list("name", "type"))
    kept: dict[str, JSON] = {}
    for name, value in attributes.items():
        texts = list(complaints(name, value, custom))
        if texts:
            problems[f"attributes.{name}"] = texts
        elif value is not None:
            kept[name] = fitted(name, value) if name in STANDARD else value
    if problems:
        raise Refused(problems)
    return kept, [name for name, value in attributes.items() if value is None]


def complaints(name: str, value: JSON, custom: Mapping[str, str]) -> Iterator[str]:
    if name in FIXED:
        yield "This is not set by hand."
    elif not 0 < len(name) <= LONGEST_NAME or UNKEEPABLE.search(name):
        yield f"The name of an attribute has 1 to {LONGEST_NAME} characters."
    elif isinstance(value, str) and (len(value) > LONGEST_TEXT or UNKEEPABLE.search(value)):
        yield f"A text has {LONGEST_TEXT:,} characters at most, and no NUL."
    elif value is None:
        return
    elif name in STANDARD:
        if fitted(name, value) is None:
            choices = CHOICES.get(name)
            yield f"Give {' or '.join(choices)}." if choices else f"Give a {STANDARD[name]}."
    elif (kind := custom.get(name)) and not is_of(Type(kind), value):
        yield f"This attribute is defined as {kind}."


def is_of(kind: Type, value: JSON) -> bool:
    """Whether a value can be kept under a type; a day is a text, too, and an instant has a day."""
    own = type_of(value)
    days = (Type.DATE, Type.DATETIME)
    return (
        own in (None, kind)
        or (isinstance(value, str) and kind is Type.TEXT)
        or (own in days and kind in days)
    )
