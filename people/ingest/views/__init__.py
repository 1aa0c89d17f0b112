"""Where clients send data, one module a family."""

from people.ingest.views import infobip, mixpanel, posthog, script, segment

__all__ = ["infobip", "mixpanel", "posthog", "script", "segment"]
