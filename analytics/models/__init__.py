"""Segments and reports as they are saved, the runs that compute them, and lists of people."""

from analytics.models.people import (
    PeoplePage,
    Selection,
    attribute_names,
    everybody,
    people_count,
    people_page,
    reasons,
    segment_people,
    segment_sizes,
)
from analytics.models.questions import answer, ask, fetch
from analytics.models.runs import Run
from analytics.models.saved import Report, Segment
from analytics.models.scopes import catalogue_of, scope_of
from analytics.models.volumes import Volume, event_examples, event_volumes, frequent_values

__all__ = [
    "PeoplePage",
    "Report",
    "Run",
    "Segment",
    "Selection",
    "Volume",
    "answer",
    "ask",
    "attribute_names",
    "catalogue_of",
    "event_examples",
    "event_volumes",
    "everybody",
    "fetch",
    "frequent_values",
    "people_count",
    "people_page",
    "reasons",
    "scope_of",
    "segment_people",
    "segment_sizes",
]
