"""What differs by the kind of a result, in one record: its tables, charts and sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar, assert_never

from analytics.definitions.reports import Definition, Funnel, Segmentation
from analytics.definitions.titles import said
from analytics.presentation import charts, conversions, overlaps, retention, summary, tables, thumbs
from analytics.presentation import headlines as headlined
from analytics.presentation.charts import Chart, FunnelChart, Setting
from analytics.presentation.charts.conversions import conversion_charts
from analytics.presentation.charts.curves import retention_charts
from analytics.presentation.headlines import MOST_HEADLINES, Headline
from analytics.presentation.tables import Table
from analytics.presentation.thumbs import Thumb
from analytics.results import (
    FunnelGroup,
    FunnelResult,
    FunnelSegment,
    Result,
    RetentionResult,
    SegmentationResult,
    Series,
    Step,
)

AnyJourney = TypeVar("AnyJourney", FunnelSegment, FunnelGroup)
Labelled = TypeVar("Labelled", Series, Step)


@dataclass(frozen=True)
class Presentation:
    """An answer as people meet it; each part is made when it is asked for."""

    tables: Callable[[], list[Table]]
    # For a spreadsheet: what a page shows in one cell is apart.
    sheets: Callable[[], list[Table]]
    charts: Callable[[], list[Chart]]
    funnel: Callable[[], FunnelChart | None]
    finding: Callable[[], str]
    sentences: Callable[[], list[str]]
    emptiness: Callable[[], list[str]]
    overlap: Callable[[], list[str]]
    thumb: Callable[[], Thumb]
    # Of each series or segment one, as many as stand out.
    headlines: Callable[[], list[Headline]]

    def further(self) -> list[str]:
        """The sentences, without one that the finding has said already."""
        finding = self.finding()
        return [each for each in self.sentences() if each.rstrip(".") not in finding]

    def notes(self) -> list[str]:
        return [*self.emptiness(), *self.overlap()]


def presentation(
    result: Result, asked: Definition, setting: Setting = charts.PLAIN
) -> Presentation:
    """An answer beside what was asked, drawn in a setting: where its numbers lead, what is marked
    on its charts."""
    result, asked = relabelled(result, asked), said(asked)
    match result:
        case SegmentationResult():
            series = partial(tables_of_series, result, asked)
            return Presentation(
                series,
                series,
                partial(charts_of_series, result, asked, setting),
                lambda: None,
                partial(summary.finding_of_series, result),
                partial(summary.of_series, result),
                partial(summary.no_events, result),
                partial(overlaps.overlap_notes, result),
                partial(thumbs.of_series, result),
                partial(headlined.of_series, result),
            )
        case FunnelResult():
            besides = conversions.Conversions.of(result, asked)
            journeys = partial(tables_of_journeys, besides)
            return Presentation(
                journeys,
                journeys,
                partial(conversion_charts, besides, setting),
                partial(charts.funnel_chart, result, setting),
                partial(summary.finding_of_journeys, result, asked),
                lambda: summary.of_journeys(result) + conversions.sentences(besides),
                partial(summary.no_entrants, result, asked),
                partial(overlaps.overlap_notes, result),
                partial(thumbs.of_steps, result),
                partial(headlined.of_steps, result),
            )
        case RetentionResult():
            triangle = retention.Triangle.of(result, asked)
            return Presentation(
                partial(retention.triangles, triangle),
                partial(retention.sheets, triangle),
                partial(retention_charts, triangle, setting),
                lambda: None,
                partial(retention.finding, triangle),
                partial(retention.sentences, triangle),
                partial(retention.emptiness, triangle),
                list,
                partial(thumbs.of_cohorts, result),
                partial(retention.headlines, triangle),
            )
        case _:
            assert_never(result)


def relabelled(result: Result, asked: Definition) -> Result:
    """An answer whose series and steps are called as the question reads, not as it is asked."""
    match result, asked:
        case SegmentationResult(), Segmentation():
            words = {str(each): str(said(each)) for each in asked.events}
            series = tuple(called(each, words) for each in result.series)
            return result.model_copy(update={"series": series})
        case FunnelResult(), Funnel():
            words = dict(zip(asked.labels, said(asked).labels, strict=True))
            segments = tuple(with_steps(each, words) for each in result.segments)
            return result.model_copy(update={"segments": segments})
        case _:
            return result


def called(labelled: Labelled, words: Mapping[str, str]) -> Labelled:
    return labelled.model_copy(update={"label": words.get(labelled.label, labelled.label)})


def with_steps(journey: AnyJourney, words: Mapping[str, str]) -> AnyJourney:
    """People on their way, and the groups of them, with steps that are called so."""
    update: dict[str, Any] = {"steps": tuple(called(each, words) for each in journey.steps)}
    if isinstance(journey, FunnelSegment) and journey.breakdown:
        update["breakdown"] = tuple(with_steps(each, words) for each in journey.breakdown)
    return journey.model_copy(update=update)


def charts_of_series(
    result: SegmentationResult, asked: Definition, setting: Setting
) -> list[Chart]:
    """Charts, with what has to be known of the question to read them."""
    drawn = charts.segmentation_charts(result, setting)
    if not isinstance(asked, Segmentation):
        return drawn
    return [
        replace(each, notes=[*asked.notes, *each.notes], counts=asked.counts(granularity))
        for each, granularity in zip(drawn, result.granularities, strict=True)
    ]


def tables_of_series(result: SegmentationResult, asked: Definition) -> list[Table]:
    shown = tables.segmentation_tables(result)
    if isinstance(asked, Segmentation):
        each_of = zip(shown, result.granularities, strict=True)
        shown = [replace(each, counts=asked.counts(granularity)) for each, granularity in each_of]
    return shown + overlaps.overlap_tables(result)


def tables_of_journeys(besides: conversions.Conversions) -> list[Table]:
    result = besides.result
    own = tables.funnel_tables(result) + conversions.conversion_tables(besides)
    return own + overlaps.overlap_tables(result)


def finding(result: Result, asked: Definition) -> str:
    """What an answer says, in one sentence: for a title, the subject of a mail, a list."""
    return presentation(result, asked).finding()


def headlines(result: Result, asked: Definition) -> list[Headline]:
    """The numbers of an answer that stand large: in a mail, on a tile, beside an embedded chart."""
    return presentation(result, asked).headlines()[:MOST_HEADLINES]
