"""Custom attributes: what they hold, who has them, where they are used."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics import engine
from analytics.definitions.mentions import objects
from analytics.models.questions import fetch
from analytics.models.scopes import scope_of
from people.ingest.resolver import batched
from people.models import AttributeDefinition, EventDefinition, Project
from people.values import Type

AT_ONCE = 50


@dataclass(frozen=True)
class Held:
    """What is known of an attribute: how many people have it, and its most frequent values."""

    people: int
    examples: list[tuple[str, int]]


def held(project: Project, attributes: Sequence[AttributeDefinition]) -> dict[str, Held]:
    """Of each attribute, by two questions for fifty of them. Raises StoreError."""
    types = {each.name: Type(each.type) for each in attributes}
    scope, found = scope_of(project, None), {}
    for names in batched(types, AT_ONCE):
        asked = {name: types[name] for name in names}
        [counts] = fetch(engine.holders(asked, scope))
        examples: dict[int, list[tuple[str, int]]] = {}
        for place, value, number in fetch(engine.examples("", asked, scope)):
            examples.setdefault(place, []).append((value, number))
        for place, name in enumerate(names):
            found[name] = Held(counts[place], examples.get(place, []))
    return found


@dataclass(frozen=True)
class Users:
    """The reports and segments that speak of an attribute or an event."""

    reports: list[str]
    segments: list[str]

    def __bool__(self) -> bool:
        return bool(self.reports or self.segments)

    def __str__(self) -> str:
        """What would miss it, by name."""
        said = [f"the report “{each}”" for each in self.reports]
        return ", ".join([*said, *(f"the segment “{each}”" for each in self.segments)])


def users_of(what: AttributeDefinition | EventDefinition) -> Users:
    """Whatever speaks of it now."""
    keys = ("attribute",) if isinstance(what, AttributeDefinition) else ("event", "performed")
    project = what.project

    def speaks(data: object) -> bool:
        return any(each.get(key) == what.name for each in objects(data) for key in keys)

    reports = project.reports.kept().order_by("name")
    return Users(
        [each.name for each in reports if speaks(each.definition)],
        [each.name for each in project.segments.all() if speaks(each.condition)],
    )
