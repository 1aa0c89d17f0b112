"""A result as tables: the ones on the page, in the mail, and in the CSV file."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from analytics.presentation.statistics import wilson
from people import locale
from people.models import Person
from people.values import JSON

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
    # Of a rate of people, its 95 % interval.
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Table:
    title: str
    head: list[str]
    rows: list[list[Cell]]
    # Of the whole; it stays on top however the rows are sorted.
    total: list[Cell] | None = None

    @property
    def all_rows(self) -> list[list[Cell]]:
        return [self.total, *self.rows] if self.total else self.rows

    def by(self, column: int, *, descending: bool) -> "Table":
        """Sorted by a column; what is unknown comes last. Of no such column as it is."""
        if not 0 <= column < len(self.head):
            return self
        known = [row for row in self.rows if row[column].value is not None]
        unknown = [row for row in self.rows if row[column].value is None]
        key = attrgetter("value")
        known.sort(key=lambda row: key(row[column]), reverse=descending)
        return replace(self, rows=known + unknown)


def tables(result: dict[str, Any]) -> list[Table]:
    """One table a granularity of a segmentation; of a funnel its steps, and its groups."""
    if result["kind"] == "funnel":
        broken = any("breakdown" in each for each in result["segments"])
        return [funnel_table(result), *([groups_table(result)] if broken else [])]
    found = {series["granularity"]: None for series in result["series"]}
    return [segmentation_table(result, granularity) for granularity in found]


# --- Segmentation -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One series of numbers as it is drawn and listed: of everything, of a group, or of before."""

    name: str
    total: dict[str, Any]
    points: list[dict[str, Any]]
    place: dict[str, object]
    is_group: bool = False
    is_before: bool = False

    @cached_property
    def where(self) -> str:
        """Its total's place, as parameters."""
        return place(**self.place)

    def bucket(self, granularity: str, n: int) -> str:
        """The place of its n-th number, as parameters."""
        return f"{self.where}&{bucket_place(granularity, self.points[n]['start'])}"


def lines(result: dict[str, Any], granularity: str) -> list[Line]:
    """What a granularity has, series by series: all of it, then its groups; each with its past."""
    found: list[Line] = []
    for series in result["series"]:
        if series["granularity"] != granularity:
            continue
        place = {"segment": series["segment"], "event": series["event"]}
        name = series_name(result, series)
        found += with_past(name, series, place)
        for group in series.get("breakdown", ()):
            alone = len(result["series"]) == len({each["granularity"] for each in result["series"]})
            told = group["label"] if alone else f"{name} · {group['label']}"
            found += with_past(told, group, place | group_place(group), is_group=True)
    return found


def with_past(
    name: str, numbers: dict[str, Any], place: dict[str, object], *, is_group: bool = False
) -> Iterator[Line]:
    yield Line(name, numbers["total"], numbers["points"], place, is_group)
    if before := numbers.get("previous"):
        past = place | {"previous": 1}
        yield Line(f"{name}{BEFORE}", before["total"], before["points"], past, is_group, True)


BEFORE = ", before"


def group_place(group: dict[str, Any]) -> dict[str, object]:
    own = {"group": group["group"]}
    return own if group["value"] is None else own | {"value": group["value"]}


def segmentation_table(result: dict[str, Any], granularity: str) -> Table:
    """A row a bucket, a column a series, the totals first."""
    shown = lines(result, granularity)
    head = [granularity.capitalize(), *(each.name for each in shown)]
    total = [Cell("Whole period", "text")]
    total += [figure(result["metric"], each.total, each.where) for each in shown]
    buckets = next(each.points for each in shown)
    rows = []
    for n, bucket in enumerate(buckets):
        numbers = [point(result["metric"], each, granularity, n) for each in shown]
        rows.append([Cell(bucket["start"], granularity, partial=bucket["partial"]), *numbers])
    return Table(f"By {granularity}", head, rows, total)


def point(metric: str, line: Line, granularity: str, n: int) -> Cell:
    """The number of a line in the n-th bucket; a shorter past has none in the last."""
    if n >= len(line.points):
        return Cell(None)
    return figure(metric, line.points[n], line.bucket(granularity, n))


def series_name(result: dict[str, Any], series: dict[str, Any]) -> str:
    """The event, and the segment where there are several or it is not everybody."""
    segment = result["segments"][series["segment"]]["name"]
    alone = len(result["segments"]) == 1 and segment == "Everybody"
    return series["label"] if alone else f"{segment} · {series['label']}"


def place(**parts: object) -> str:
    """Where a number stands in a result (figures.py), apart from the parameters of the report."""
    return urlencode({f"of-{name}": part for name, part in parts.items()})


@lru_cache(maxsize=4096)
def bucket_place(granularity: str, start: str) -> str:
    """The same for every series, so written once."""
    return place(granularity=granularity, start=start)


def figure(metric: str, number: dict[str, Any], where: str) -> Cell:
    """A number of a result; `where` it stands is parameters of an address."""
    kind = {"adoption": "share", "engagement": "rate"}.get(metric, "count")
    hint, interval = "", None
    if "numerator" in number:
        hint = formula(number["numerator"], number["denominator"])
    if metric == "adoption":
        interval = wilson(number["numerator"], number["denominator"])
    partial = number.get("partial", False)
    return Cell(number["value"], kind, hint, partial, where, interval)


# --- Funnel -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """The steps of some people as they are drawn and listed: a segment, a group of one, before."""

    name: str
    steps: list[dict[str, Any]]
    place: dict[str, object]
    is_before: bool = False


def ways(result: dict[str, Any], *, groups: bool) -> list[Way]:
    """The segments, or the groups of each, with their past."""
    found = []
    for s, segment in enumerate(result["segments"]):
        several = len(result["segments"]) > 1
        parts = segment.get("breakdown", ()) if groups else [segment]
        for part in parts:
            label = part.get("label")
            name = f"{segment['name']} · {label}" if label and several else label or part["name"]
            own = group_place(part) if label else {}
            found.append(Way(name, part["steps"], {"segment": s} | own))
            if "previous" in part:
                before = [step["previous"] | {"label": step["label"]} for step in part["steps"]]
                at = {"segment": s, "previous": 1} | own
                found.append(Way(f"{name}{BEFORE}", before, at, True))
    return found


def funnel_table(result: dict[str, Any]) -> Table:
    """A row a step; for each segment the people, shares, who dropped, how long it took."""
    shown = ways(result, groups=False)
    head = ["Step"]
    for way in shown:
        head += [f"{way.name}: people", "of previous", "of first", "dropped", "median time"]
    rows = []
    for n, steps in enumerate(zip(*(way.steps for way in shown), strict=True)):
        row = [Cell(f"{n + 1}. {steps[0]['label']}", "text")]
        for way, step in zip(shown, steps, strict=True):
            row += step_cells(way, n, step)
        rows.append(row)
    return Table("Steps", head, rows)


def step_cells(way: Way, n: int, step: dict[str, Any]) -> list[Cell]:
    first = way.steps[0]["people"]
    before = way.steps[n - 1]["people"] if n else first
    lost = place(**way.place, step=n, outcome="dropped") if n else ""
    return [
        Cell(step["people"], place=place(**way.place, step=n, outcome="reached")),
        rate(step["people"], before),
        rate(step["people"], first),
        Cell(step["dropped"], place=lost),
        Cell(step["median_seconds"], "seconds"),
    ]


def formula(part: int, whole: int) -> str:
    return f"{locale.count(part)} ÷ {locale.count(whole)}"


def rate(part: int, whole: int) -> Cell:
    """A share of people with the formula behind it."""
    value = part / whole if whole else None
    return Cell(value, "share", formula(part, whole), interval=wilson(part, whole))


def groups_table(result: dict[str, Any]) -> Table:
    """A row a group; a column a step, then who got to the last one."""
    shown = ways(result, groups=True)
    labels = [step["label"] for step in result["segments"][0]["steps"]]
    head = ["Group", *(f"{n + 1}. {label}" for n, label in enumerate(labels)), "conversion"]
    rows = []
    for way in shown:
        reached = [
            Cell(step["people"], place=place(**way.place, step=n, outcome="reached"))
            for n, step in enumerate(way.steps)
        ]
        last = rate(way.steps[-1]["people"], way.steps[0]["people"])
        rows.append([Cell(way.name, "text"), *reached, last])
    return Table("Groups", head, rows)


def duration(seconds: float) -> str:
    """12 min 4 s: the two largest units that matter."""
    parts = []
    rest = round(seconds)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if rest >= size:
            parts.append(f"{rest // size} {unit}")
            rest %= size
    return " ".join(parts[:2]) or f"{seconds:.3g} s"


# --- CSV ----------------------------------------------------------------------------------------


def to_csv(result: dict[str, Any]) -> str:
    """All tables as CSV, figures unrounded; text that a spreadsheet would run gets a quote."""
    rows: list[list[object]] = []
    for table in tables(result):
        rows.append([*table.head])
        rows.extend([cell.value for cell in row] for row in table.all_rows)
        rows.append([])
    return written(rows)


def people_to_csv(
    pieces: Iterable[Sequence[Person]],
    attributes: Sequence[str],
    whys: Callable[[Sequence[Person]], Mapping[int, object]] | None = None,
) -> Iterator[str]:
    """People as CSV, piece by piece: their ids, these attributes and, of a funnel, why."""
    yield written([["id", "identities", *attributes, *(["why"] if whys else [])]])
    for people in pieces:
        told = whys(people) if whys else None
        yield written(person_cells(person, attributes, told) for person in people)


def person_cells(
    person: Person, attributes: Sequence[str], whys: Mapping[int, object] | None
) -> list[object]:
    known = person.known()
    ids = " ".join(each.value for each in person.identities.all())
    why = [] if whys is None else [str(whys.get(person.pk, ""))]
    return [person.pk, ids, *(as_cell(known.get(name)) for name in attributes), *why]


def written(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for cells in rows:
        writer.writerow([harmless(each) if isinstance(each, str) else each for each in cells])
    return text.getvalue()


def as_cell(value: JSON) -> object:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text
