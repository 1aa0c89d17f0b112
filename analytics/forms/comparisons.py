"""One comparison of the form: a filter of an event, or a condition on an attribute of people."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import QueryDict

from analytics.definitions.conditions import phrase
from analytics.definitions.operators import OPERATORS, Operator, Takes
from analytics.definitions.titles import name_of, nearest, title_of
from analytics.forms.fields import Fields, Row, number, places, texts
from people.values import Type

NUMERIC = {Operator.LESS_THAN, Operator.AT_MOST, Operator.GREATER_THAN, Operator.AT_LEAST}


@dataclass
class Comparison:
    """A filter of an event (`key` is "property") or a condition on people ("attribute")."""

    prefix: str
    key: str
    name: str = ""
    operator: str = "is"
    values: list[str] = field(default_factory=list)
    type: Type | None = None
    # What there is to choose from, with the types.
    types: Mapping[str, Type] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    # How many people are left after it, where its rule is counted line by line.
    left: int | None = None

    @classmethod
    def all(
        cls, query: QueryDict, stem: str, key: str, types: Mapping[str, Type]
    ) -> list["Comparison"]:
        return [cls.read(query, prefix, key, types) for prefix in places(query, stem, key)]

    @classmethod
    def read(
        cls, query: QueryDict, prefix: str, key: str, types: Mapping[str, Type]
    ) -> "Comparison":
        name = name_of(query.get(f"{prefix}-{key}", ""), types)
        operator = query.get(f"{prefix}-operator") or first_operator(types.get(name))
        values = query.getlist(f"{prefix}-value")
        return cls(prefix, key, name, operator, values, types.get(name), types)

    @classmethod
    def of(cls, prefix: str, key: str, leaf: Mapping[str, Any]) -> "Comparison":
        return cls(prefix, key, leaf[key], leaf["operator"], texts(leaf.get("value")))

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix

    def add(self, what: str) -> Row | None:
        """It has no rows."""

    def place(self, path: str) -> Iterator[tuple[str, Row]]:
        yield path, self

    def fields(self) -> Fields:
        told = [(self.key, self.name), ("operator", self.operator)]
        told += [("value", value) for value in (self.given if self.takes_many else self.values)]
        return [(f"{self.prefix}-{key}", value) for key, value in told]

    def dump(self) -> dict[str, Any]:
        leaf = {self.key: self.name, "operator": self.operator}
        value = self.value()
        return leaf if value is None else leaf | {"value": value}

    def __str__(self) -> str:
        return phrase(self.name, self.chosen, self.value())

    @property
    def chosen(self) -> Operator:
        """Its operator; the first one where there is none of that name."""
        return next((each for each in Operator if each == self.operator), Operator.IS)

    @property
    def title(self) -> str:
        """The name as people read it, where it leads back to the name."""
        title = title_of(self.name)
        return title if name_of(title, self.types) == self.name else self.name

    @property
    def hint(self) -> str:
        """What may be a mistake in the name."""
        if not self.name or not self.types or self.name in self.types:
            return ""
        meant = nearest(self.name, self.types)
        asked = f"; did you mean {title_of(meant)}?" if meant else "."
        return f"Nothing called {self.name} was ever sent{asked}"

    @property
    def is_unfinished(self) -> bool:
        """Whether the name is there and the value is not."""
        fewest = {Takes.NONE: 0, Takes.PAIR: 2}.get(self.takes, 1)
        given = self.values[:1] if self.takes is Takes.SPAN else self.values
        return bool(self.name) and sum(map(bool, given)) < fewest

    @property
    def missing(self) -> str:
        """What is still to be chosen."""
        is_day = self.input_type == "date"
        match self.takes:
            case Takes.PAIR:
                return "Choose both days." if is_day else "Give both numbers."
            case Takes.SPAN:
                return "Say how many days or weeks."
            case _:
                return "Choose a day." if is_day else f"Choose a value of {self.spoken}."

    @property
    def spoken(self) -> str:
        return title_of(self.name)[:1].lower() + title_of(self.name)[1:]

    @property
    def between_values(self) -> str:
        return "and" if self.takes is Takes.PAIR else "or"

    @property
    def takes_many(self) -> bool:
        return self.takes is Takes.MANY

    @property
    def pasting(self) -> str:
        """How a list that is pasted becomes values."""
        if self.input_type == "number":
            return "Paste a list: one a line, or with semicolons."
        return "Paste a list: one a line, or with commas; “Smith, John” in quotes is one."

    @property
    def given(self) -> list[str]:
        """The values that are there."""
        return [value for value in self.values if value]

    @property
    def checks_values(self) -> bool:
        """Whether its values are texts that have to be written as they were sent."""
        exact = (Operator.IS, Operator.IS_NOT, Operator.CONTAINS, Operator.DOES_NOT_CONTAIN)
        return (
            self.type in (Type.TEXT, Type.LIST)
            and self.takes_many
            and bool(self.given)
            and (self.operator in exact)
        )

    @property
    def operators(self) -> list[Operator]:
        kinds = [self.type] if self.type else list(OPERATORS)
        return [each for each in Operator if any(each in OPERATORS[kind] for kind in kinds)]

    @property
    def takes(self) -> Takes:
        for kind in [self.type] if self.type else list(OPERATORS):
            if self.operator in OPERATORS[kind]:
                return OPERATORS[kind][cast(Operator, self.operator)].takes
        return Takes.ONE

    @property
    def inputs(self) -> list[str]:
        """What stands in the value fields: as many as the operator takes, one more where it may."""
        count = {Takes.NONE: 0, Takes.ONE: 1, Takes.PAIR: 2, Takes.SPAN: 1}
        given = [value for value in self.values if value]
        if self.takes is Takes.MANY:
            return [*given, ""]
        return [*self.values, "", ""][: count[self.takes]]

    @property
    def input_type(self) -> str:
        if self.takes is Takes.SPAN or self.type is Type.NUMBER:
            return "number"
        return "date" if self.type in (Type.DATE, Type.DATETIME) else "text"

    @property
    def span_unit(self) -> str:
        return self.values[1] if len(self.values) > 1 else "day"

    def value(self) -> Any:
        """The value in the shape of the definition, from the texts of the form."""
        given = [self.typed(text) for text in self.values if text != ""]
        match self.takes:
            case Takes.NONE:
                return None
            case Takes.ONE:
                return given[0] if given else None
            case Takes.SPAN:
                amount = int(self.values[0]) if self.values and self.values[0].isdigit() else None
                return {"value": amount, "unit": self.span_unit}
            case _:
                return given

    def typed(self, text: str) -> Any:
        if self.type is Type.BOOLEAN:
            return {"true": True, "false": False}.get(text, text)
        if self.type is Type.NUMBER or (self.type is None and self.operator in NUMERIC):
            return number(text)
        return text


def first_operator(kind: Type | None) -> str:
    """What a new comparison begins with."""
    rules = OPERATORS[kind] if kind else OPERATORS[Type.TEXT]
    return str(next(each for each in Operator if each in rules))


def dumped(comparisons: Iterable[Comparison]) -> list[dict[str, Any]]:
    """Those that say of what."""
    return [each.dump() for each in comparisons if each.name]
