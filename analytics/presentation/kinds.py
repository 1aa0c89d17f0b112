"""What differs by the kind of a result, in one record: its tables, charts and sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from analytics.presentation import charts, overlaps, summary, tables, thumbs
from analytics.presentation.charts import Chart, FunnelChart, Setting
from analytics.presentation.tables import Table
from analytics.presentation.thumbs import Thumb
from analytics.results import FunnelResult, Result, SegmentationResult


@dataclass(frozen=True)
class Presentation:
    """An answer as people meet it; each part is made when it is asked for."""

    tables: Callable[[], list[Table]]
    charts: Callable[[], list[Chart]]
    funnel: Callable[[], FunnelChart | None]
    finding: Callable[[], str]
    sentences: Callable[[], list[str]]
    emptiness: Callable[[], list[str]]
    overlap: Callable[[], list[str]]
    thumb: Callable[[], Thumb]


def presentation(result: Result, setting: Setting = charts.PLAIN) -> Presentation:
    """An answer, drawn in a setting: where its numbers lead, what is marked on its charts."""
    match result:
        case SegmentationResult():
            return Presentation(
                lambda: tables.segmentation_tables(result) + overlaps.overlap_tables(result),
                partial(charts.segmentation_charts, result, setting),
                lambda: None,
                partial(summary.finding_of_series, result),
                partial(summary.of_series, result),
                partial(summary.no_events, result),
                partial(overlaps.overlap_notes, result),
                partial(thumbs.of_series, result),
            )
        case FunnelResult():
            return Presentation(
                lambda: tables.funnel_tables(result) + overlaps.overlap_tables(result),
                list,
                partial(charts.funnel_chart, result),
                partial(summary.finding_of_journeys, result),
                partial(summary.of_journeys, result),
                partial(summary.no_entrants, result),
                partial(overlaps.overlap_notes, result),
                partial(thumbs.of_steps, result),
            )
        case _:
            assert_never(result)


def finding(result: Result) -> str:
    """What an answer says, in one sentence: for a title, the subject of a mail, a list."""
    return presentation(result).finding()
