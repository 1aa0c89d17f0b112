"""The wire format of Segment's HTTP API, and of the libraries that speak it."""

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
    as_moment,
    believed,
    moment,
    stamp_of,
    uid_of,
)
from people.models.catalogue import LONGEST_NAME
from people.values import JSON

SEEN = {"page": "Page Viewed", "screen": "Screen Viewed"}


def parse(body: Mapping[str, Any], received: datetime) -> Parsed:
    """A batch, `{"batch": [...], "sentAt": …}`, or one message by itself."""
    batch = body.get("batch", [body])
    if not isinstance(batch, list):
        raise RefusedError(batch="This is a list of messages.")
    messages: list[Message] = []
    refused = []
    for index, item in enumerate(batch):
        try:
            messages.append(message(item, body.get("sentAt"), received, index))
        except RefusedError as error:
            refused.append(Refusal(index, error.errors, item))
    return Parsed(messages, refused)


def message(item: Any, sent_at: object, received: datetime, index: int | None = None) -> Message:
    """One call, at its place in a request. Raises RefusedError with its reasons."""
    if not isinstance(item, dict):
        raise RefusedError(message="This is an object.")
    claimed = item.get("timestamp") or item.get("originalTimestamp")
    at, doubted = moment(claimed, received, as_moment(item.get("sentAt") or sent_at))
    stamp = stamp_of(claimed, received, index)
    match item.get("type"):
        case "track":
            return track(item, at, doubted, stamp)
        case "page" | "screen" as kind:
            named = {"event": SEEN[kind], "properties": seen(item)}
            return track(item | named, at, doubted, stamp)
        case "group":
            return Identify(who(item), at, group(item))
        case "identify":
            return Identify(who(item), at, from_traits(traits_of(item)))
        case "alias":
            return alias(item, at)
        case kind:
            raise RefusedError(
                type=f"“{kind}” is no call that is kept; see `track` and `identify`."
            )


def seen(item: dict[str, Any]) -> object:
    """The properties of a page or a screen; its name and category are properties, too."""
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        return properties
    named = {key: item[key] for key in ("name", "category") if isinstance(item.get(key), str)}
    return named | properties


def group(item: dict[str, Any]) -> dict[str, JSON]:
    """The group that somebody is in, as an attribute of theirs."""
    if not isinstance(item.get("groupId"), str | int):
        raise RefusedError(groupId="A group needs an id.")
    return {"groupId": str(item["groupId"])}


def track(item: dict[str, Any], at: datetime, doubted: str, stamp: str) -> Track:
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
    return Track(ids, str(name), at, uid, properties, doubted)


def who_or_why(item: dict[str, Any], errors: dict[str, str]) -> tuple[Id, ...]:
    try:
        return who(item)
    except RefusedError as error:
        errors |= {key: texts[0] for key, texts in error.errors.items()}
        return ()


def who(item: dict[str, Any]) -> tuple[Id, ...]:
    """Whom a call names: the known id first."""
    given = (item.get("userId"), Kind.EXTERNAL), (item.get("anonymousId"), Kind.ANONYMOUS)
    ids = believed(*given)
    if not ids:
        raise RefusedError(userId="Give a userId or an anonymousId that names somebody.")
    return ids


def alias(item: dict[str, Any], at: datetime) -> Alias:
    ids = believed((item.get("userId"), Kind.EXTERNAL), (item.get("previousId"), Kind.ANONYMOUS))
    if len(ids) < 2:
        raise RefusedError(previousId="Give a userId and a previousId that name somebody.")
    return Alias((ids[0], ids[1]), at)


def traits_of(item: dict[str, Any]) -> dict[str, Any]:
    """Traits stand at the root of a call, or in its context, or in both."""
    context = item.get("context")
    beside = context.get("traits") if isinstance(context, dict) else None
    traits: dict[str, Any] = {}
    for each in (beside, item.get("traits")):
        if isinstance(each, dict):
            traits |= each
        elif each is not None:
            raise RefusedError(traits="Traits are an object.")
    return traits
