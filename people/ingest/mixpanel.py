"""The wire format of Mixpanel's libraries: events (`/track`) and profile updates (`/engage`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from people.attributes import from_traits
from people.ingest.messages import (
    Alias,
    Id,
    Identify,
    Kind,
    Message,
    Parsed,
    Refusal,
    RefusedError,
    Track,
    believed,
    moment,
    uid_of,
)
from people.models.catalogue import LONGEST_NAME

DEVICE = "$device:"
# What the libraries say of themselves; no fact about what was done.
NOISE = frozenset({"token", "time", "distinct_id", "mp_lib", "$insert_id", "$lib_version"})
JOINING = {"$identify": "$anon_distinct_id", "$create_alias": "alias", "$merge": "$distinct_ids"}


def items_of(body: Any) -> list[Any]:
    return body if isinstance(body, list) else [body]


def key_of(body: Any) -> object:
    """The project's key: in the properties of an event, or beside what is said of somebody."""
    first = items_of(body)[0] if items_of(body) else None
    if not isinstance(first, dict):
        return None
    properties = first.get("properties")
    inner = properties.get("token") if isinstance(properties, dict) else None
    return inner or first.get("$token")


def parse(body: Any, received: datetime) -> Parsed:
    """Events and profile updates, told apart by what they carry."""
    messages: list[Message] = []
    refused = []
    for index, item in enumerate(items_of(body)):
        try:
            messages.append(message(item, received))
        except RefusedError as error:
            refused.append(Refusal(index, error.errors))
    return Parsed(messages, refused)


def message(item: Any, received: datetime) -> Message:
    if not isinstance(item, dict):
        raise RefusedError(event="This is an object.")
    return update(item, received) if "$distinct_id" in item else event(item, received)


def event(item: Mapping[str, Any], received: datetime) -> Message:
    """Something done, or the statement that two ids name one person."""
    name, properties = item.get("event"), item.get("properties") or {}
    if not isinstance(properties, dict):
        raise RefusedError(properties="Properties are an object.")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise RefusedError(event=f"An event needs a name of at most {LONGEST_NAME} characters.")
    at, doubted = moment(properties.get("time"), received, None)
    if name in JOINING:
        return joined(properties, JOINING[name], at)
    ids = (
        *named(properties.get("$user_id") or properties.get("distinct_id")),
        *believed((properties.get("$device_id"), Kind.ANONYMOUS)),
    )
    if not ids:
        raise RefusedError(distinct_id="Give a distinct_id that names somebody.")
    facts = {key: value for key, value in properties.items() if key not in NOISE}
    return Track(ids, name, at, uid_of(properties.get("$insert_id"), item), facts, doubted)


def named(given: object) -> tuple[Id, ...]:
    """An id; `$device:x` is what the library made up for a device, and names it by x."""
    if isinstance(given, str) and given.startswith(DEVICE):
        return believed((given.removeprefix(DEVICE), Kind.ANONYMOUS))
    return believed((given, Kind.EXTERNAL))


def joined(properties: Mapping[str, Any], key: str, at: datetime) -> Message:
    other = properties.get(key)
    pair = (
        other
        if isinstance(other, list)
        else [
            properties.get("distinct_id") or properties.get("$identified_id"),
            other,
        ]
    )
    ids = [each for given in pair for each in named(given)]
    if len(ids) != 2:
        raise RefusedError(**{key: "Give two ids that name somebody."})
    return Alias((ids[0], Id(ids[1].value, Kind.ANONYMOUS)), at)


def update(item: Mapping[str, Any], received: datetime) -> Message:
    """What is said of somebody: set, or set where nothing was said before."""
    ids = named(item["$distinct_id"])
    if not ids:
        raise RefusedError(**{"$distinct_id": "Give a $distinct_id that names somebody."})
    said, once = item.get("$set"), item.get("$set_once")
    if not isinstance(said, dict) and not isinstance(once, dict):
        raise RefusedError(**{"$set": "Give $set or $set_once; other operations are not kept yet."})
    at, _ = moment(item.get("$time"), received, None)
    return Identify(ids, at, from_traits(said or {}), from_traits(once or {}))
