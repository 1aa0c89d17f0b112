"""What may be chosen in a field of the builder: names and values that are really there."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from analytics import engine
from analytics.definitions.mentions import Mentions
from analytics.definitions.titles import name_of, title_of
from analytics.engine.catalogue import MOST_EXAMPLES
from analytics.models.questions import fetch
from analytics.models.scopes import catalogue_of, scope_of
from analytics.models.volumes import recent_volumes
from analytics.store.client import StoreError
from people import locale
from people.attributes import STANDARD
from people.models import EventDefinition, Project
from people.values import UNKEEPABLE, Type

log = logging.getLogger(__name__)
MOST_SUGGESTED = 50


@dataclass(frozen=True)
class Option:
    """One of what may be chosen: what stands in the field then, and what is read.

    `count` says how often it is there, `share` how much that is of the most frequent, in percent.
    """

    value: str
    count: int | None = None
    share: float = 0
    asked: str = ""

    @property
    def at(self) -> int:
        """Where the text that was asked for begins; at the end where it is not in it."""
        found = self.value.lower().find(self.asked.lower())
        return found if self.asked and found >= 0 else len(self.value)

    @property
    def before(self) -> str:
        return self.value[: self.at]

    @property
    def match(self) -> str:
        return self.value[self.at : self.at + len(self.asked)]

    @property
    def after(self) -> str:
        return self.value[self.at + len(self.asked) :]


@dataclass(frozen=True)
class Choices:
    """Some of what may be chosen, with how often each is there; None where that is not known."""

    title: str
    options: list[Option] = field(default_factory=list)


def counted(found: Iterable[tuple[str, int | None]], text: str) -> list[Option]:
    """Options with their share of the most frequent one."""
    found = list(found)
    most = max((number or 0 for _, number in found), default=0) or 1
    return [Option(name, n, round(100 * (n or 0) / most, 1), text) for name, n in found]


def fitting(names: Iterable[str], text: str) -> list[Option]:
    """The names of which a text is a part, by what they are called or read as."""
    names = list(names)
    wanted = text.lower()
    found = [each for each in names if wanted in each.lower() or wanted in title_of(each).lower()]
    shown = [title_of(each) if name_of(title_of(each), names) == each else each for each in found]
    return [Option(each, asked=text) for each in shown[:MOST_SUGGESTED]]


def suggestions(project: Project, of: str, text: str, name: str, event: str) -> list[Choices]:
    """What may stand in a field, of which a text is a part: `of` an "event", a "segment", an
    "attribute", a "property" of the event, or a "value" of the property or attribute of a name."""
    if UNKEEPABLE.search(text + name + event):
        return []
    match of:
        case "event":
            found = events(project, text)
        case "segment":
            found = segments(project, text)
        case "attribute":
            found = attributes(project, text)
        case "property":
            known = catalogue_of(project, Mentions(frozenset([event]))).properties.get(event, {})
            found = [Choices("", fitting(known, text))]
        case "value":
            found = [Choices("", counted(frequent_values(project, name, event, text), text))]
        case _:
            found = []
    return [each for each in found if each.options]


def events(project: Project, text: str) -> list[Choices]:
    """Those that came lately, the most frequent first; then the others."""
    named = EventDefinition.objects.filter(project=project, name__icontains=text).offered()
    names = list(named.values_list("name", flat=True))
    try:
        recent = recent_volumes(project)
    except StoreError:
        log.warning("Events are suggested without counts: the store does not answer")
        return [Choices("", counted([(name, None) for name in names[:MOST_SUGGESTED]], text))]
    lately = sorted((name for name in names if name in recent), key=lambda name: -recent[name])
    shown = counted([(name, recent[name]) for name in lately[:MOST_SUGGESTED]], text)
    earlier = [name for name in names if name not in recent]
    rest = earlier[: MOST_SUGGESTED - len(shown)]
    return [
        Choices("In the last 30 days", shown),
        Choices("Not in the last 30 days", [Option(name, asked=text) for name in rest]),
    ]


def segments(project: Project, text: str) -> list[Choices]:
    found = project.segments.filter(name__icontains=text).values_list("name", flat=True)
    return [Choices("", [Option(name, asked=text) for name in found[:MOST_SUGGESTED]])]


def attributes(project: Project, text: str) -> list[Choices]:
    offered = project.attribute_definitions.offered().order_by("name")
    custom = [name for name in offered.values_list("name", flat=True) if name not in STANDARD]
    return [
        Choices("Standard", fitting(STANDARD, text)),
        Choices("Custom", fitting(custom, text)),
    ]


def frequent_values(project: Project, name: str, event: str, text: str) -> list[tuple[str, int]]:
    """The values to choose from; none while the store does not answer."""
    try:
        return values(project, name, event, text)
    except StoreError:
        log.warning("No values of %s are suggested: the store does not answer", name)
        return []


def values(project: Project, name: str, event: str, text: str) -> list[tuple[str, int]]:
    """The most frequent values of a property of an event, else of an attribute, with how many."""
    scope = scope_of(project, {"event": event})
    types = scope.catalogue.properties.get(event, {}) if event else scope.catalogue.attributes
    if (kind := types.get(name)) is None or kind in (Type.DATE, Type.DATETIME):
        return []
    return [
        (value, number) for value, number in fetch(engine.values(name, kind, event, text, scope))
    ]


def amiss(project: Project, name: str, event: str, given: Iterable[str]) -> list[str]:
    """What may be a mistake in values of a text: none was ever sent, but one like it was."""
    if UNKEEPABLE.search(name + event + "".join(given)):
        return []
    return [text for each in given if (text := never(project, name, event, each))]


def never(project: Project, name: str, event: str, value: str) -> str:
    """That a value never occurs, and which like it does; "" where it does or nothing is known."""
    inside = values(project, name, event, value)
    if value in dict(inside) or len(inside) >= MOST_EXAMPLES:
        return ""
    alike = [(each, n) for each, n in inside if each.lower() == value.lower()]
    if not alike:
        often = dict(values(project, name, event, ""))
        if not often:
            return ""
        near = get_close_matches(value, list(often), 1)
        alike = [(near[0], often[near[0]])] if near else []
    if not alike:
        return f"{value} never occurs."
    other, count = alike[0]
    return f"{value} never occurs; {other} does, {locale.count(count)} times."
