"""Where clients send data, with and without a slash at the end."""

from django.urls import re_path

from people.ingest.views import (
    mixpanel_call,
    posthog_call,
    posthog_flags,
    segment_call,
    segment_settings,
)

CALLS = "batch|track|identify|alias|page|screen|group|import|b|t|i|a|p|s|g"

urlpatterns = [
    re_path(rf"^v1/(?P<call>{CALLS})/?$", segment_call, name="segment"),
    re_path(r"^v1/projects/(?P<key>[\w-]+)/settings/?$", segment_settings, name="segment-settings"),
    re_path(r"^(?:batch|capture|e|i/v0/e)/?$", posthog_call, name="posthog"),
    re_path(r"^(?:track|engage)/?$", mixpanel_call, name="mixpanel"),
    re_path(r"^(?:flags|decide)/?$", posthog_flags, name="posthog-flags"),
]
