"""Where clients send data, with and without a slash at the end."""

from django.urls import re_path

from people.ingest.views import infobip, mixpanel, posthog, segment

CALLS = "batch|track|identify|alias|page|screen|group|import|b|t|i|a|p|s|g"
EVENT_OF = r"persons/(?P<person>[^/]+)/definitions/(?P<definition>[^/]+)/events"

urlpatterns = [
    re_path(rf"^v1/(?P<call>{CALLS})/?$", segment.segment_call, name="segment"),
    re_path(
        r"^v1/projects/(?P<key>[\w-]+)/settings/?$",
        segment.segment_settings,
        name="segment-settings",
    ),
    re_path(r"^sourceConfig/?$", segment.source_config, name="source-config"),
    re_path(r"^(?:batch|capture|e|i/v0/e)/?$", posthog.call, name="posthog"),
    re_path(r"^i/v1/analytics/events/?$", posthog.events, name="posthog-events"),
    re_path(r"^(?:flags|decide)/?$", posthog.flags, name="posthog-flags"),
    re_path(r"^array/(?P<key>[\w-]+)/config(?P<kind>\.js)?/?$", posthog.config),
    re_path(r"^(?P<kind>track|engage|groups|import)/?$", mixpanel.call, name="mixpanel"),
    re_path(r"^people/2/persons/?$", infobip.one_person, name="infobip-person"),
    re_path(r"^people/3/persons/(?P<call>upsert|merge)/?$", infobip.persons),
    re_path(r"^people/3/events/?$", infobip.events, name="infobip-events"),
    re_path(rf"^peopleevents/2/{EVENT_OF}/?$", infobip.one_event),
    re_path(r"^peopleevents/2/definitions/?$", infobip.definitions),
    re_path(r"^people/2/customAttributes/?$", infobip.custom_attributes),
]
