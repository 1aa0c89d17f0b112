"""Pages of reports, people and events."""

from django.urls import path

from analytics.views import events, people, reports

PROJECT = "p/<slug:slug>"

urlpatterns = [
    path(f"{PROJECT}/", reports.project, name="project"),
    path(
        f"{PROJECT}/segmentation/", reports.builder, {"kind": "segmentation"}, name="segmentation"
    ),
    path(f"{PROJECT}/funnel/", reports.builder, {"kind": "funnel"}, name="funnel"),
    path(f"{PROJECT}/reports/<uuid:pk>/", reports.report, name="report"),
    path(f"{PROJECT}/runs/<uuid:pk>/", reports.run, name="run"),
    path(f"{PROJECT}/people/", people.people, name="people"),
    path(f"{PROJECT}/people/<int:pk>/", people.person, name="person"),
    path(f"{PROJECT}/people/<int:pk>/export/", people.export, name="person-export"),
    path(f"{PROJECT}/people/<int:pk>/erase/", people.erase, name="person-erase"),
    path(f"{PROJECT}/events/", events.events, name="events"),
    path(f"{PROJECT}/events/<int:pk>/", events.event, name="event"),
]
