"""`/api/`: questions."""

from django.urls import path

from analytics.api import QueryView, RunView

urlpatterns = [
    path("projects/<slug:project>/query/", QueryView.as_view(), name="api-query"),
    path("projects/<slug:project>/query/<uuid:run>/", RunView.as_view(), name="api-run"),
]
