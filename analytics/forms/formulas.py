"""The formulas of the form: fields of a URL ↔ pieces of a definition."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from analytics.forms.fields import Fields, Row


@dataclass
class FormulaRow:
    """A number computed from those of the events; one without an expression is not asked."""

    prefix: str
    expression: str = ""
    name: str = ""
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: QueryDict, prefix: str) -> "FormulaRow":
        return cls(prefix, query.get(prefix, "").strip(), query.get(f"{prefix}-name", "").strip())

    @classmethod
    def of(cls, prefix: str, formula: Mapping[str, Any]) -> "FormulaRow":
        return cls(prefix, formula["expression"], formula.get("name", ""))

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix

    def add(self, what: str) -> Row | None:
        """It has no rows."""

    def place(self, path: str) -> Iterator[tuple[str, Row]]:
        yield path, self

    def fields(self) -> Fields:
        named = [(f"{self.prefix}-name", self.name)] if self.name else []
        return [(self.prefix, self.expression), *named]

    def dump(self) -> dict[str, Any]:
        return {"expression": self.expression} | ({"name": self.name} if self.name else {})
