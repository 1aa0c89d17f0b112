"""What every client family's wire format becomes: things people did, are, and are also called."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

import orjson

from people.ingest.body import TooLarge, Unreadable, cleaned, parse_json
from people.models import Identity
from people.models.persons import LONGEST_ID
from people.values import JSON, as_instant, iso

log = logging.getLogger(__name__)

Kind = Identity.Kind
Errors: TypeAlias = dict[str, list[str]]
LONGEST_UID = 200
# Of one request. Libraries send 500 at most and halve a batch that is too large.
MOST_MESSAGES = 10_000
# Of what was refused of one request, as many are answered and kept; of the others the number.
MOST_ANSWERED = 100
# Properties of an event, or attributes that one message sets.
MOST_VALUES = 10_000
# Elements of a list that is an attribute.
MOST_LISTED = 1_000
# Characters of what a client sent that are said back to it.
LONGEST_QUOTE = 100
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
# A request takes time, too: only a difference beyond this is a wrong clock.
LATENCY = timedelta(seconds=60)

# What says when and how an event was sent, not what it is.
OF_THE_REQUEST = frozenset({"sentAt", "sent_at", "receivedAt", "writeKey", "api_key"})

# What careless code sends instead of an id. Were these used, strangers would become one person.
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

    @property
    def size(self) -> int:
        """How many values it says."""
        return len(self.properties)


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

    @property
    def size(self) -> int:
        """How many values it says."""
        return len(self.attributes) + len(self.once) + len(self.edits)


@dataclass(frozen=True, slots=True)
class Alias:
    """Two ids are said to name one person, the identified one first: it is the external id then."""

    ids: tuple[Id, Id]
    at: datetime
    # Libraries name the pair in either order: what is known of the two decides, then the order.
    either_way: bool = False

    @property
    def size(self) -> int:
        """It says no value."""
        return 0


Message: TypeAlias = Track | Identify | Alias


class RefusedError(ValueError):
    """One message cannot be kept; `errors` maps its fields to the reasons."""

    # Whether the client did something wrong; what is not kept by design is no error of its.
    is_error = True

    def __init__(self, **errors: str) -> None:
        super().__init__(errors)
        self.errors: Errors = {name: [text] for name, text in errors.items()}


class NotKeptError(RefusedError):
    """A message that is fine, but of nothing that is kept: answered with success, seen on Live."""

    is_error = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that was not kept, by its place in the request; with it, it can be tried again."""

    index: int
    errors: Errors
    item: Any = None
    is_error: bool = True

    @property
    def text(self) -> str:
        return reasons(self.errors)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A request's messages, and what was refused of it."""

    messages: Sequence[Message]
    refused: Sequence[Refusal] = ()


def reasons(errors: Errors) -> str:
    return "; ".join(text for texts in errors.values() for text in texts)


def quoted(given: object) -> str:
    """What a client sent, as far as it is said back to it."""
    return f"“{given[:LONGEST_QUOTE]}”" if isinstance(given, str) else f"a {type(given).__name__}"


# --- Reading a request --------------------------------------------------------------------------


def parse_each(items: Sequence[Any], read: Callable[[Any, int], Iterable[Message]]) -> Parsed:
    """The messages of a request; one that cannot be read leaves its neighbours alone.

    Raises TooLarge for more than MOST_MESSAGES items.
    """
    if len(items) > MOST_MESSAGES:
        raise TooLarge(f"A request has {MOST_MESSAGES:,} messages at most.")
    messages: list[Message] = []
    refused = []
    for index, item in enumerate(items):
        try:
            messages += understood(lambda item=item, index=index: read(item, index))  # type: ignore[misc]
        except RefusedError as error:
            refused.append(Refusal(index, error.errors, item, error.is_error))
    return Parsed(messages, refused)


def understood(read: Callable[[], Iterable[Message]]) -> list[Message]:
    """What a message or a record means. Raises RefusedError, also for what its reader did not
    expect: no message may take its neighbours with it."""
    try:
        messages = list(read())
    except RefusedError:
        raise
    except (TooLarge, Unreadable) as error:
        raise RefusedError(message=str(error)) from error
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        log.warning("A message could not be read", exc_info=True)
        raise RefusedError(message="This could not be read.") from error
    for each in messages:
        if each.size > MOST_VALUES:
            raise RefusedError(message=f"A message has {MOST_VALUES:,} values at most.")
        if isinstance(each, Identify):
            bounded(each)
    return messages


def bounded(message: Identify) -> None:
    """Raises RefusedError for a list that is longer than an attribute may be."""
    edits = ((edit.name, edit.value) for edit in message.edits)
    for name, value in (*message.attributes.items(), *message.once.items(), *edits):
        if isinstance(value, list) and len(value) > MOST_LISTED:
            raise RefusedError(
                **{name[:LONGEST_QUOTE]: f"A list has {MOST_LISTED:,} elements at most."}
            )


def object_in(item: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The object under a field; {} where there is none. Raises RefusedError for anything else."""
    value = item.get(field)
    # What PHP writes for an object without anything in it is an empty list.
    if value in (None, "", []):
        return {}
    if not isinstance(value, dict):
        raise RefusedError(**{field: "This is an object."})
    return value


def document(record: Mapping[str, Any], field: str) -> dict[str, Any]:
    """An object, or the text of one."""
    value = record.get(field)
    if isinstance(value, str) and value:
        try:
            value = parse_json(value.encode())
        except Unreadable as error:
            raise RefusedError(**{field: "This is no JSON object."}) from error
    return object_in({field: value}, field)


def list_in(item: Mapping[str, Any], field: str) -> list[Any]:
    """The list under a field; [] where there is none. Raises RefusedError for anything else."""
    value = item.get(field)
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        raise RefusedError(**{field: "This is a list."})
    return value


def objects_in(item: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """A list of objects. Raises RefusedError for anything else."""
    given = list_in(item, field)
    if not all(isinstance(each, dict) for each in given):
        raise RefusedError(**{field: "This is a list of objects."})
    return given


def as_object(item: Any) -> dict[str, Any]:
    """Raises RefusedError for a message that is no object."""
    if not isinstance(item, dict):
        raise RefusedError(message="This is an object.")
    return item


# --- What all families share --------------------------------------------------------------------


def usable_ids(*named: tuple[object, Kind]) -> tuple[Id, ...]:
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
    if at is None or not possible(at, received):
        return received, str(claimed)[:64]
    return at.replace(microsecond=at.microsecond // 1000 * 1000), ""


def possible(at: datetime, received: datetime) -> bool:
    return EARLIEST <= at <= received + AHEAD


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
