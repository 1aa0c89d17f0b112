"""Numbers as people read them, in the reader's locale."""

from typing import assert_never

from analytics.definitions.metrics import NumberFormat
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


def formula(part: float, whole: float) -> str:
    return f"{locale.count(part)} ÷ {locale.count(whole)}"
