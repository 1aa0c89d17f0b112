"""Segments as SQL: who is in them, and how many."""

from collections.abc import Sequence
from typing import TypeAlias

from analytics.definitions.conditions import InlineSegment
from analytics.definitions.segments import SavedSegment
from analytics.engine.conditions import holds
from analytics.engine.query import Scope, Statement
from analytics.engine.writer import Writer

# None stands for everybody.
Chosen: TypeAlias = InlineSegment | None


def chosen_segments(
    segments: Sequence[SavedSegment | InlineSegment], scope: Scope
) -> tuple[Chosen, ...]:
    """The segments of a definition, saved ones looked up."""
    found = [
        scope.catalogue.segments[each.segment] if isinstance(each, SavedSegment) else each
        for each in segments
    ]
    return tuple(found) or (None,)


def segment_name(segment: Chosen) -> str:
    return segment.name if segment else "Everybody"


def members(w: Writer, segment: Chosen) -> str:
    """A plain boolean over any row with a `person`: is the person in the segment?"""
    if segment is None:
        return "1"
    return f"person IN (SELECT person {w.people()} AND {holds(w, segment.condition)})"


def member_counts(w: Writer, segments: Sequence[Chosen]) -> str:
    """One count of members for each segment, over rows of people."""
    tests = [holds(w, each.condition) if each else "1" for each in segments]
    return ", ".join(f"countIf({each})" for each in tests)


def sizes(segments: Sequence[Chosen], scope: Scope) -> Statement:
    """All members of each segment, in one row."""
    w = Writer(scope)
    return w.statement(f"SELECT {member_counts(w, segments)} {w.people()}")


def inside(segment: InlineSegment, scope: Scope) -> Statement:
    """The `person`s of a segment."""
    w = Writer(scope)
    return w.statement(f"SELECT person {w.people()} AND {holds(w, segment.condition)}")
