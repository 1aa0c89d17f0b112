"""The wire format of Mixpanel's libraries: events (`/track`) and profile updates (`/engage`)."""

from collections.abc import Iterable, Iterator, Mapping
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
    NotKeptError,
    Parsed,
    RefusedError,
    Track,
    Verb,
    as_object,
    list_in,
    moment,
    object_in,
    parse_each,
    stamp_of,
    uid_of,
    usable_ids,
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
    return parse_each(items_of(body), lambda item, index: [message(item, received, index)])


def message(item: Any, received: datetime, index: int | None = None) -> Message:
    """One event or update, at its place in a request. Raises RefusedError with its reasons."""
    item = as_object(item)
    if "$group_key" in item:
        raise NotKeptError(**{"$group_key": "Groups are not kept, only people and what they do."})
    return update(item, received) if "$distinct_id" in item else event(item, received, index)


def event(item: Mapping[str, Any], received: datetime, index: int | None) -> Message:
    """Something done, or the statement that two ids name one person."""
    name, properties = item.get("event"), object_in(item, "properties")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise RefusedError(event=f"An event needs a name of at most {LONGEST_NAME} characters.")
    at, claimed_at = moment(properties.get("time"), received, None)
    if name in JOINING:
        return joined(properties, JOINING[name], at)
    ids = (
        *named(properties.get("$user_id") or properties.get("distinct_id")),
        *usable_ids((properties.get("$device_id"), Kind.ANONYMOUS)),
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
    return Track(ids, name, at, uid, facts, claimed_at)


def named(given: object) -> tuple[Id, ...]:
    """An id; `$device:x` is what the library made up for a device, and names it by x."""
    if isinstance(given, str) and given.startswith(DEVICE):
        return usable_ids((given.removeprefix(DEVICE), Kind.ANONYMOUS))
    return usable_ids((given, Kind.EXTERNAL))


def joined(properties: Mapping[str, Any], key: str, at: datetime) -> Message:
    """The statement that two ids name one person, the identified one first: that is the id which
    an `$identify` is of, and the new name of a `$create_alias`."""
    other = properties.get(key)
    own = properties.get("distinct_id") or properties.get("$identified_id")
    pair = other if isinstance(other, list) else [other, own] if key == "alias" else [own, other]
    ids = [each for given in pair[:3] for each in named(given)]
    if len(ids) != 2:
        raise RefusedError(**{key: "Give two ids that name somebody."})
    return Alias((ids[0], ids[1]), at, either_way=key != "$anon_distinct_id")


def update(item: Mapping[str, Any], received: datetime) -> Message:
    """What is said of somebody: set, or set where nothing was said before."""
    ids = named(item["$distinct_id"])
    if not ids:
        raise RefusedError(**{"$distinct_id": "Give a $distinct_id that names somebody."})
    changes = tuple(edits(item))
    if not changes and "$set" not in item and "$set_once" not in item:
        operations = ", ".join(["$set", "$set_once", *VERBS, "$unset", "$delete"])
        raise RefusedError(**{"$set": f"Give one of {operations}."})
    at, _ = moment(item.get("$time"), received, None)
    attributes, once = (from_traits(object_in(item, how)) for how in ("$set", "$set_once"))
    return Identify(ids, at, attributes, once, changes)


VERBS = {
    "$add": Verb.ADD,
    "$append": Verb.APPEND,
    "$union": Verb.UNION,
    "$remove": Verb.REMOVE,
}


def edits(item: Mapping[str, Any]) -> Iterator[Edit]:
    """The operations that build on what is there. `$delete` keeps the events."""
    for operation, verb in VERBS.items():
        for name, value in object_in(item, operation).items():
            yield Edit(verb, attribute(name), value)
    for name in list_in(item, "$unset"):
        yield Edit(Verb.UNSET, attribute(str(name)))
    if "$delete" in item:
        yield Edit(Verb.CLEAR)


def attribute(name: str) -> str:
    return RESERVED.get(snake(name), name)


def exported(record: Mapping[str, Any], received: datetime) -> Iterable[Message]:
    """An event of the raw export, or a profile."""
    if "$properties" in record:
        return [message(dict(record) | {"$set": record["$properties"]}, received)]
    return [message(record, received)]
