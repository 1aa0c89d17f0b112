"""`/api/`: projects, people and their catalogue."""

from typing import Any

from django.urls import path

from people.api.audit import AuditViewSet
from people.api.catalogue import AttributeViewSet, EventViewSet
from people.api.members import KeyViewSet, MemberViewSet
from people.api.people import MergeViewSet, PersonEventsViewSet, PersonViewSet
from people.api.projects import ProjectViewSet

PROJECT = "projects/<slug:project>"
MANY: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("projects/", ProjectViewSet.as_view(MANY), name="api-projects"),
    path(
        f"{PROJECT}/",
        ProjectViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api-project",
    ),
    path(f"{PROJECT}/people/", PersonViewSet.as_view(MANY), name="api-people"),
    path(
        f"{PROJECT}/people/merge/",
        MergeViewSet.as_view({"post": "merge", **ONE}),
        {"external_id": "merge"},
        name="api-merge",
    ),
    path(
        f"{PROJECT}/people/<path:external_id>/events/",
        PersonEventsViewSet.as_view({**ONE, "get": "events"}),
        name="api-person-events",
    ),
    path(
        f"{PROJECT}/people/<path:external_id>/export/",
        PersonViewSet.as_view({"get": "export"}),
        name="api-person-export",
    ),
    path(f"{PROJECT}/people/<path:external_id>/", PersonViewSet.as_view(ONE), name="api-person"),
    path(f"{PROJECT}/members/", MemberViewSet.as_view(MANY), name="api-members"),
    path(f"{PROJECT}/members/<int:pk>/", MemberViewSet.as_view(ONE), name="api-member"),
    path(f"{PROJECT}/keys/", KeyViewSet.as_view(MANY), name="api-keys"),
    path(f"{PROJECT}/keys/<int:pk>/", KeyViewSet.as_view(ONE), name="api-key"),
    path(f"{PROJECT}/audit/", AuditViewSet.as_view({"get": "list"}), name="api-audit"),
    path(f"{PROJECT}/attributes/", AttributeViewSet.as_view(MANY), name="api-attributes"),
    path(
        f"{PROJECT}/attributes/<path:name>/",
        AttributeViewSet.as_view({"patch": "partial_update"}),
        name="api-attribute",
    ),
    path(f"{PROJECT}/events/", EventViewSet.as_view(MANY), name="api-events"),
    path(
        f"{PROJECT}/events/<path:name>/",
        EventViewSet.as_view({"patch": "partial_update"}),
        name="api-event",
    ),
]
