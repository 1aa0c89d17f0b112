"""The frame that every page stands in: its icons, its places to go, its marks of people."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@dataclass(frozen=True)
class Place:
    """A page that the rail leads to, and the names of the addresses that belong to it."""

    name: str
    words: str
    icon: str
    others: frozenset[str] = frozenset()
    # Where there is room for few: behind "More".
    is_more: bool = False
    # Goes there after `g`.
    key: str = ""

    def is_here(self, name: str) -> bool:
        return name == self.name or name in self.others


@dataclass(frozen=True)
class Link:
    """A place of one project."""

    place: Place
    href: str
    is_here: bool
    # How many there are behind it.
    count: int | None = None


PLACES = (
    Place("project", "Home", "home", key="h"),
    Place(
        "reports",
        "Reports",
        "lines",
        frozenset(
            {"report", "report-versions", "report-trash", "report-delete", "behind"}
            | {"report-shares"}
            | {"segmentation", "funnel", "retention"}
        ),
        key="r",
    ),
    Place(
        "dashboards",
        "Dashboards",
        "grid",
        frozenset({"dashboard", "dashboard-arrange", "dashboard-shares"}),
        key="d",
    ),
    Place(
        "segments",
        "Segments",
        "rings",
        frozenset({"segment", "segment-new", "segment-ids", "segment-delete"}),
        is_more=True,
        key="s",
    ),
    Place("people", "People", "people", frozenset({"person"}), key="p"),
    Place(
        "events",
        "Events",
        "event",
        frozenset({"event", "attributes", "attribute"}),
        is_more=True,
        key="e",
    ),
    Place(
        "mails",
        "Mails",
        "mail",
        frozenset({"subscription", "mail-sent", "alert", "alert-new", "outbox", "annotations"}),
        is_more=True,
    ),
    Place("live", "Live", "live", is_more=True, key="l"),
    Place("imports", "Import", "import", frozenset({"import"}), is_more=True),
    Place("exports", "Export", "export", is_more=True),
    Place("send", "Send data", "send", is_more=True),
    Place(
        "settings",
        "Settings",
        "sliders",
        frozenset(
            {
                "members",
                "member-remove",
                "leave",
                "keys",
                "key",
                "project-delete",
                "audit",
                "webhooks",
                "status",
            }
        ),
        is_more=True,
    ),
)
FOOT = ("imports", "exports", "send", "settings")


@dataclass(frozen=True)
class Key:
    """What a key does: `keys` one after the other, as the browser calls them; `Control` is also ⌘
    there. What has a `name` is pressed by `keys.js`, wherever a page has it."""

    keys: str
    words: str
    name: str = ""

    @property
    def caps(self) -> list[str]:
        """What stands on the keys."""
        return [SIGNS.get(each, each) for each in self.keys.replace("+", " ").split()]


SIGNS = {"Control": "Ctrl/⌘", "Enter": "↵", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
# Every key that works somewhere.
KEYS = (
    Key("/", "Search", "search"),
    *(Key(f"g {place.key}", place.words) for place in PLACES if place.key),
    Key("n", "New report", "new"),
    Key("e", "Edit the question", "edit"),
    Key("Control+Enter", "Render the report"),
    Key("Control+s", "Save the report", "save"),
    Key("Left Right", "Along a chart"),
    Key("Up Down", "From line to line, and in a list"),
    Key("Enter", "The people of a point; choose"),
    Key("Backspace", "Remove the last value"),
    Key("Space", "Hold Live still, and let it go on", "hold"),
    Key("?", "These keys", "help"),
)
# The pages of the settings: name, words, whether they are for owners alone.
SETTINGS = (
    ("settings", "Project", False),
    ("members", "Members", False),
    ("keys", "Write keys", True),
    ("webhooks", "Webhooks", True),
    ("audit", "Audit log", True),
    ("status", "Status", True),
    ("project-delete", "Delete", True),
)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A drawing of the sprite, in the colour of the text around it."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        extra,
        static("icons.svg"),
        name,
    )


@register.inclusion_tag("components/rail.html", takes_context=True)
def rail(context: RequestContext) -> dict[str, Any]:
    """Where a project's pages are, how much is there, which of them is open, and what is pinned."""
    found, match = context["project"], context["request"].resolver_match
    here = match.url_name if match else ""
    aside = context["aside_of"](found)
    links = [
        Link(
            place,
            reverse(place.name, args=[found.slug]),
            place.is_here(here or ""),
            aside.counts.get(place.name),
        )
        for place in PLACES
    ]
    return {
        "project": found,
        "pins": aside.pins,
        "links": [each for each in links if each.place.name not in FOOT],
        "foot": [each for each in links if each.place.name in FOOT],
        "more": [each for each in links if each.place.is_more],
        "zone": found.timezone,
    }


@register.inclusion_tag("components/settings-tabs.html", takes_context=True)
def settings_tabs(context: RequestContext) -> dict[str, Any]:
    """The pages of a project's settings; who opened one for owners is one."""
    match, slug = context["request"].resolver_match, context["project"].slug
    is_owner = context.get("is_owner", True)
    return {
        "tabs": [
            (words, reverse(name, args=[slug]), bool(match and match.url_name == name))
            for name, words, for_owners in SETTINGS
            if is_owner or not for_owners
        ]
    }


@register.simple_tag
def keys() -> tuple[Key, ...]:
    return KEYS


@register.simple_tag
def key(name: str) -> SafeString:
    """The attributes of what a key presses."""
    [found] = [each for each in KEYS if each.name == name]
    shortcuts = found.keys.replace("Control+s", "Control+s Meta+s")
    return format_html('data-keys="{}" aria-keyshortcuts="{}"', found.keys, shortcuts)


@register.filter
def initials(name: object) -> str:
    """Two letters that stand for somebody."""
    words = str(name).partition("@")[0].replace(".", " ").replace("_", " ").split()
    letters = [word[0] for word in words if word[0].isalpha()]
    return "".join(letters[:2]).upper() or "?"
