"""Pieces of a list of people, and how long it is."""

from dataclasses import dataclass

from analytics.engine.query import Statement


@dataclass(frozen=True)
class Page:
    """A piece of a list of people in the order of their ids: those after one id, or before it."""

    size: int
    after: int | None = None
    before: int | None = None

    def of(self, people: Statement) -> Statement:
        """One more than fits, so that it shows whether the list goes on."""
        own = {"page_size": self.size + 1}
        where, order = "1", "ASC"
        if self.after is not None:
            own["page_after"] = self.after
            where = "person > {page_after:UInt64}"
        elif self.before is not None:
            own["page_before"] = self.before
            where, order = "person < {page_before:UInt64}", "DESC"
        return Statement(
            f"SELECT person FROM ({people.sql}) WHERE {where} ORDER BY person {order}"
            " LIMIT {page_size:UInt64}",
            {**people.binds, **own},
        )


def count(people: Statement) -> Statement:
    return Statement(f"SELECT count() FROM ({people.sql})", people.binds)
