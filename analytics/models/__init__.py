"""Segments and reports as they are saved, the runs that compute them, and lists of people."""

from analytics.models.people import (
    Listed,
    PeoplePage,
    Selection,
    attribute_names,
    everybody,
    people_count,
    people_page,
    segment_people,
    segment_sizes,
    size_of,
)
from analytics.models.questions import Question, answer, ask, fetch
from analytics.models.runs import Run
from analytics.models.saved import Report, Segment
from analytics.models.scopes import catalogue_of, scope_of
from analytics.models.suggestions import Choices, amiss, suggestions
from analytics.models.volumes import Volume, event_examples, event_volumes, recent_days

__all__ = [
    "Choices",
    "Listed",
    "PeoplePage",
    "Question",
    "Report",
    "Run",
    "Segment",
    "Selection",
    "Volume",
    "amiss",
    "answer",
    "ask",
    "attribute_names",
    "catalogue_of",
    "event_examples",
    "event_volumes",
    "everybody",
    "fetch",
    "people_count",
    "people_page",
    "recent_days",
    "scope_of",
    "segment_people",
    "segment_sizes",
    "size_of",
    "suggestions",
]
