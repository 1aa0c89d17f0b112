"""The wire format of PostHog's libraries: events that say who is who and what they are, too."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from people.attributes import from_traits
from people.ingest.messages import (
    Alias,
    Id,
    Identify,
    Kind,
    Message,
    NotKeptError,
    Parsed,
    RefusedError,
    Track,
    as_moment,
    as_object,
    document,
    moment,
    object_in,
    parse_each,
    stamp_of,
    uid_of,
    usable_ids,
)
from people.models.catalogue import LONGEST_NAME

# What the libraries say of themselves and of the request; no fact about what was done.
NOISE = frozenset(
    {"token", "distinct_id", "$set", "$set_once", "$geoip_disable", "$is_server", "$groups"}
    | {"$process_person_profile", "$ignore_sent_at", "$insert_id", "$anon_distinct_id", "alias"}
)
NOISY = ("$lib", "$sdk_", "$initial_")
JOINING = {
    "$identify": ("$anon_distinct_id", Kind.ANONYMOUS),
    "$create_alias": ("alias", Kind.EXTERNAL),
    "$merge_dangerously": ("alias", Kind.EXTERNAL),
}
NO_EVENT = frozenset({"$identify", "$create_alias", "$set", "$set_once", "$merge_dangerously"})


def events_of(body: Any) -> list[Any]:
    """The events of a request: a batch, a list, or one by itself."""
    if isinstance(body, list):
        return body
    batch = body.get("batch", body.get("data", [body])) if isinstance(body, dict) else []
    return batch if isinstance(batch, list) else [batch]


def key_of(body: Any) -> object:
    """The project's key: beside the batch, or in each event."""
    first = next(iter(events_of(body)), None)
    for place in (body, first, first.get("properties") if isinstance(first, dict) else None):
        if isinstance(place, dict) and (key := place.get("api_key") or place.get("token")):
            return key
    return None


def parse(body: Any, received: datetime, sent_at: str | None = None) -> Parsed:
    """Every event as the messages that it means. `sent_at` is what a header says, if one does."""
    sent = sent_at or (body.get("sent_at") if isinstance(body, dict) else None)
    if isinstance(body, dict) and body.get("historical_migration"):
        sent = None
    at = as_moment(sent)
    return parse_each(events_of(body), lambda item, index: meanings(item, at, received, index))


def meanings(
    item: Any, sent: datetime | None, received: datetime, index: int | None = None
) -> Iterator[Message]:
    """One event: who it makes known, what it says of them, and what they did."""
    item = as_object(item)
    properties = object_in(item, "properties")
    name = item.get("event")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise RefusedError(event=f"An event needs a name of at most {LONGEST_NAME} characters.")
    if name == "$groupidentify":
        raise NotKeptError(event="Groups are not kept, only people and what they do.")
    ids = who(item, properties)
    trusted = None if properties.get("$ignore_sent_at") else sent
    at, claimed_at = moment(item.get("timestamp"), received, trusted)
    if joined := other_name(name, properties):
        pair = by_library(properties, ids[0], joined)
        yield Alias(pair, at, either_way=name != "$identify")
    attributes, once = said_of("$set", item, properties), said_of("$set_once", item, properties)
    if attributes or once or name in NO_EVENT:
        yield Identify(ids, at, attributes, once)
    if name not in NO_EVENT:
        stamp = stamp_of(item.get("timestamp"), received, index)
        uid = uid_of(item.get("uuid") or properties.get("$insert_id"), item, stamp)
        yield Track(ids, name, at, uid, facts(properties), claimed_at)


def who(item: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Id, ...]:
    """An id that a library made up for a device is anonymous; any other one is known."""
    given = item.get("distinct_id") or properties.get("distinct_id")
    anonymous = given is not None and given == properties.get("$device_id")
    anonymous = anonymous or properties.get("$process_person_profile") is False
    ids = usable_ids((given, Kind.ANONYMOUS if anonymous else Kind.EXTERNAL))
    if not ids:
        raise RefusedError(distinct_id="Give a distinct_id that names somebody.")
    return ids


def other_name(name: str, properties: Mapping[str, Any]) -> Id | None:
    """The second id of an identify or an alias; which one comes first differs by library."""
    field, kind = JOINING.get(name, ("", Kind.EXTERNAL))
    found = usable_ids((properties.get(field), kind))
    return found[0] if found else None


def by_library(properties: Mapping[str, Any], given: Id, other: Id) -> tuple[Id, Id]:
    """The two ids of an alias, the identified one first: in its Python library that is the `alias`,
    in the others the one that the event is of."""
    aliased = properties.get("$lib") == "posthog-python" and "alias" in properties
    return (other, given) if aliased else (given, other)


def said_of(how: str, item: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes under `$set` or `$set_once`, in the properties or beside them."""
    attributes: dict[str, Any] = {}
    for place in (properties, item):
        attributes |= from_traits(object_in(place, how))
    return attributes


def facts(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in properties.items()
        if name not in NOISE and not name.startswith(NOISY)
    }


def exported(record: Mapping[str, Any], received: datetime) -> Iterator[Message]:
    """An event; in tables its properties are the text of their JSON."""
    item = dict(record) | {"properties": document(record, "properties")}
    if isinstance(item.get("timestamp"), datetime):
        item["timestamp"] = item["timestamp"].isoformat()
    if attributes := document(record, "person_properties"):
        item["$set"] = attributes | object_in(item, "$set")
    yield from meanings(item, None, received)
