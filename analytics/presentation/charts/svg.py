"""SVG as text: elements, numbers, and the two frames in which a drawing stands."""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

QUIET, TEXT, GRID, RULE, GROUND, BAD = (
    "#5b6472", "#1b1f27", "#e1e5eb", "#b8bfca", "#ffffff", "#b3261e",
)  # fmt: skip
FONT = "Inter, Liberation Sans, DejaVu Sans, Arial, sans-serif"
SIZE = 12


@dataclass(frozen=True)
class Frame:
    """What the ends of the axes are in the units of paths.

    On a page a drawing is stretched to whatever room there is, so that its paths have percents as
    their units, and its strokes must not be stretched; in a picture they are pixels.
    """

    width: float = 100
    height: float = 100
    is_page: bool = True


PAGE = Frame()


def element(tag: str, *children: str, **attributes: object) -> str:
    """An element; what is None or "" is left out, `class_` and `text_anchor` are as in SVG."""
    told = "".join(
        f" {name.strip('_').replace('_', '-')}={quoteattr(shown(value))}"
        for name, value in attributes.items()
        if value is not None and value != ""
    )
    return f"<{tag}{told}>{''.join(children)}</{tag}>" if children else f"<{tag}{told}/>"


def shown(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def number(value: float) -> str:
    """Two decimals, none where there are none."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float) -> str:
    return f"{number(value)}%"


def text(words: str, **attributes: object) -> str:
    return element("text", escape(words), **({"fill": QUIET} | attributes))


def title(words: str) -> str:
    return element("title", escape(words))


def short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
