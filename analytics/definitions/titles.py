"""Names of attributes and properties as people read them: "Song genre" for songGenre."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from analytics.definitions.parts import Part
from people.attributes import snake

TITLES = {
    "external_id": "External id",
    "email": "E-mail",
    "registered_at": "Registered",
    "created_at": "Added",
    "modified_at": "Changed",
    "birth_date": "Date of birth",
}


def title_of(name: str) -> str:
    """A name as people read it."""
    words = snake(name).replace("_", " ").replace("-", " ").strip()
    return TITLES.get(name) or (words[:1].upper() + words[1:] if words else name)


def in_words(name: str) -> str:
    """A name in the middle of a sentence: "song genre"."""
    title = title_of(name)
    return title[:1].lower() + title[1:]


# Where parts of a definition name attributes and properties.
NAMING = ("property", "attribute", "hold")
Said = TypeVar("Said")


def said(part: Said) -> Said:
    """A part of a definition that is only told, never asked: its attributes and properties have
    the names that people read."""
    match part:
        case tuple():
            return cast("Said", tuple(said(each) for each in part))
        case Part():
            values = {name: getattr(part, name) for name in type(part).model_fields}
            read = {
                name: renamed(value) if name in NAMING else said(value)
                for name, value in values.items()
            }
            return cast("Said", type(part).model_construct(part.model_fields_set, **read))
        case _:
            return part


def renamed(value: Any) -> Any:
    match value:
        case str():
            return in_words(value)
        case tuple():
            return tuple(renamed(each) for each in value)
        case _:
            return value


def name_of(text: str, names: Iterable[str]) -> str:
    """The name that a text stands for: a name itself, or the title of just one; else the text."""
    names = list(names)
    if text in names:
        return text
    wanted = text.strip().lower()
    meant = [name for name in names if wanted in (name.lower(), title_of(name).lower())]
    return meant[0] if len(meant) == 1 else text


def nearest(text: str, names: Iterable[str]) -> str:
    """The name that somebody may have meant; "" where none is near."""
    names = list(names)
    inside = [name for name in names if text.lower() in name.lower()]
    near = get_close_matches(text.lower(), [name.lower() for name in names], 1)
    return (
        min(inside, key=len)
        if inside
        else next((name for name in names if near and name.lower() == near[0]), "")
    )
