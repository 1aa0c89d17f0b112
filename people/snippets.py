"""How to send data with six clients, ready to be copied: name, hint, code."""

SNIPPETS = (
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
