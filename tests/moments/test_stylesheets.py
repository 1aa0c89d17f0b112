"""Every class and every id that a style sheet speaks of is on a page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHEETS = ROOT / "moments/static/css"
# What else writes pages: templates, scripts, and what draws.
PAGES = (
    "templates/**/*.html",
    "moments/static/*.js",
    "**/templatetags/*.py",
    "analytics/presentation/**/*.py",
    "analytics/models/deliveries.py",
    "analytics/forms/kinds.py",
)
# Made of a word and a number, or put there by a library.
NUMBERED = re.compile(r"(s|h|w|series-)\d")
OTHERS = {"htmx-request"}


def selectors(text):
    """What stands before the braces of rules, without comments and values in brackets."""
    plain = re.sub(r"/\*.*?\*/|\[[^\]]*\]|\"[^\"]*\"", "", text, flags=re.DOTALL)
    return re.findall(r"([^{};]+)\{", plain)


def test_every_selector_is_of_something():
    pages = "\n".join(each.read_text() for glob in PAGES for each in ROOT.glob(glob))
    quoted = " ".join(map("".join, re.findall(r'"([^"\n]*)"|`([^`\n]*)`', pages)))
    words = set(re.findall(r"[A-Za-z][\w-]*", quoted))
    unused = {
        f"{sheet.name}: {name}"
        for sheet in SHEETS.glob("*.css")
        # The admin's pages are Django's.
        if sheet.name != "admin.css"
        for selector in selectors(sheet.read_text())
        if not selector.strip().startswith("@")
        for name in re.findall(r"[.#]([A-Za-z][\w-]*)", selector)
        if name not in words | OTHERS and not NUMBERED.fullmatch(name)
    }
    assert not unused
