"""Segments as SQL: who is in them, and how many."""

from collections.abc import Sequence
from itertools import combinations
from typing import TypeAlias

from analytics.definitions.conditions import Alone, AnyCondition, AnyOf, InlineSegment, parts
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


def exclusive(segments: Sequence[Chosen]) -> tuple[Chosen, ...]:
    """The same segments, each without who is in another one, too."""
    conditions = [each.condition for each in segments if each]
    return tuple(
        each
        and each.model_copy(
            update={
                "condition": Alone.model_construct(
                    own=each.condition, others=(*conditions[:n], *conditions[n + 1 :])
                )
            }
        )
        for n, each in enumerate(segments)
    )


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


def memberships(segments: Sequence[InlineSegment], person: int, scope: Scope) -> Statement:
    """One row: of each segment whether the person is in it, 1 or 0; none where nobody is known."""
    w = Writer(scope, alone=person)
    tests = ", ".join(f"toUInt8({holds(w, each.condition)})" for each in segments)
    return w.statement(f"SELECT {tests} {w.people()}")


def together(count: int) -> list[tuple[int, ...]]:
    """Of so many segments each pair and, of more than two, all of them; by their indexes."""
    pairs = list[tuple[int, ...]](combinations(range(count), 2))
    return [*pairs, *([tuple(range(count))] if count > 2 else [])]


def overlap(segments: Sequence[Chosen], scope: Scope) -> Statement:
    """In one row how many people are in all segments of a pair, of the next one, …"""
    w = Writer(scope)
    tests = [
        f"{holds(w, each.condition) if each else '1'} AS t{n}" for n, each in enumerate(segments)
    ]
    numbers = [
        f"countIf({' AND '.join(f't{n}' for n in some)})" for some in together(len(segments))
    ]
    return w.statement(f"SELECT {', '.join(numbers)} FROM (SELECT {', '.join(tests)} {w.people()})")


def lines(condition: AnyCondition, before: AnyCondition | None, scope: Scope) -> Statement:
    """In one row: how many people a condition leaves after each of its lines, the last number being
    its own; then, where it takes the place of another, how many come and how many go."""
    w = Writer(scope)
    joint = " OR " if isinstance(condition, AnyOf) else " AND "
    tests = [f"{holds(w, each)} AS t{n}" for n, each in enumerate(parts(condition) or (condition,))]
    so_far = [joint.join(f"t{n}" for n in range(last + 1)) for last in range(len(tests))]
    numbers = [f"countIf({each})" for each in so_far]
    if before:
        tests.append(f"{holds(w, before)} AS was")
        now = f"({so_far[-1]})"
        numbers += [f"countIf({now} AND NOT was)", f"countIf(was AND NOT {now})"]
    return w.statement(f"SELECT {', '.join(numbers)} FROM (SELECT {', '.join(tests)} {w.people()})")


def inside(segment: InlineSegment, scope: Scope) -> Statement:
    """The `person`s of a segment."""
    w = Writer(scope)
    return w.statement(f"SELECT person {w.people()} AND {holds(w, segment.condition)}")
