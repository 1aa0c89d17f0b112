"""What changed between two definitions, in the words that definitions have themselves.

Reads the fields of any definition and of its parts, so a new kind or key is told like the others.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from analytics.definitions.conditions import InlineSegment
from analytics.definitions.parts import Part
from analytics.definitions.reports import Definition
from analytics.definitions.segments import SavedSegment

# A change by itself, and where in the definition it is: nothing for the definition as a whole.
ONES = {
    "entries": "entry",
    "granularities": "granularity",
    "properties": "property",
    "hold": "held property",
}


def differences(
    before: Definition, after: Definition, segments: Mapping[str, InlineSegment]
) -> list[str]:
    """Each change as a phrase: "window 15 minutes → 1 hour", "step 3 added: Payment".

    `segments` are the saved ones, by id, for their names. Empty where the definitions are equal.
    """
    return list(Differences(segments).of_parts(before, after))


class Differences:
    """Compares parts, with the names of the segments at hand."""

    def __init__(self, segments: Mapping[str, InlineSegment]) -> None:
        self.segments = segments

    def of_parts(self, before: Part, after: Part) -> Iterator[str]:
        """The fields that differ. What only one of two kinds has came or went with the kind."""
        old, new = type(before).model_fields, type(after).model_fields
        for name in [*new, *(each for each in old if each not in new)]:
            one, other = getattr(before, name, None), getattr(after, name, None)
            if one != other:
                yield from self.of_values(name.replace("_", " "), one, other)

    def of_values(self, name: str, before: Any, after: Any) -> Iterator[str]:
        match before, after:
            case tuple(), tuple():
                yield from self.of_lists(name, before, after)
            case None | (), _:
                yield f"{name} added: {self.said(after)}"
            case _, None | ():
                yield f"{name} removed"
            case Part(), Part() if self.said(before) == self.said(after):
                # What its words leave out, as the filters of an event that has a name of its own.
                yield from (f"{name}, {each}" for each in self.of_parts(before, after))
            case _:
                yield f"{name} {self.said(before)} → {self.said(after)}"

    def of_lists(self, name: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[str]:
        """Each member that came, went, moved or changed, by its place counted from 1."""
        one = ONES.get(name, name.removesuffix("s"))
        moved = [each for each in before if each in after]
        if len(moved) == len(before) == len(after):
            yield f"{name} in another order: {self.said(after)}"
            return
        olds, news = ([repr(each) for each in members] for members in (before, after))
        for what, i, j, k, m in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
            if what == "equal":
                continue
            both = min(j - i, m - k)
            for n in range(both):
                yield from self.of_values(f"{one} {k + n + 1}", before[i + n], after[k + n])
            for n in range(k + both, m):
                yield f"{one} {n + 1} added: {self.said(after[n])}"
            for n in range(i + both, j):
                yield f"{one} {n + 1} removed: {self.said(before[n])}"

    def said(self, value: Any) -> str:
        match value:
            case SavedSegment():
                known = self.segments.get(value.segment)
                return known.name if known else "a segment that was deleted"
            case InlineSegment():
                return value.name
            case tuple() | list():
                return ", ".join(self.said(each) for each in value)
            case bool():
                return "yes" if value else "no"
            case StrEnum():
                return str(getattr(value, "label", value)).lower()
            case _:
                return str(value)
