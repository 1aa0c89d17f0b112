"""What may be asked for as a file: one rule for the page and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.definitions.parts import Invalid, Problems
from analytics.exports.jobs import send
from analytics.models import Segment
from analytics.models.exports import MOST_UNFINISHED, Export
from people.models import Project, User

MOST_NAMES = 100
FIRST_YEAR, LAST_YEAR = 1900, 9998
BUSY = f"{MOST_UNFINISHED} files are being made. Wait for one of them, or delete it."


@dataclass(frozen=True)
class Asked:
    """People of a segment, or of none; or events of some names, or of all, of some days."""

    what: str
    format: str
    segment: Segment | None = None
    events: Sequence[str] = ()
    start: date | None = None
    end: date | None = None

    def problems(self, project: Project) -> Problems:
        """What is wrong, by field; nothing where it can be made."""
        if self.what == Export.What.PEOPLE:
            given = {"events": self.events, "start": self.start, "end": self.end}
            return {name: ["Only of events."] for name, value in given.items() if value}
        found: Problems = {} if self.segment is None else {"segment": ["Only of people."]}
        return found | self.problems_of_days() | self.problems_of_events(project)

    def problems_of_days(self) -> Problems:
        found: Problems = {}
        for name, day in (("start", self.start), ("end", self.end)):
            if day is None:
                found[name] = ["Give a day."]
            elif not FIRST_YEAR <= day.year <= LAST_YEAR:
                found[name] = [f"Give a day from {FIRST_YEAR} to {LAST_YEAR}."]
        if self.start and self.end and self.end < self.start:
            found.setdefault("end", ["This lies before the first day."])
        return found

    def problems_of_events(self, project: Project) -> Problems:
        names = set(self.events)
        if len(names) > MOST_NAMES:
            return {"events": [f"At most {MOST_NAMES}, or none of them for all."]}
        known = project.event_definitions.filter(name__in=names).values_list("name", flat=True)
        unknown = sorted(names - set(known))
        return (
            {"events": [f"Nothing called {each} was ever sent." for each in unknown]}
            if unknown
            else {}
        )


def ask(project: Project, user: User | None, asked: Asked) -> Export:
    """Let a worker make a file. Raises Invalid with each problem."""
    problems = asked.problems(project)
    if not problems and project.exports.unfinished().count() >= MOST_UNFINISHED:
        problems = {"": [BUSY]}
    if problems:
        raise Invalid(problems)
    export = Export.objects.create(
        project=project,
        created_by=user,
        what=asked.what,
        format=asked.format,
        segment=asked.segment,
        segment_name=asked.segment.name if asked.segment else "",
        events=sorted(set(asked.events)),
        start=asked.start,
        end=asked.end,
    )
    send(export)
    return export
