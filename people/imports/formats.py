"""One record of each product's export as the messages that it means.

Those of the products whose live data is taken, too, stand with it (people/ingest).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from people.attributes import from_traits
from people.ingest.families import FAMILIES
from people.ingest.messages import (
    Id,
    Identify,
    Kind,
    Message,
    RefusedError,
    Track,
    as_moment,
    object_in,
    objects_in,
    possible,
    quoted,
    uid_of,
    usable_ids,
)
from people.models.catalogue import LONGEST_NAME

Record: TypeAlias = Mapping[str, Any]
Reader: TypeAlias = Callable[[Record, datetime], Iterable[Message]]


AMPLITUDES_OWN = frozenset({"session_start", "session_end", "$identify", "$groupidentify"})


def from_amplitude(record: Record, received: datetime) -> Iterator[Message]:
    """An event with what was known of the person then; its times are UTC without saying so."""
    ids = known_and_device(record.get("user_id"), record.get("device_id"))
    at = needed_time(record, "event_time", as_moment(record.get("event_time")), received)
    said = object_in(record, "user_properties")
    attributes = from_traits({k: v for k, v in said.items() if v not in ("EMPTY", None)})
    if attributes:
        yield Identify(ids, at, attributes)
    name = needed_name(record, "event_type")
    if name not in AMPLITUDES_OWN:
        uid = uid_of(record.get("uuid") or record.get("$insert_id"), record)
        yield Track(ids, name, at, uid, object_in(record, "event_properties"))


# What the product measures for itself; no fact about what was done.
GA4S_OWN = frozenset(
    {"ga_session_id", "ga_session_number", "engagement_time_msec", "session_engaged"}
    | {"engaged_session_event", "batch_page_id", "batch_ordering_id"}
)
# Together these name an event: the export has no id of its own.
GA4_KEY = (
    "user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id", "batch_page_id",
    "batch_ordering_id", "batch_event_index",
)  # fmt: skip


def from_ga4(record: Record, received: datetime) -> Iterator[Message]:
    """An event; whole numbers are text in JSON, times are microseconds."""
    ids = known_and_device(record.get("user_id"), record.get("user_pseudo_id"))
    micros = number(record.get("event_timestamp"))
    claimed = as_moment(micros / 1000) if micros else None
    at = needed_time(record, "event_timestamp", claimed, received)
    if attributes := from_traits(pairs(record, "user_properties")):
        yield Identify(ids, at, attributes)
    params = pairs(record, "event_params")
    facts = {key: value for key, value in params.items() if key not in GA4S_OWN}
    key = {name: str(record.get(name, params.get(name))) for name in GA4_KEY}
    name = needed_name(record, "event_name")
    yield Track(ids, name, at, uid_of(None, key), facts)


def pairs(record: Record, field: str) -> dict[str, Any]:
    """[{key, value: {string_value | int_value | …}}] as key → value."""
    found = {}
    for each in objects_in(record, field):
        value = object_in(each, "value")
        whole = whole_number(value.get("int_value"), field)
        texts = (value.get("string_value"), whole)
        numbers = (value.get("float_value"), value.get("double_value"))
        known = [part for part in (*texts, *numbers) if part is not None]
        if known:
            found[str(each.get("key"))] = known[0]
    return found


def whole_number(value: Any, field: str) -> int | None:
    """Whole numbers are text in JSON."""
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise RefusedError(**{field: f"{quoted(value)} is no whole number."}) from error


def number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def known_and_device(known: Any, device: Any) -> tuple[Id, ...]:
    if not (ids := usable_ids((known, Kind.EXTERNAL), (device, Kind.ANONYMOUS))):
        raise RefusedError(user_id="A record needs the id of a person or of a device.")
    return ids


def needed_time(record: Record, field: str, at: datetime | None, received: datetime) -> datetime:
    if at is None or not possible(at, received):
        given = quoted(record.get(field))
        raise RefusedError(**{field: f"{given} is no time like 2026-05-31 10:00:00."})
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def needed_name(record: Record, field: str) -> str:
    name = record.get(field)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
        raise RefusedError(
            **{field: f"An event needs a name of at most {LONGEST_NAME} characters."}
        )
    return name


READERS: dict[str, Reader] = {
    "amplitude": from_amplitude,
    "ga4": from_ga4,
    **{family.name: family.exported for family in FAMILIES},
}
# What the choices of a page say.
TITLES = {
    "csv": "Any CSV",
    "amplitude": "Amplitude (zip)",
    "ga4": "Google Analytics 4 (BigQuery: JSON lines or Parquet)",
    **{family.name: family.title for family in FAMILIES},
}
