"""Pages of reports, people and events."""

from django.urls import path, register_converter

from analytics.definitions.kinds import Kind
from analytics.views import (
    attributes,
    behind,
    catalogue,
    dashboards,
    demo,
    events,
    exports,
    home,
    lessons,
    library,
    live,
    people,
    reports,
    search,
    segment_library,
    segments,
    shared,
    shares,
    versions,
)

PROJECT = "p/<slug:slug>"


class KindOfReport:
    """A kind of report."""

    regex = "|".join(Kind)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(KindOfReport, "kind")

urlpatterns = [
    path("help/<slug:chapter>/", lessons.chapter, name="lessons"),
    path(f"{PROJECT}/", home.project, name="project"),
    path(f"{PROJECT}/demo/", demo.demo, name="project-demo"),
    path(f"{PROJECT}/begin/", home.begin, name="begin"),
    path(f"{PROJECT}/news/", home.changes, name="news"),
    path(f"{PROJECT}/search/", search.search, name="search"),
    *(
        path(f"{PROJECT}/{kind}/", reports.builder, {"kind": kind.value}, name=kind.value)
        for kind in Kind
    ),
    path(f"{PROJECT}/funnel/separates/", behind.separates, name="separates"),
    path(f"{PROJECT}/<kind:kind>/people/", behind.behind, name="behind"),
    path(f"{PROJECT}/<kind:kind>/segment/", segments.save, name="save-segment"),
    path(f"{PROJECT}/reports/", library.reports, name="reports"),
    path(f"{PROJECT}/reports/<uuid:pk>/about/", library.about, name="report-about"),
    path(f"{PROJECT}/reports/<uuid:pk>/duplicate/", library.duplicate, name="report-duplicate"),
    path(f"{PROJECT}/reports/<uuid:pk>/pin/", library.pin, name="report-pin"),
    path(f"{PROJECT}/reports/<uuid:pk>/trash/", library.trash, name="report-trash"),
    path(f"{PROJECT}/reports/<uuid:pk>/delete/", library.delete, name="report-delete"),
    path(f"{PROJECT}/reports/<uuid:pk>/", reports.report, name="report"),
    path(f"{PROJECT}/reports/<uuid:pk>/versions/", versions.versions, name="report-versions"),
    path(
        f"{PROJECT}/reports/<uuid:pk>/versions/<int:number>/restore/",
        versions.restore,
        name="report-restore",
    ),
    path(f"{PROJECT}/reports/<uuid:pk>/shares/", shares.of_report, name="report-shares"),
    path(f"{PROJECT}/dashboards/<uuid:pk>/shares/", shares.of_dashboard, name="dashboard-shares"),
    path(f"{PROJECT}/shares/<uuid:pk>/revoke/", shares.revoke, name="share-revoke"),
    path("s/<str:token>/", shared.shared, name="shared"),
    path("s/<str:token>/embed/", shared.embedded, name="shared-embed"),
    path(f"{PROJECT}/dashboards/", dashboards.dashboards, name="dashboards"),
    path(f"{PROJECT}/dashboards/<uuid:pk>/", dashboards.dashboard, name="dashboard"),
    path(
        f"{PROJECT}/dashboards/<uuid:pk>/tiles/<int:tile>/", dashboards.tile, name="dashboard-tile"
    ),
    path(f"{PROJECT}/dashboards/<uuid:pk>/arrange/", dashboards.arrange, name="dashboard-arrange"),
    path(f"{PROJECT}/dashboards/<uuid:pk>/delete/", dashboards.delete, name="dashboard-delete"),
    path(f"{PROJECT}/runs/<uuid:pk>/", reports.run, name="run"),
    path(f"{PROJECT}/runs/<uuid:pk>/stop/", reports.stop, name="stop"),
    path(f"{PROJECT}/suggestions/", reports.suggested, name="suggestions"),
    path(f"{PROJECT}/noticed/", reports.noticed, name="noticed"),
    path(f"{PROJECT}/size/", reports.size, name="size"),
    path(f"{PROJECT}/usual/", reports.usual, name="usual"),
    path(f"{PROJECT}/people/", people.people, name="people"),
    path(f"{PROJECT}/people/<int:pk>/", people.person, name="person"),
    path(f"{PROJECT}/people/<int:pk>/export/", people.export, name="person-export"),
    path(f"{PROJECT}/people/<int:pk>/erase/", people.erase, name="person-erase"),
    path(f"{PROJECT}/segments/", segment_library.segments, name="segments"),
    path(f"{PROJECT}/segments/new/", segment_library.new, name="segment-new"),
    path(f"{PROJECT}/segments/ids/", segment_library.from_ids, name="segment-ids"),
    path(f"{PROJECT}/segments/<uuid:pk>/", segment_library.segment, name="segment"),
    path(f"{PROJECT}/segments/<uuid:pk>/delete/", segments.delete, name="segment-delete"),
    path(f"{PROJECT}/people/<int:pk>/attribute/", people.set_attribute, name="person-attribute"),
    path(f"{PROJECT}/attributes/", attributes.attributes, name="attributes"),
    path(f"{PROJECT}/attributes/<int:pk>/", attributes.attribute, name="attribute"),
    path(f"{PROJECT}/live/", live.live, name="live"),
    path(f"{PROJECT}/events/", catalogue.events, name="events"),
    path(f"{PROJECT}/events/<int:pk>/", events.event, name="event"),
    path(f"{PROJECT}/events/<int:pk>/volume/", events.volume, name="event-volume"),
    path(f"{PROJECT}/exports/", exports.exports, name="exports"),
    path(f"{PROJECT}/exports/<uuid:pk>/file/", exports.file, name="export-file"),
    path(f"{PROJECT}/exports/<uuid:pk>/delete/", exports.delete, name="export-delete"),
]
