"""What a definition is asked of: the project's catalogue, its segments, its clock."""

from datetime import date, datetime

from django.db.models import Count, Min, Q
from django.utils import timezone

from analytics import engine
from analytics.definitions.conditions import AnyCondition, Catalogue, InlineSegment, Listed
from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse_condition
from people.attributes import STANDARD
from people.models import AttributeDefinition, Project, PropertyDefinition
from people.values import Type, WeekStart

NOTHING = Mentions()
MOST_SHARED = 200


def catalogue_of(project: Project, asked: Mentions = NOTHING) -> Catalogue:
    """The types of a project's attributes and of the properties that are asked for, and its
    segments."""
    saved = list(project.segments.values_list("pk", "name", "condition", "people_id"))
    events = asked.events.union(*(Mentions.of(condition).events for _, _, condition, _ in saved))
    custom = AttributeDefinition.objects.filter(project=project).values_list("name", "type")
    properties: dict[str, dict[str, Type]] = {}
    known = PropertyDefinition.objects.filter(event__project=project).filter(
        Q(event__name__in=events) | Q(name__in=asked.properties)
    )
    for event, name, kind in known.values_list("event__name", "name", "type"):
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


def shared_properties(project: Project) -> dict[str, Type]:
    """The properties that most events have, where all that have them agree on their type: what
    there is to choose from where any event is meant."""
    known = PropertyDefinition.objects.filter(event__project=project).values("name")
    found = known.annotate(kinds=Count("type", distinct=True), kind=Min("type"), often=Count("pk"))
    agreed = found.filter(kinds=1).order_by("-often", "name")
    return {name: Type(kind) for name, kind in agreed.values_list("name", "kind")[:MOST_SHARED]}


def scope_of(
    project: Project,
    data: object,
    *,
    now: datetime | None = None,
    catalogue: Catalogue | None = None,
) -> engine.Scope:
    """What a definition is asked of; now, unless another instant is given. Whoever has read the
    catalogue of its events already passes it along."""
    known = catalogue or catalogue_of(project, Mentions.of(data))
    return engine.Scope(
        project.pk, now or timezone.now(), project.zone, known, WeekStart(project.week_start)
    )


def today_of(project: Project) -> date:
    """The day it is in a project."""
    return timezone.now().astimezone(project.zone).date()
