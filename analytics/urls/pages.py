"""Report pages."""

from django.urls import path

from analytics import views

urlpatterns = [
    path("p/<slug:slug>/", views.project, name="project"),
    path(
        "p/<slug:slug>/segmentation/",
        views.builder,
        {"kind": "segmentation"},
        name="segmentation",
    ),
    path("p/<slug:slug>/funnel/", views.builder, {"kind": "funnel"}, name="funnel"),
    path("p/<slug:slug>/reports/<uuid:pk>/", views.report, name="report"),
    path("p/<slug:slug>/runs/<uuid:pk>/", views.run, name="run"),
]
