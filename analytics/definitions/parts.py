"""What definitions are made of: typed, frozen parts, read beside what the catalogue knows."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from people.values import UNKEEPABLE, as_date

KIND_HELP = "Which kind of report it is."
# Points of an answer: 65 bytes each as JSON.
MOST_POINTS = 100_000


class Word(StrEnum):
    """A choice that people read: its JSON key and its words."""

    label: str

    def __new__(cls, key: str, label: str) -> Self:
        word = str.__new__(cls, key)
        word._value_ = key
        word.label = label
        return word


Problems: TypeAlias = dict[str, list[str]]


class Invalid(ValueError):
    """A definition that cannot be asked; `problems` maps the path of each error to its reasons."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(problems)
        self.problems = problems


def complaint(text: str, *, at: str = "") -> PydanticCustomError:
    """What is wrong; `at` is the path below the field that is checked."""
    return PydanticCustomError("complaint", "{text}", {"text": text, "at": at})


def complaints(found: Iterable[tuple[tuple[str | int, ...], str]]) -> None:
    """Raises what is wrong further below the part that is checked: (path, sentence). Nothing where
    nothing is."""
    errors = [InitErrorDetails(type=complaint(text), loc=path, input=None) for path, text in found]
    if errors:
        raise ValidationError.from_exception_data("", errors)


def read_day(value: object) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and (day := as_date(value)):
        return day
    raise complaint("Use a day as YYYY-MM-DD.")


Day = Annotated[date, BeforeValidator(read_day)]


def read_name(name: str) -> str:
    if UNKEEPABLE.search(name):
        raise complaint("There is a character in it that no name can have.")
    return name


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(read_name)]


Whole = Annotated[int, Strict()]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def is_absent(value: object) -> bool:
    """Whether a part was not given, so that a dump leaves its key out."""
    return value is None


def keyed(otherwise: str | None = None, /, **keys: str) -> Discriminator:
    """Tells the members of a union by the keys that only they have: keyed(all="<all>", …); what
    has none of them is `otherwise`."""

    def tell(data: object) -> str | None:
        has = data.__contains__ if isinstance(data, dict) else lambda key: hasattr(data, key)
        return next((tag for key, tag in keys.items() if has(key)), otherwise)

    return Discriminator(tell)


class Report(Part):
    """A whole definition: what each kind says of itself."""

    # What an alert may read instead of the people of a number, and its words.
    shares: ClassVar[Mapping[str, str]] = {}

    def too_large(self) -> Problems:
        """Why the answer would be too large, and what makes it smaller; nothing where it is not."""
        return {}
