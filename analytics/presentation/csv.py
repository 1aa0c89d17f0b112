"""Answers and lists of people as CSV: figures unrounded, nothing that a spreadsheet would run."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from django.db.models import Count
from django.http import StreamingHttpResponse

from analytics import engine
from analytics.definitions.reports import Definition
from analytics.models import Listed, Volume, attribute_names, everybody
from analytics.presentation.kinds import presentation
from analytics.results import Result
from people.models import Project
from people.spreadsheets import written
from people.values import JSON

Whys = Callable[[Sequence[Listed]], Mapping[int, object]]


def to_csv(result: Result, asked: Definition) -> str:
    """All tables of an answer."""
    rows: list[list[object]] = []
    for table in presentation(result, asked).sheets():
        rows.append([*table.head])
        rows.extend([cell.value for cell in row] for row in table.all_rows)
        rows.append([])
    return written(rows)


def people_csv(
    project: Project, people: engine.Statement, whys: Whys | None = None
) -> StreamingHttpResponse:
    """All people of a list, written while they are read. Raises StoreError, before anything is
    sent, where they are not told."""
    lines = people_to_csv(everybody(project, people), attribute_names(project), whys)
    start = "".join(islice(lines, 2))
    response = StreamingHttpResponse(chain([start], lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-people.csv"'
    return response


def events_csv(
    project: Project, events: Any, volumes: Mapping[str, Volume]
) -> StreamingHttpResponse:
    """The events of a list with how often they came in the last 30 days, ever, and when last."""
    head = ["name", "title", "description", "last_30_days", "ever", "last_seen", "properties"]
    rows = events.annotate(property_count=Count("properties"))
    lines = (written([event_cells(each, volumes.get(each.name))]) for each in rows.iterator(2000))
    response = StreamingHttpResponse(
        chain([written([head])], lines), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-events.csv"'
    return response


def event_cells(event: Any, seen: Volume | None) -> list[object]:
    counts = [seen.recent, seen.ever, seen.last.isoformat()] if seen else [0, 0, ""]
    return [event.name, event.title, event.description, *counts, event.property_count]


def people_to_csv(
    pieces: Iterable[Sequence[Listed]], attributes: Sequence[str], whys: Whys | None = None
) -> Iterator[str]:
    """People piece by piece: their ids, these attributes and, of a funnel, why."""
    yield written([["id", "identities", *attributes, *(["why"] if whys else [])]])
    for people in pieces:
        told = whys(people) if whys else None
        yield written(person_cells(person, attributes, told) for person in people)


def person_cells(
    person: Listed, attributes: Sequence[str], whys: Mapping[int, object] | None
) -> list[object]:
    ids = " ".join(person.ids)
    why = [] if whys is None else [str(whys.get(person.pk, ""))]
    return [person.pk, ids, *(as_cell(person.known.get(name)) for name in attributes), *why]


def as_cell(value: JSON) -> object:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
