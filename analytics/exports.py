"""A result as tables: the ones on the page, in the mail, and in the CSV file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Cell:
    """One figure: its exact value, how it is read, and the formula behind it."""

    value: float | str | None
    kind: str = "count"
    hint: str = ""
    partial: bool = False
    # Which number of the result it is, as parameters of an address; "" where nobody is behind it.
    place: str = ""


@dataclass(frozen=True)
class Table:
    title: str
    head: list[str]
    rows: list[list[Cell]]


def tables(result: dict[str, Any]) -> list[Table]:
    """One table a granularity of a segmentation, one table of a funnel."""
    if result["kind"] == "funnel":
        return [funnel_table(result)]
    found = {series["granularity"]: None for series in result["series"]}
    return [segmentation_table(result, granularity) for granularity in found]


def segmentation_table(result: dict[str, Any], granularity: str) -> Table:
    """A row a bucket, a column a series, the totals first."""
    series = [each for each in result["series"] if each["granularity"] == granularity]
    head = [granularity.capitalize(), *(series_name(result, each) for each in series)]
    total = [
        Cell("Whole period", "text"),
        *(figure(result, each, each["total"]) for each in series),
    ]
    rows = [
        [Cell(points[0]["start"], "start", partial=points[0]["partial"])]
        + [figure(result, each, point) for each, point in zip(series, points, strict=True)]
        for points in zip(*(each["points"] for each in series), strict=True)
    ]
    return Table(f"By {granularity}", head, [total, *rows])


def series_name(result: dict[str, Any], series: dict[str, Any]) -> str:
    """The event, and the segment where there are several or it is not everybody."""
    segment = result["segments"][series["segment"]]["name"]
    alone = len(result["segments"]) == 1 and segment == "Everybody"
    return series["label"] if alone else f"{segment} · {series['label']}"


def place(**parts: object) -> str:
    """Where a number stands in a result (figures.py), apart from the parameters of the report."""
    return urlencode({f"of-{name}": part for name, part in parts.items()})


def figure(result: dict[str, Any], series: dict[str, Any], point: dict[str, Any]) -> Cell:
    kind = {"adoption": "share", "engagement": "rate"}.get(result["metric"], "count")
    hint = f"{point['numerator']:,} ÷ {point['denominator']:,}" if "numerator" in point else ""
    where = {"segment": series["segment"], "event": series["event"]}
    if "start" in point:
        where |= {"granularity": series["granularity"], "start": point["start"]}
    return Cell(point["value"], kind, hint, point.get("partial", False), place(**where))


def funnel_table(result: dict[str, Any]) -> Table:
    """A row a step; for each segment the people, shares, who dropped, how long it took."""
    head = ["Step"]
    for segment in result["segments"]:
        head += [f"{segment['name']}: people", "of previous", "of first", "dropped", "median time"]
    rows = []
    for n, steps in enumerate(zip(*(each["steps"] for each in result["segments"]), strict=True)):
        row = [Cell(f"{n + 1}. {steps[0]['label']}", "text")]
        for s, step in enumerate(steps):
            lost = place(segment=s, step=n, outcome="dropped") if n else ""
            row += [
                Cell(step["people"], place=place(segment=s, step=n, outcome="reached")),
                Cell(step["of_previous"], "share"),
                Cell(step["of_first"], "share"),
                Cell(step["dropped"], place=lost),
                Cell(step["median_seconds"], "seconds"),
            ]
        rows.append(row)
    return Table("Steps", head, rows)


def to_csv(result: dict[str, Any]) -> str:
    """All tables as CSV, figures unrounded; text that a spreadsheet would run gets a quote."""
    text = io.StringIO()
    writer = csv.writer(text)
    for table in tables(result):
        writer.writerow([harmless(each) for each in table.head])
        writer.writerows(list(plain(row)) for row in table.rows)
        writer.writerow([])
    return text.getvalue()


def plain(row: list[Cell]) -> Iterator[object]:
    for cell in row:
        yield harmless(cell.value) if isinstance(cell.value, str) else cell.value


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text
