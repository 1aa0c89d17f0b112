"""Numbers as people read them, in the reader's locale."""

from typing import assert_never

from analytics.definitions.metrics import Metric, NumberFormat
from people import locale


def written(value: float, form: NumberFormat) -> str:
    match form:
        case NumberFormat.COUNT:
            return locale.count(value)
        case NumberFormat.SHARE:
            return locale.share(value)
        case NumberFormat.RATE:
            return locale.significant(value)
        case _:
            assert_never(form)


def said(value: float | None, metric: Metric) -> str:
    """A number of a metric; of a count no more figures than matter."""
    return "unknown" if value is None else written(value, metric.written)


def formula(part: float, whole: float) -> str:
    return f"{locale.count(part)} ÷ {locale.count(whole)}"
