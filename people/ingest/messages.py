"""What every client family's wire format becomes: things people did, are, and are also called."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

import orjson

from people.ingest.body import cleaned
from people.models import Identity
from people.values import JSON, as_instant, iso

Kind = Identity.Kind
LONGEST_ID = 256
LONGEST_UID = 200
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
# A request takes time, too: only a difference beyond this is a wrong clock.
LATENCY = timedelta(seconds=60)

# What says when and how an event was sent, not what it is.
OF_THE_REQUEST = frozenset({"sentAt", "sent_at", "receivedAt", "writeKey", "api_key"})

# What careless code sends instead of an id. Were they believed, strangers would become one person.
NOBODY = frozenset(
    {"", "0", "-1", "null", "nil", "none", "nan", "undefined", "unknown", "anonymous", "guest"}
    | {"true", "false", "[]", "{}", "[object object]", "not_authenticated", "distinct_id", "id"}
    | {"00000000-0000-0000-0000-000000000000"}
)


@dataclass(frozen=True, slots=True)
class Id:
    """One id by which a client names a person."""

    value: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Track:
    """Somebody did something. `ids` all name the same person, the known ones first."""

    ids: tuple[Id, ...]
    event: str
    at: datetime
    uid: str
    properties: dict[str, JSON]
    claimed_at: str = ""


class Verb(StrEnum):
    """How an attribute is changed from what it is; a plain value is set by `attributes`."""

    ADD = "add"
    APPEND = "append"
    UNION = "union"
    REMOVE = "remove"
    UNSET = "unset"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one attribute; CLEAR unsets all of them and names none."""

    verb: Verb
    name: str = ""
    value: JSON = None


@dataclass(frozen=True, slots=True)
class Identify:
    """Somebody is something: attributes as of a time."""

    ids: tuple[Id, ...]
    at: datetime
    attributes: Mapping[str, JSON] = field(default_factory=dict)
    # Only where the person has none yet.
    once: Mapping[str, JSON] = field(default_factory=dict)
    # Changes that build on what is there, in their order.
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """Two ids are said to name one person; who was known stays."""

    ids: tuple[Id, Id]
    at: datetime


Message: TypeAlias = Track | Identify | Alias


class RefusedError(ValueError):
    """One message cannot be kept; `errors` maps its fields to the reasons."""

    def __init__(self, **errors: str) -> None:
        super().__init__(errors)
        self.errors = {name: [text] for name, text in errors.items()}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that was not kept, by its place in the request; with it, it can be tried again."""

    index: int
    errors: dict[str, list[str]]
    item: Any = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A request's messages, what was refused of it, and what was changed on the way in."""

    messages: Sequence[Message]
    refused: Sequence[Refusal] = ()


# --- What all families share --------------------------------------------------------------------


def believed(*named: tuple[object, Kind]) -> tuple[Id, ...]:
    """The ids that name somebody. Raises RefusedError for one that is too long to keep."""
    ids = []
    for given, kind in named:
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            continue
        value = str(given).strip()
        if value.lower() in NOBODY:
            continue
        if len(value) > LONGEST_ID:
            raise RefusedError(
                **{kind.label.lower(): f"An id has {LONGEST_ID} characters at most."}
            )
        ids.append(Id(value, kind))
    return tuple(ids)


def moment(claimed: object, received: datetime, sent: datetime | None) -> tuple[datetime, str]:
    """When something happened, and what was claimed where that cannot be believed (contract §3).

    A client whose clock is wrong says so by the time at which it says it sent: the event happened
    as long before the receipt as the client says it happened before the sending.
    """
    received = received.replace(microsecond=received.microsecond // 1000 * 1000)
    at = as_moment(claimed)
    if at is None:
        return received, str(claimed)[:64] if claimed not in (None, "") else ""
    if sent and abs(received - sent) > LATENCY:
        at = shifted(at, received - sent)
    if at is None or not EARLIEST <= at <= received + AHEAD:
        return received, str(claimed)[:64]
    return at.replace(microsecond=at.microsecond // 1000 * 1000), ""


def as_moment(claimed: object) -> datetime | None:
    """An instant from ISO text, or from seconds or milliseconds since 1970."""
    if isinstance(claimed, str):
        return as_instant(claimed.strip())
    if isinstance(claimed, bool) or not isinstance(claimed, int | float):
        return None
    try:
        return datetime.fromtimestamp(claimed / 1000 if abs(claimed) > 1e11 else claimed, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def shifted(at: datetime, by: timedelta) -> datetime | None:
    try:
        return at + by
    except OverflowError:
        return None


def uid_of(given: object, content: Mapping[str, Any], stamp: str = "") -> str:
    """The client's id of an event; without one, a hash of its content and `stamp`.

    What differs between two sendings of the same event is no part of its content.
    """
    if isinstance(given, str | int) and not isinstance(given, bool) and str(given):
        return shortened(str(given))
    lasting = {key: value for key, value in content.items() if key not in OF_THE_REQUEST}
    try:
        text = orjson.dumps([lasting, stamp], option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = orjson.dumps([cleaned(lasting), stamp], option=orjson.OPT_SORT_KEYS)
    return f"content-{hashlib.sha256(text).hexdigest()}"


def stamp_of(claimed: object, received: datetime, index: int | None) -> str:
    """What tells events apart that say neither their id nor their time: when and where they came.

    `index` is the place in a request; None in a file, where every reading has to give the same.
    """
    return "" if index is None or claimed not in (None, "") else f"{iso(received)} {index}"


def shortened(uid: str) -> str:
    if len(uid) <= LONGEST_UID:
        return uid
    return f"sha256-{hashlib.sha256(uid.encode()).hexdigest()}"
