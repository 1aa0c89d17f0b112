"""Attributes that every person may have: the built-in ones, and the traits that fill them."""

import re
from collections.abc import Iterator, Mapping

from people.values import JSON, Type, as_date, as_instant, iso

STANDARD: dict[str, Type] = {
    "external_id": Type.TEXT,
    "type": Type.TEXT,
    "first_name": Type.TEXT,
    "middle_name": Type.TEXT,
    "last_name": Type.TEXT,
    "nickname": Type.TEXT,
    "gender": Type.TEXT,
    "birth_date": Type.DATE,
    "email": Type.TEXT,
    "phone": Type.TEXT,
    "address": Type.TEXT,
    "city": Type.TEXT,
    "country": Type.TEXT,
    "preferred_language": Type.TEXT,
    "tags": Type.LIST,
    "registered_at": Type.DATETIME,
    "created_at": Type.DATETIME,
    "modified_at": Type.DATETIME,
}
LONGEST_TEXT = 4096
CHOICES = {"type": ("customer", "lead"), "gender": ("male", "female", "other")}

# Reserved trait names, in snake case and without the `$` of some clients → the attribute.
RESERVED = {name: name for name in STANDARD if name not in ("external_id", "modified_at")} | {
    "birthday": "birth_date",
    "created": "registered_at",
    "country_code": "country",
    "created_at": "registered_at",
}
# What clients may call a trait, and what only the project itself says of a person.
OURS = frozenset({"external_id", "modified_at"})
# What names somebody, whatever it is called by clients.
PERSONAL = frozenset(
    {"external_id", "first_name", "middle_name", "last_name", "nickname", "birth_date", "email"}
    | {"phone", "address", "name", "full_name", "user_id", "username"}
)
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def from_traits(traits: Mapping[str, JSON]) -> dict[str, JSON]:
    """Attributes from what a client says of a person: reserved names fill the standard ones.

    A value that does not fit its standard attribute is left out; everything else is custom. Null
    says that there is no value any more.
    """
    attributes: dict[str, JSON] = {}
    for name, value in spread(traits):
        standard = RESERVED.get(snake(name))
        if snake(name) in OURS:
            continue
        if standard is None or value is None:
            attributes[standard or name] = value
        elif (fitting := fitted(standard, value)) is not None:
            attributes[standard] = fitting
    return attributes


def spread(traits: Mapping[str, JSON]) -> Iterator[tuple[str, JSON]]:
    """The traits one by one; an `address` object becomes street, city and country."""
    for name, value in traits.items():
        if snake(name) == "address" and isinstance(value, dict):
            for part, attribute in (
                ("street", "address"),
                ("city", "city"),
                ("country", "country"),
            ):
                if value.get(part):
                    yield attribute, value[part]
        else:
            yield name, value


def snake(name: str) -> str:
    return HUMP.sub("_", name.removeprefix("$")).lower()


def fitted(attribute: str, value: JSON) -> JSON:
    """A value as the standard attribute keeps it; None where it does not fit."""
    match STANDARD[attribute]:
        case Type.LIST:
            return [str(each) for each in value] if isinstance(value, list) else None
        case Type.DATE | Type.DATETIME:
            return fitted_time(STANDARD[attribute], value)
        case _ if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        case _:
            text = str(value)[:LONGEST_TEXT]
            choices = CHOICES.get(attribute)
            return text if not choices else text.lower() if text.lower() in choices else None


def fitted_time(kind: Type, value: JSON) -> str | None:
    """A day, or an instant; a day given for an instant stays a day until its zone is known."""
    if not isinstance(value, str):
        return None
    if day := as_date(value.strip()):
        return day.isoformat()
    if not (instant := as_instant(value.strip())):
        return None
    return instant.date().isoformat() if kind is Type.DATE else iso(instant)


def is_personal(name: str) -> bool:
    """Whether values of an attribute or a property of this name are about one person each."""
    return RESERVED.get(snake(name), snake(name)) in PERSONAL
