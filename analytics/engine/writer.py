"""One statement in the making: its placeholders, and its sources, each of the project alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from analytics.engine.query import CLOCK, Scope, Span, Statement
from people.values import milliseconds


class Writer:
    """Collects the values of a statement and gives back the store's placeholders, so that text and
    values never meet. Every FROM is written here, and each adds the project; of `alone` nobody
    else's rows are read."""

    def __init__(self, scope: Scope, alone: int | None = None) -> None:
        self.scope = scope
        self.alone = alone
        self.binds: dict[str, Any] = {}

    def as_of(self, now: datetime) -> "Writer":
        """The same statement, written as of another instant."""
        other = Writer(replace(self.scope, now=now))
        other.binds = self.binds
        return other

    def bind(self, value: object, kind: str) -> str:
        """The placeholder of a value; `kind` is its type in the store."""
        name = f"v{len(self.binds)}"
        self.binds[name] = value
        return f"{{{name}:{kind}}}"

    def clock(self) -> str:
        """The present instant, in milliseconds."""
        self.binds[CLOCK] = milliseconds(self.scope.now)
        return f"{{{CLOCK}:Int64}}"

    def instant(self, at: int) -> str:
        """An instant, of milliseconds since 1970."""
        return f"fromUnixTimestamp64Milli({self.bind(at, 'Int64')}, 'UTC')"

    def events(
        self, names: Iterable[str] | None = None, span: Span | None = None, *, people: str = ""
    ) -> str:
        """FROM the project's events, of these names, in the span; each beside what `people`, a
        SELECT of a row a person, says of who did it, as `r`."""
        beside = f" LEFT JOIN ({people}) AS r USING (person)" if people else ""
        tests = [self.own()]
        if names is not None:
            tests.append(f"event IN {self.bind(sorted(set(names)), 'Array(String)')}")
        if span:
            tests += [f"at >= {self.instant(span.start)}", f"at < {self.instant(span.end)}"]
        return f"FROM events{beside} WHERE {' AND '.join(tests)}"

    def people(self) -> str:
        """FROM the project's people as they are now."""
        return f"FROM people FINAL WHERE {self.own()}"

    def own(self) -> str:
        """Whose rows are read."""
        test = f"project = {self.bind(self.scope.project, 'UInt64')}"
        if self.alone is None:
            return test
        return f"{test} AND person = {self.bind(self.alone, 'UInt64')}"

    def statement(self, sql: str, *, as_columns: bool = False) -> Statement:
        return Statement(sql, self.binds, as_columns)
