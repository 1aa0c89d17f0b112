"""What assistants can do: look around, ask, and have a number explained. Nothing is changed."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Definition, Segmentation, dump, parse
from analytics.definitions.titles import nearest
from analytics.forms import query_string
from analytics.models import Run, Selection, ask, catalogue_of, people_count
from analytics.models.volumes import recent_volumes
from analytics.presentation.kinds import finding
from analytics.results import parse_result
from analytics.store.client import StoreError
from people.attributes import STANDARD
from people.models import AttributeDefinition, EventDefinition, Project, User

MOST_LISTED = 200
PATIENCE = 25


class NotUnderstood(ValueError):
    """What an assistant should do differently, in words."""


@dataclass(frozen=True)
class Tools:
    """The tools of one user, who sees what their token sees."""

    user: User

    def list_projects(self) -> list[dict[str, Any]]:
        """The projects you may see: slug (its name for the other tools), name, time zone."""
        return [
            {
                "project": each.slug,
                "name": each.name,
                "timezone": each.timezone,
                "week_start": each.week_start,
                "link": link("project", each.slug),
            }
            for each in Project.objects.visible_to(self.user)
        ]

    def list_events(self, project: str, search: str = "") -> list[dict[str, Any]]:
        """Events that people do, with how often in the last 30 days and the types of their
        properties. `search` is a part of a name."""
        found = self.project(project)
        named = EventDefinition.objects.filter(project=found, name__icontains=plain(search))
        try:
            often = recent_volumes(found)
        except StoreError:
            often = {}
        events = named.offered().prefetch_related("properties")[:MOST_LISTED]
        return [
            {
                "event": each.name,
                "title": each.title,
                "description": each.description,
                "in_the_last_30_days": often.get(each.name, 0),
                "properties": {one.name: one.type for one in each.properties.all()},
            }
            for each in sorted(events, key=lambda each: -often.get(each.name, 0))
        ]

    def list_attributes(self, project: str) -> list[dict[str, Any]]:
        """What is known of people: standard and custom attributes, with their types."""
        own = AttributeDefinition.objects.filter(project=self.project(project))
        custom = {each.name: each for each in own.exclude(name__in=STANDARD)[:MOST_LISTED]}
        standard = [{"attribute": name, "type": kind.value} for name, kind in STANDARD.items()]
        return standard + [
            {"attribute": name, "type": each.type, "description": each.description}
            for name, each in custom.items()
        ]

    def list_segments(self, project: str) -> list[dict[str, Any]]:
        """Saved segments: the id that a definition names them by, name, condition."""
        return [
            {
                "segment": str(each.pk),
                "name": each.name,
                "description": each.description,
                "condition": each.condition or "a fixed list of people",
            }
            for each in self.project(project).segments.all()[:MOST_LISTED]
        ]

    def list_reports(self, project: str, search: str = "") -> list[dict[str, Any]]:
        """Saved reports with their definitions, which `query` takes as they are: a good start for a
        question of one's own. `search` is a part of the name or of what is asked."""
        found = self.project(project)
        reports = found.reports.kept()
        if search:
            reports = reports.filter(pk__in=reports.saying(search, found).values("pk"))
        return [
            {
                "report": str(each.pk),
                "name": each.name,
                "description": each.description,
                "kind": each.kind,
                "definition": each.definition,
                "link": link("report", found.slug, each.pk),
            }
            for each in reports[:MOST_LISTED]
        ]

    def query(self, project: str, definition: dict[str, Any]) -> dict[str, Any]:
        """Ask a question. `definition` is the JSON of a report, e.g. {"kind": "segmentation",
        "metric": "people", "period": {"preset": "last_30_days"}, "granularities": ["week"],
        "events": [{"event": "Song Played", "filters": [{"property": "songGenre", "operator": "is",
        "value": ["jazz"]}]}], "compare": "previous_period"} or {"kind": "funnel", "period": {…},
        "window": {"value": 1, "unit": "day"}, "steps": [{"event": "A"}, {"event": "B"}]}.
        A "breakdown": {"property": P} or {"attribute": A} tells which values make the difference.
        The answer says its finding, its formula, its days and zone, and a link for people."""
        found = self.project(project)
        asked = self.parsed(found, definition)
        try:
            run = ask(found, dump(asked), wait=PATIENCE)
        except Invalid as error:
            raise NotUnderstood(told(error)) from error
        if run.state == Run.State.FAILED:
            raise NotUnderstood(run.error)
        if run.result is None:
            raise NotUnderstood("It is not computed yet. Ask the same again in half a minute.")
        result = parse_result(run.result)
        return {
            "finding": finding(result, asked),
            "asked": str(asked),
            "formula": formula_of(asked),
            "timezone": found.timezone,
            "link": page_of(found, asked),
            "result": run.result,
        }

    def explain_number(
        self, project: str, definition: dict[str, Any], figure: dict[str, Any]
    ) -> dict[str, Any]:
        """What one number of an answer counts, and how many people are behind it. `figure` is its
        place: of a segmentation {"segment": 0, "event": 0, "granularity": "day", "start":
        "2026-05-04"} (without granularity and start the whole period), of a funnel {"segment": 0,
        "step": 1, "outcome": "reached" or "dropped"}; with a breakdown also "group" and "value"."""
        found = self.project(project)
        asked = self.parsed(found, definition)
        selection = Selection(project=found, definition=dump(asked), figure=figure)
        try:
            statement = selection.people()
            words = selection.described()
            place = selection.place.address
        except Invalid as error:
            raise NotUnderstood(told(error)) from error
        people = page_of(found, asked, "behind")
        return {
            "number": words,
            "formula": formula_of(asked),
            "people": people_count(statement),
            "timezone": found.timezone,
            "link": f"{people}&{place}",
        }

    def project(self, slug: str) -> Project:
        visible = Project.objects.visible_to(self.user)
        found = visible.filter(Q(slug=plain(slug)) | Q(name__iexact=plain(slug))).first()
        if found is None:
            names = ", ".join(visible.values_list("slug", flat=True)) or "none"
            raise NotUnderstood(f"You see no project “{slug}”. The projects are: {names}.")
        return found

    def parsed(self, project: Project, definition: object) -> Definition:
        """The definition; what is wrong is told at its place, and events that nobody sent with the
        nearest names."""
        try:
            asked = parse(definition, catalogue_of(project, Mentions.of(definition)))
        except Invalid as error:
            raise NotUnderstood(told(error)) from error
        known = set(EventDefinition.objects.filter(project=project).values_list("name", flat=True))
        for name in sorted(Mentions.of(dump(asked)).events - known):
            near = nearest(name, known)
            meant = f" Did you mean “{near}”?" if near else " list_events names them."
            raise NotUnderstood(f"Nobody ever did “{name}” in this project.{meant}")
        return asked


def plain(text: str) -> str:
    return text.replace("\0", "")


def told(error: Invalid) -> str:
    lines = (f"{path or 'definition'}: {' '.join(texts)}" for path, texts in error.problems.items())
    return "\n".join(lines)


def formula_of(definition: Definition) -> str:
    if isinstance(definition, Segmentation):
        return definition.metric.formula
    return str(definition)


def page_of(project: Project, definition: Definition, page: str = "") -> str:
    """The address of the report, or of the people behind one of its numbers."""
    parts = [project.slug, definition.kind] if page else [project.slug]
    return f"{link(page or definition.kind, *parts)}?{query_string(dump(definition))}"


def link(name: str, *parts: object) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=parts)}"
