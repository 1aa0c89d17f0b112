"""How to send data from seven places, ready to be copied."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.text import slugify

from people.models import WriteKey

# Name, hint, code.
SNIPPETS = (
    (
        "Web site",
        "One line into every page: page views by themselves, events by moments.track().",
        """
<script defer src="<ORIGIN>/m.js" data-key="<KEY>"></script>

// Then in your own scripts, whenever something happens:
moments.track("Signed Up", { plan: "free" });
moments.identify("ann", { email: "ann@example.com" });
""",
    ),
    (
        "HTTP",
        "Anything that can send a request.",
        """
curl -u <KEY>: <ORIGIN>/v1/track \\
  -d '{"userId": "ann", "event": "Signed Up", "properties": {"plan": "free"}}'
""",
    ),
    (
        "Browser",
        "npm install @segment/analytics-next",
        """
import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load(
  { writeKey: "<KEY>", cdnURL: "<ORIGIN>" },
  { integrations: { "Segment.io": { apiHost: "<HOST>/v1", protocol: "<SCHEME>" } } },
);
analytics.identify("ann", { email: "ann@example.com" });
analytics.track("Signed Up", { plan: "free" });
""",
    ),
    (
        "Python",
        "pip install segment-analytics-python",
        """
import segment.analytics as analytics

analytics.write_key = "<KEY>"
analytics.host = "<ORIGIN>"
analytics.identify("ann", {"email": "ann@example.com"})
analytics.track("ann", "Signed Up", {"plan": "free"})
analytics.flush()
""",
    ),
    (
        "Node",
        "npm install @segment/analytics-node",
        """
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "<KEY>", host: "<ORIGIN>" });
analytics.identify({ userId: "ann", traits: { email: "ann@example.com" } });
analytics.track({ userId: "ann", event: "Signed Up", properties: { plan: "free" } });
await analytics.closeAndFlush();
""",
    ),
    (
        "PostHog",
        "Its libraries: change the host and the key. In the browser use the npm package.",
        """
posthog.init("<KEY>", { api_host: "<ORIGIN>", advanced_disable_flags: true });
posthog.identify("ann", { email: "ann@example.com" });
posthog.capture("Signed Up", { plan: "free" });
""",
    ),
    (
        "Mixpanel",
        "Change the host and the token. In Python, alias() always calls Mixpanel itself.",
        """
mixpanel.init("<KEY>", { api_host: "<ORIGIN>" });
mixpanel.identify("ann");
mixpanel.people.set({ $email: "ann@example.com" });
mixpanel.track("Signed Up", { plan: "free" });
""",
    ),
)


@dataclass(frozen=True)
class Snippet:
    """How to send from one place, with the project's own key and address in it."""

    name: str
    hint: str
    code: str

    @property
    def slug(self) -> str:
        return slugify(self.name)


def snippets(request: HttpRequest, key: WriteKey | None) -> list[Snippet]:
    """All of them, as they have to be written for this server."""
    parts = {
        "<KEY>": key.key if key else "WRITE_KEY",
        "<ORIGIN>": request.build_absolute_uri("/").rstrip("/"),
        "<HOST>": request.get_host(),
        "<SCHEME>": request.scheme or "",
    }
    return [Snippet(name, hint, filled(code, parts).strip()) for name, hint, code in SNIPPETS]


def chosen(offered: list[Snippet], slug: str) -> Snippet:
    """The one of a slug, else the first."""
    return next((each for each in offered if each.slug == slug), offered[0])


def filled(code: str, parts: Mapping[str, str]) -> str:
    """A snippet with the words of the project in their places."""
    for word, value in parts.items():
        code = code.replace(word, value)
    return code
