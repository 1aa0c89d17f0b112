"""`/api/`: questions, saved reports and segments."""

from typing import Any

from django.urls import path

from analytics.api.alerts import AlertViewSet
from analytics.api.annotations import AnnotationViewSet
from analytics.api.dashboards import DashboardViewSet
from analytics.api.exports import ExportViewSet
from analytics.api.lists import PeopleBehindPageView, PeopleBehindView
from analytics.api.questions import QueryView, RunView
from analytics.api.saved import ReportViewSet, SegmentViewSet
from analytics.api.shares import ShareViewSet
from analytics.api.subscriptions import DeliveryViewSet, SubscriptionViewSet
from analytics.api.versions import VersionViewSet
from analytics.api.webhooks import CallViewSet, WebhookViewSet

PROJECT = "projects/<slug:project>"
MANY: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path(f"{PROJECT}/query/", QueryView.as_view(), name="api-query"),
    path(f"{PROJECT}/query/<uuid:run>/", RunView.as_view(), name="api-run"),
    path(f"{PROJECT}/query/people/", PeopleBehindView.as_view(), name="api-people-behind"),
    path(
        f"{PROJECT}/query/people/<uuid:selection>/",
        PeopleBehindPageView.as_view(),
        name="api-people-page",
    ),
    path(f"{PROJECT}/reports/", ReportViewSet.as_view(MANY), name="api-reports"),
    path(f"{PROJECT}/reports/<uuid:pk>/", ReportViewSet.as_view(ONE), name="api-report"),
    path(
        f"{PROJECT}/reports/<uuid:pk>/duplicate/",
        ReportViewSet.as_view({"post": "duplicate"}),
        name="api-report-duplicate",
    ),
    path(
        f"{PROJECT}/reports/<uuid:pk>/result/",
        ReportViewSet.as_view({"get": "result"}),
        name="api-report-result",
    ),
    path(
        f"{PROJECT}/reports/<uuid:pk>/versions/",
        VersionViewSet.as_view({"get": "list"}),
        name="api-report-versions",
    ),
    path(
        f"{PROJECT}/reports/<uuid:pk>/versions/<int:number>/restore/",
        VersionViewSet.as_view({"post": "restore"}),
        name="api-report-restore",
    ),
    path(f"{PROJECT}/segments/", SegmentViewSet.as_view(MANY), name="api-segments"),
    path(f"{PROJECT}/segments/<uuid:pk>/", SegmentViewSet.as_view(ONE), name="api-segment"),
    path(
        f"{PROJECT}/segments/<uuid:pk>/people/",
        SegmentViewSet.as_view({"get": "people"}),
        name="api-segment-people",
    ),
    path(f"{PROJECT}/dashboards/", DashboardViewSet.as_view(MANY), name="api-dashboards"),
    path(f"{PROJECT}/dashboards/<uuid:pk>/", DashboardViewSet.as_view(ONE), name="api-dashboard"),
    path(
        f"{PROJECT}/dashboards/<uuid:pk>/result/",
        DashboardViewSet.as_view({"get": "result"}),
        name="api-dashboard-result",
    ),
    path(f"{PROJECT}/subscriptions/", SubscriptionViewSet.as_view(MANY), name="api-subscriptions"),
    path(
        f"{PROJECT}/subscriptions/<uuid:pk>/",
        SubscriptionViewSet.as_view(ONE),
        name="api-subscription",
    ),
    path(
        f"{PROJECT}/subscriptions/<uuid:pk>/send/",
        SubscriptionViewSet.as_view({"post": "send"}),
        name="api-subscription-send",
    ),
    path(
        f"{PROJECT}/subscriptions/<uuid:pk>/deliveries/",
        DeliveryViewSet.as_view({"get": "list"}),
        name="api-deliveries",
    ),
    path(f"{PROJECT}/shares/", ShareViewSet.as_view(MANY), name="api-shares"),
    path(
        f"{PROJECT}/shares/<uuid:pk>/",
        ShareViewSet.as_view({"delete": "destroy"}),
        name="api-share",
    ),
    path(f"{PROJECT}/webhooks/", WebhookViewSet.as_view(MANY), name="api-webhooks"),
    path(
        f"{PROJECT}/webhooks/<uuid:pk>/",
        WebhookViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="api-webhook",
    ),
    path(f"{PROJECT}/webhooks/<uuid:pk>/calls/", CallViewSet.as_view(MANY), name="api-calls"),
    path(f"{PROJECT}/alerts/", AlertViewSet.as_view(MANY), name="api-alerts"),
    path(f"{PROJECT}/alerts/<uuid:pk>/", AlertViewSet.as_view(ONE), name="api-alert"),
    path(f"{PROJECT}/annotations/", AnnotationViewSet.as_view(MANY), name="api-annotations"),
    path(
        f"{PROJECT}/annotations/<uuid:pk>/", AnnotationViewSet.as_view(ONE), name="api-annotation"
    ),
    path(f"{PROJECT}/exports/", ExportViewSet.as_view(MANY), name="api-exports"),
    path(
        f"{PROJECT}/exports/<uuid:pk>/",
        ExportViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="api-export",
    ),
    path(
        f"{PROJECT}/exports/<uuid:pk>/file/",
        ExportViewSet.as_view({"get": "file"}),
        name="api-export-file",
    ),
]
