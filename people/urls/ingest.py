"""Where clients send data, with and without a slash at the end."""

from django.urls import re_path

from people.ingest.views import segment_call

urlpatterns = [
    re_path(r"^v1/(?P<call>batch|track|identify|alias)/?$", segment_call, name="segment"),
]
