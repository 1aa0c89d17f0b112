"""The wire format of Segment's HTTP API, and of the libraries that speak it."""

from collections.abc import Iterable, Mapping
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
    RefusedError,
    Track,
    as_moment,
    as_object,
    moment,
    object_in,
    parse_each,
    quoted,
    stamp_of,
    uid_of,
    usable_ids,
)
from people.models.catalogue import LONGEST_NAME
from people.models.persons import LONGEST_ID
from people.values import JSON

SEEN = {"page": "Page Viewed", "screen": "Screen Viewed"}


def key_of(body: Any) -> object:
    return body.get("writeKey") if isinstance(body, dict) else None


def parse(items: list[Any], sent_at: object, received: datetime) -> Parsed:
    """The calls of a batch, or one by itself; `sent_at` is what stands beside the batch."""
    return parse_each(items, lambda item, index: [message(item, sent_at, received, index)])


def message(item: Any, sent_at: object, received: datetime, index: int | None = None) -> Message:
    """One call, at its place in a request. Raises RefusedError with its reasons."""
    item = as_object(item)
    claimed = item.get("timestamp") or item.get("originalTimestamp")
    at, claimed_at = moment(claimed, received, as_moment(item.get("sentAt") or sent_at))
    stamp = stamp_of(claimed, received, index)
    match item.get("type"):
        case "track":
            return track(item, at, claimed_at, stamp)
        case "page" | "screen" as kind:
            named = {"event": SEEN[kind], "properties": seen(item)}
            return track(item | named, at, claimed_at, stamp)
        case "group":
            return Identify(who(item), at, group(item))
        case "identify":
            return Identify(who(item), at, from_traits(traits_of(item)))
        case "alias":
            return alias(item, at)
        case kind:
            raise RefusedError(
                type=f"{quoted(kind)} is no call that is kept; see `track` and `identify`."
            )


def seen(item: dict[str, Any]) -> dict[str, Any]:
    """The properties of a page or a screen; its name and category are properties, too."""
    properties = object_in(item, "properties")
    named = {key: item[key] for key in ("name", "category") if isinstance(item.get(key), str)}
    return named | properties


def group(item: dict[str, Any]) -> dict[str, JSON]:
    """The group that somebody is in, and what is said of it, as attributes of theirs: groups are
    not kept for themselves, people can be found by them."""
    given = item.get("groupId")
    if isinstance(given, bool) or not isinstance(given, str | int) or len(str(given)) > LONGEST_ID:
        raise RefusedError(groupId=f"A group needs an id of {LONGEST_ID} characters at most.")
    traits = {f"group.{name}": value for name, value in object_in(item, "traits").items()}
    return {"groupId": str(given), **traits}


def track(item: dict[str, Any], at: datetime, claimed_at: str, stamp: str) -> Track:
    errors: dict[str, str] = {}
    name = item.get("event")
    if not isinstance(name, str) or not name.strip():
        errors["event"] = "An event needs a name."
    elif len(name) > LONGEST_NAME:
        errors["event"] = f"The name of an event has {LONGEST_NAME} characters at most."
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        errors["properties"] = "Properties are an object."
    ids = who_or_why(item, errors)
    if errors:
        raise RefusedError(**errors)
    uid = uid_of(item.get("messageId"), item, stamp)
    return Track(ids, str(name), at, uid, properties, claimed_at)


def who_or_why(item: dict[str, Any], errors: dict[str, str]) -> tuple[Id, ...]:
    try:
        return who(item)
    except RefusedError as error:
        errors |= {key: texts[0] for key, texts in error.errors.items()}
        return ()


def who(item: dict[str, Any]) -> tuple[Id, ...]:
    """Whom a call names: the known id first."""
    given = (item.get("userId"), Kind.EXTERNAL), (item.get("anonymousId"), Kind.ANONYMOUS)
    ids = usable_ids(*given)
    if not ids:
        raise RefusedError(userId="Give a userId or an anonymousId that names somebody.")
    return ids


def alias(item: dict[str, Any], at: datetime) -> Alias:
    ids = usable_ids((item.get("userId"), Kind.EXTERNAL), (item.get("previousId"), Kind.ANONYMOUS))
    if len(ids) < 2:
        raise RefusedError(previousId="Give a userId and a previousId that name somebody.")
    return Alias((ids[0], ids[1]), at)


def traits_of(item: dict[str, Any]) -> dict[str, Any]:
    """Traits stand at the root of a call, or in its context, or in both."""
    context = item.get("context")
    beside = object_in(context, "traits") if isinstance(context, dict) else {}
    return beside | object_in(item, "traits")


def exported(record: Mapping[str, Any], received: datetime) -> Iterable[Message]:
    """A call as it was archived: its time was corrected then, so its `sentAt` says nothing now."""
    call = {key: value for key, value in record.items() if key != "sentAt"}
    return [message(call, None, received)]
