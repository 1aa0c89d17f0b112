"""The wire format of Mixpanel's libraries: events (`/track`) and profile updates (`/engage`)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from people.attributes import RESERVED, from_traits, snake
from people.ingest.messages import (
    Alias,
    Edit,
    Id,
    Identify,
    Kind,
    Message,
    Parsed,
    Refusal,
    RefusedError,
    Track,
    Verb,
    believed,
    moment,
    stamp_of,
    uid_of,
)
from people.models.catalogue import LONGEST_NAME

DEVICE = "$device:"
# What the libraries say of themselves; no fact about what was done.
NOISE = frozenset(
    {"token", "time", "distinct_id", "mp_lib", "$insert_id", "$lib_version", "$user_id"}
    | {"$device_id", "$distinct_id_before_identity", "mp_processing_time_ms"}
)
NOISY = ("$mp_api_",)
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
            messages.append(message(item, received, index))
        except RefusedError as error:
            refused.append(Refusal(index, error.errors, item))
    return Parsed(messages, refused)


def message(item: Any, received: datetime, index: int | None = None) -> Message:
    """One event or update, at its place in a request. Raises RefusedError with its reasons."""
    if not isinstance(item, dict):
        raise RefusedError(event="This is an object.")
    if "$group_key" in item:
        raise RefusedError(**{"$group_key": "Groups of people are not kept, only people."})
    return update(item, received) if "$distinct_id" in item else event(item, received, index)


def event(item: Mapping[str, Any], received: datetime, index: int | None) -> Message:
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
    facts = {
        key: value
        for key, value in properties.items()
        if key not in NOISE and not key.startswith(NOISY)
    }
    stamp = stamp_of(properties.get("time"), received, index)
    uid = uid_of(properties.get("$insert_id"), item, stamp)
    return Track(ids, name, at, uid, facts, doubted)


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
    changes = tuple(edits(item))
    if not changes and not isinstance(said, dict) and not isinstance(once, dict):
        operations = ", ".join(["$set", "$set_once", *VERBS, "$unset", "$delete"])
        raise RefusedError(**{"$set": f"Give one of {operations}."})
    at, _ = moment(item.get("$time"), received, None)
    return Identify(ids, at, from_traits(said or {}), from_traits(once or {}), changes)


VERBS = {
    "$add": Verb.ADD,
    "$append": Verb.APPEND,
    "$union": Verb.UNION,
    "$remove": Verb.REMOVE,
}


def edits(item: Mapping[str, Any]) -> Iterator[Edit]:
    """The operations that build on what is there. `$delete` keeps the events."""
    for operation, verb in VERBS.items():
        said = item.get(operation)
        for name, value in said.items() if isinstance(said, dict) else ():
            yield Edit(verb, attribute(name), value)
    names = item.get("$unset")
    for name in names if isinstance(names, list) else ():
        yield Edit(Verb.UNSET, attribute(str(name)))
    if "$delete" in item:
        yield Edit(Verb.CLEAR)


def attribute(name: str) -> str:
    return RESERVED.get(snake(name), name)
