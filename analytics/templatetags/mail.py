"""How tables stand in the text of a mail."""

from django import template

from analytics.presentation.mail import Excerpt
from people.templatetags.formats import figure

register = template.Library()


@register.filter
def aligned(excerpt: Excerpt) -> str:
    """Its columns under their heads, the first to the left and numbers to the right."""
    rows = [[figure(each.value, each.kind) + "*" * each.partial for each in row]
            for row in excerpt.rows]  # fmt: skip
    grid = [excerpt.head, *rows]
    widths = [max(len(row[n]) for row in grid) for n in range(len(excerpt.head))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if n else text.ljust(width)
            for n, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in grid
    )
