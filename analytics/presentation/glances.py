"""What a list shows of an answer: one sentence and a small picture, kept beside the report."""

from dataclasses import asdict, dataclass
from typing import Any

from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, read_stored
from analytics.models import Report, Run
from analytics.presentation.kinds import presentation
from analytics.presentation.thumbs import Thumb

LONGEST = 300


@dataclass(frozen=True)
class Glance:
    """An answer in passing."""

    finding: str
    thumb: Thumb

    def dump(self) -> dict[str, Any]:
        return asdict(self)


def remember(report: Report, run: Run | None) -> None:
    """Keep a glance at what a report answered, where that is the newest answer to what is saved."""
    result = run.answer if run else None
    if run is None or result is None:
        return
    if report.answered_at and report.answered_at >= result.as_of:
        return
    try:
        is_as_saved = run.definition == dump(read_stored(report.definition))
    except Invalid:
        return
    if is_as_saved:
        shown = presentation(result, run.asked)
        glance = Glance(shown.finding()[:LONGEST], shown.thumb())
        Report.objects.filter(pk=report.pk).update(answered_at=result.as_of, glance=glance.dump())
