"""Rows as CSV: nothing in them that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for cells in rows:
        writer.writerow([harmless(each) if isinstance(each, str) else each for each in cells])
    return text.getvalue()


def harmless(text: str) -> str:
    """Text that a spreadsheet would run gets a quote."""
    return f"'{text}" if text.startswith(RISKY) else text
