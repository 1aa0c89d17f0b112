"""How figures are written, and which problems stand at which card."""

from typing import Any

from django import template

register = template.Library()


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


@register.filter
def letter(index: int) -> str:
    return "ABCDEFG"[index]


@register.filter
def split(text: str) -> list[str]:
    return text.split()


@register.filter
def figure(value: Any, kind: str) -> str:
    """A number as it is read: 1,234 · 5.5 % · 2.41; unknown is –."""
    match value, kind:
        case None, _:
            return "–"
        case _, "share":
            return f"{value * 100:.3g} %" if value < 1 else f"{value * 100:,.0f} %"
        case _, "rate":
            return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
        case int() | float(), _:
            return f"{value:,}"
        case _, "start":
            return str(value)[:16].replace("T", " ")
        case _:
            return str(value)


@register.filter
def exact(value: Any) -> str:
    return "unknown" if value is None else str(value)


@register.filter
def chart_id(number: int) -> str:
    return f"chart-{number}"
