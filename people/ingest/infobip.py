"""The wire format of Infobip's People API: persons with contact information, and their events."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from people.attributes import from_traits
from people.ingest.messages import (
    Alias,
    Edit,
    Id,
    Identify,
    Kind,
    Message,
    RefusedError,
    Track,
    Verb,
    as_moment,
    object_in,
    objects_in,
    possible,
    quoted,
    uid_of,
    usable_ids,
)
from people.models.catalogue import LONGEST_NAME
from people.values import Type

KINDS = {"EXTERNAL_ID": Kind.EXTERNAL, "EMAIL": Kind.EMAIL, "PHONE": Kind.PHONE}
OLDEST = timedelta(days=30)
FIELDS = (
    "firstName", "lastName", "middleName", "nickname", "country", "city", "address", "gender",
    "birthDate", "preferredLanguage", "type", "tags",
)  # fmt: skip
TYPES = {
    "STRING": Type.TEXT, "NUMERIC": Type.NUMBER, "DECIMAL": Type.NUMBER, "INTEGER": Type.NUMBER,
    "BOOLEAN": Type.BOOLEAN, "DATE": Type.DATE, "DATETIME": Type.DATETIME,
    "DATE_TIME": Type.DATETIME, "LIST": Type.LIST, "LIST_OF_OBJECTS": Type.LIST,
}  # fmt: skip


def identifier(kind: object, given: object) -> Id:
    """An identifier by its type; e-mail addresses are the same in any case."""
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        raise RefusedError(
            type=f"{quoted(kind)} is no type of identifier that is kept; use {known}."
        )
    text = given.lower() if kind == "EMAIL" and isinstance(given, str) else given
    if not (ids := usable_ids((text, KINDS[kind]))):
        raise RefusedError(identifier="Give an identifier that names somebody.")
    return ids[0]


def who(person: Mapping[str, Any]) -> tuple[Id, ...]:
    """Every id in a person's body, the external one first."""
    ids = [identifier("EXTERNAL_ID", person["externalId"])] if person.get("externalId") else []
    ids += [identifier(kind, given) for kind, given in contacts(person)]
    if not ids:
        raise RefusedError(identifier="Give an externalId, an e-mail address or a phone number.")
    return tuple(ids)


def contacts(person: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """(type, identifier) of each address that names somebody, in both shapes of the API."""
    if isinstance(person.get("contactInformation"), dict):
        given = object_in(person, "contactInformation")
        for each in objects_in(given, "email"):
            yield "EMAIL", each.get("address")
        for each in objects_in(given, "phone"):
            yield "PHONE", each.get("number")
        return
    for each in objects_in(person, "contactInformation"):
        kind = each.get("type")
        if isinstance(kind, str) and kind in KINDS:
            yield kind, each.get("identifier")


def person(
    body: Any, at: datetime, *, also: Id | None = None, replace: bool = False, merge: bool = False
) -> Iterator[Message]:
    """What is said of a person. `replace` forgets the rest, `merge` joins all its ids."""
    if not isinstance(body, Mapping):
        raise RefusedError(person="This is an object.")
    ids = who(body) if also is None else (also,)
    if merge:
        for other in ids[1:]:
            yield Alias((ids[0], other), at)
    if replace:
        yield Identify(ids, at, edits=(Edit(Verb.CLEAR),))
    custom = object_in(body, "customAttributes")
    attributes = from_traits({key: body[key] for key in FIELDS if body.get(key) is not None})
    for kind, name in ((Kind.EMAIL, "email"), (Kind.PHONE, "phone")):
        if value := next((each.value for each in ids if each.kind is kind), None):
            attributes[name] = value
    yield Identify(ids, at, attributes | custom)


def event(item: Any, received: datetime, *, live: bool = True) -> Track:
    """An event of the batch call, or of an archive, which may be old. Raises RefusedError."""
    if not isinstance(item, Mapping):
        raise RefusedError(event="This is an object.")
    named = object_in(item, "identifier")
    if not named:
        raise RefusedError(identifier='Give {"id": …, "type": …}.')
    at = as_moment(item.get("occurredTime"))
    if at is None:
        raise RefusedError(occurredTime="Give a time like 2026-05-31T10:00:00.000+0000.")
    if not live and not possible(at, received):
        raise RefusedError(occurredTime="This is before 1900, or in the future.")
    if live and not received - OLDEST <= at <= received + timedelta(minutes=5):
        raise RefusedError(occurredTime="This is older than 30 days, or in the future.")
    return track(identifier(named.get("type"), named.get("id")), item, at)


def track(who_did: Id, item: Mapping[str, Any], at: datetime) -> Track:
    name, properties = item.get("definitionId"), object_in(item, "properties")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise RefusedError(definitionId="An event needs the id of its definition.")
    return Track((who_did,), name, at, uid_of(item.get("eventId"), item), properties)


def exported(record: Mapping[str, Any], received: datetime) -> Iterable[Message]:
    """An event, or a person."""
    if "definitionId" in record:
        return [event(record, received, live=False)]
    return person(record, received)
