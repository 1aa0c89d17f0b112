"""Who is in several of the segments that a result compares, in words and as a table."""

from analytics.presentation.tables import Cell, Table
from analytics.results import FunnelResult, Overlap, SegmentationResult
from people.locale import count

Compared = SegmentationResult | FunnelResult


def overlap_notes(result: Compared) -> list[str]:
    """That people count twice, or are left out, in one note; none where nobody is in several."""
    told = [told_of(result, each) for each in result.overlap if each.people]
    return [f"{'; '.join(told)}."] if told else []


def told_of(result: Compared, overlap: Overlap) -> str:
    people = "1 person is" if overlap.people == 1 else f"{count(overlap.people)} people are"
    every = "both" if len(overlap.segments) == 2 else "all of"
    return f"{people} in {every} {names_of(result, overlap)}"


def names_of(result: Compared, overlap: Overlap) -> str:
    *first, last = (result.segments[n].name for n in overlap.segments)
    return f"{', '.join(first)} and {last}"


def overlap_tables(result: Compared) -> list[Table]:
    """A row a pair of segments, then all of them; none where there is but one segment."""
    rows = [[Cell(names_of(result, each), "text"), Cell(each.people)] for each in result.overlap]
    return [Table("In several segments", ["Segments", "people"], rows)] if rows else []
