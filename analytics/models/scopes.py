"""What a definition is asked of: the project's catalogue, its segments, its clock."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from analytics import engine
from analytics.definitions.conditions import AnyCondition, Catalogue, InlineSegment, Listed
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import events_named, parse_condition
from people.attributes import STANDARD
from people.models import AttributeDefinition, Project, PropertyDefinition
from people.values import Type, WeekStart


def catalogue_of(project: Project, events: Iterable[str] = ()) -> Catalogue:
    """The types of a project's attributes and of these events' properties, and its segments."""
    saved = list(project.segments.values_list("pk", "name", "condition", "people_id"))
    events = set(events).union(*(events_named(condition) for _, _, condition, _ in saved))
    custom = AttributeDefinition.objects.filter(project=project).values_list("name", "type")
    properties: dict[str, dict[str, Type]] = {}
    asked = PropertyDefinition.objects.filter(event__project=project, event__name__in=events)
    for event, name, kind in asked.values_list("event__name", "name", "type"):
        properties.setdefault(event, {})[name] = Type(kind)
    attributes = STANDARD | {name: Type(kind) for name, kind in custom if name not in STANDARD}
    bare = Catalogue(attributes, properties)

    def condition_of(given: object, people: int | None) -> AnyCondition | None:
        try:
            return parse_condition(given, bare) if people is None else Listed(list=people)
        except Invalid:
            # As where an attribute got a type after the segment was saved. It is as if it were not
            # there; all that does not use it goes on.
            return None

    segments = {
        str(pk): InlineSegment.model_construct(name=name, condition=condition)
        for pk, name, given, people in saved
        if (condition := condition_of(given, people))
    }
    return Catalogue(attributes, properties, segments)


def scope_of(
    project: Project,
    data: object,
    *,
    now: datetime | None = None,
    catalogue: Catalogue | None = None,
) -> engine.Scope:
    """What a definition is asked of; now, unless another instant is given. Whoever has read the
    catalogue of its events already passes it along."""
    known = catalogue or catalogue_of(project, events_named(data))
    return engine.Scope(
        project.pk, now or timezone.now(), project.zone, known, WeekStart(project.week_start)
    )
