"""`/api/`: projects, people and their catalogue."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from people.api.catalogue import AttributeViewSet, EventViewSet
from people.api.people import PersonEventsViewSet, PersonViewSet
from people.api.projects import ProjectViewSet

router = SimpleRouter()
router.register("projects", ProjectViewSet, basename="project")

PROJECT = "projects/<slug:project>"
MANY: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    *router.urls,
    path(f"{PROJECT}/people/", PersonViewSet.as_view(MANY)),
    path(f"{PROJECT}/people/merge/", PersonViewSet.as_view({"post": "merge"})),
    path(
        f"{PROJECT}/people/<path:external_id>/events/", PersonEventsViewSet.as_view({"get": "list"})
    ),
    path(f"{PROJECT}/people/<path:external_id>/export/", PersonViewSet.as_view({"get": "export"})),
    path(f"{PROJECT}/people/<path:external_id>/", PersonViewSet.as_view(ONE), name="api-person"),
    path(f"{PROJECT}/attributes/", AttributeViewSet.as_view(MANY)),
    path(f"{PROJECT}/events/", EventViewSet.as_view(MANY)),
]
