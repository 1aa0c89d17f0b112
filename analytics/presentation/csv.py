"""Files that are written while they are read."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice

from django.http import StreamingHttpResponse

from analytics import engine
from analytics.models import attribute_names, everybody
from analytics.presentation.tables import people_to_csv
from people.models import Person, Project


def people_csv(
    project: Project,
    people: engine.Statement,
    whys: Callable[[Sequence[Person]], Mapping[int, object]] | None = None,
) -> StreamingHttpResponse:
    """All people of a list. Raises StoreError, before anything is sent, where they are not told."""
    lines = people_to_csv(everybody(project, people), attribute_names(project), whys)
    start = "".join(islice(lines, 2))
    response = StreamingHttpResponse(chain([start], lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-people.csv"'
    return response
