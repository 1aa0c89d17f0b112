"""Custom attributes: what they hold, and who has them."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics import engine
from analytics.models.questions import fetch
from analytics.models.scopes import scope_of
from people.ingest.resolver import batched
from people.models import AttributeDefinition, Project
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
