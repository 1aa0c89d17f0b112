"""Which problems stand at which card, and what else a form of a report asks of its templates."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from analytics.definitions.kinds import Kind
from analytics.definitions.operators import Takes
from analytics.definitions.titles import title_of
from analytics.forms.comparisons import Comparison
from analytics.forms.conditions import Behaviour
from analytics.forms.kinds import shape_of
from people import locale
from people.values import as_date

register = template.Library()

# So many values a sentence says; its fields have them all.
MOST_SAID = 5
TIMELINE_ROOM = 18
TIMELINE_STEP = '<circle r="7"/><text y="3.5" text-anchor="middle">{}</text>'
TIMELINE_MARKS = {
    ".": '<circle class="other" r="2.5"/>',
    "?": '<circle class="hollow" r="7"/>',
    "x": '<circle class="never" r="7"/><path class="never" d="M-3-3L3 3M3-3L-3 3"/>',
    "=": '<path class="same" d="M-4-2H4M-4 2H4"/>',
}


@register.simple_tag
def at(problems: dict[str, list[str]], *steps: object) -> list[str]:
    """The problems at a path and below it."""
    path = ".".join(map(str, steps))
    return [
        text
        for each, texts in problems.items()
        if each == path or each.startswith(f"{path}.")
        for text in texts
    ]


@register.simple_tag
def nth(values: list[Any], index: int) -> Any:
    """None past the end."""
    return values[index] if index < len(values) else None


@register.simple_tag
def sorting(sort: str, table: int, column: int) -> dict[str, str]:
    """How a column is sorted now ("ascending" …), and the parameter that its header asks for:
    numbers the largest first, then the smallest, then as they were."""
    key = f"{table}-{column}"
    if sort == f"{key}-down":
        return {"key": key, "now": "descending", "next": key}
    if sort == key:
        return {"key": key, "now": "ascending", "next": ""}
    return {"key": key, "now": "", "next": f"{key}-down"}


@register.simple_tag
def sorted_by(order: str, name: str) -> dict[str, str]:
    """How a list of people is sorted by an attribute ("ascending" …), and what its head asks for:
    the smallest first, then the largest, then as they were."""
    if order == name:
        return {"now": "ascending", "next": f"-{name}"}
    if order == f"-{name}":
        return {"now": "descending", "next": ""}
    return {"now": "", "next": name}


@register.filter
def thumb_line(heights: list[float | None]) -> str:
    """A line of a small picture, 100 wide and 36 high; what is not known is left out."""
    step = 100 / max(len(heights) - 1, 1)
    known = [(n, height) for n, height in enumerate(heights) if height is not None]
    return " ".join(f"{n * step:.1f},{34 - 32 * height:.1f}" for n, height in known)


@register.filter
def thumb_bars(groups: list[list[float]]) -> list[dict[str, Any]]:
    """The bars of a small picture, group by group."""
    width = 100 / max(len(groups), 1)
    return [
        {
            "series": k + 1,
            "x": round(n * width + k * 0.85 * width / len(group), 1),
            "width": round(0.8 * width / len(group), 1),
            "y": round(36 - 36 * height, 1),
            "height": round(36 * height, 1),
        }
        for n, group in enumerate(groups)
        for k, height in enumerate(group)
    ]


@register.filter
def thumb_cells(rows: list[list[float | None]]) -> list[dict[str, Any]]:
    """The cells of a small picture, row by row; what is not known is left out."""
    wide, high = 100 / max(map(len, rows), default=1), 36 / max(len(rows), 1)
    return [
        {
            "step": min(6, int(share * 7)),
            "x": round(k * wide, 1),
            "y": round(n * high, 1),
            "width": round(0.9 * wide, 1),
            "height": round(0.85 * high, 1),
        }
        for n, row in enumerate(rows)
        for k, share in enumerate(row)
        if share is not None
    ]


@register.simple_tag
def querystring_of(**values: str | list[str]) -> str:
    return urlencode({name: value for name, value in values.items() if value}, doseq=True)


@register.simple_tag
def press(*words: object) -> SafeString:
    """What makes a button change the form: {% press "remove" card.prefix %}."""
    action = "-".join(map(str, words))
    return format_html('name="do" id="do-{}" value="{}"', action, action)


@register.simple_tag(takes_context=True)
def focus(context: Context, field: str) -> str:
    """Puts the focus on a field that was just added, without scripts, too."""
    form, request = context["form"], context["request"]
    return "autofocus" if form.fresh == field and not request.htmx else ""


@register.simple_tag(takes_context=True)
def suggested(context: Context, each: Comparison, event: str) -> SafeString:
    """Where a field asks for values that are really there; nothing where none are known."""
    if each.input_type != "text" or not each.name:
        return SafeString("")
    address = reverse("suggestions", args=[context["project"].slug])
    query = querystring_of(of="value", name=each.name, event=event)
    return format_html('data-suggestions="{}?{}"', address, query)


@register.filter
def said(each: Comparison) -> list[str]:
    """Its values as a sentence says them: days as people write them, of many the first ones."""
    if each.takes is Takes.SPAN:
        amount, unit = each.values[:1], each.span_unit
        return [f"{one} {unit}{'' if one == '1' else 's'}" for one in amount if one]
    given = [written(value) if each.input_type == "date" else value for value in each.given]
    more = len(given) - MOST_SAID
    return [*given[: MOST_SAID - 1], f"{more + 1} more"] if more > 0 else given


@register.filter
def when(did: Behaviour) -> str:
    """When it was done: in the last 30 days, between 1 May and 31 May."""
    if did.within != "between":
        return did.withins[did.within]
    start, end = (written(day) if day else "…" for day in (did.start, did.end))
    return f"between {start} and {end}"


def written(text: str) -> str:
    """A day in the reader's locale; what is none stays as it was typed."""
    day = as_date(text)
    return locale.day(day) if day else text


@register.simple_tag
def timeline(marks: str) -> SafeString:
    """A picture of what somebody did, one mark each: a digit is a step, "." another event, "x" one
    that must not be, "=" the same value in the steps around it, "?" a step that is not counted."""
    middle = [TIMELINE_ROOM * n + TIMELINE_ROOM / 2 for n in range(len(marks))]
    drawn = (TIMELINE_MARKS.get(each, TIMELINE_STEP) for each in marks)
    found = [
        format_html('<g transform="translate({} 10)">{}</g>', x, format_html(each, mark))
        for each, x, mark in zip(drawn, middle, marks, strict=True)
    ]
    return format_html(
        '<svg class="trail" width="{}" height="20" aria-hidden="true">'
        '<line x2="100%" y1="10" y2="10"/>{}</svg>',
        TIMELINE_ROOM * len(marks),
        SafeString("".join(found)),
    )


@register.filter
def titled(name: str) -> str:
    """An attribute or a property as people read it."""
    return title_of(name)


@register.filter
def icon_of(kind: str) -> str:
    """What stands for a kind of report in lists."""
    return shape_of(Kind.of(kind)).icon


@register.filter
def letter(index: int) -> str:
    return "ABCDEFG"[index]


@register.filter
def split(text: str) -> list[str]:
    return text.split()
