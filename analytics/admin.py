"""Segments, reports and runs in the admin; definitions are checked by the models' own rules."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from analytics.models import Report, Run, Segment
from people.admin import Settled, zoned


@admin.register(Segment)
class SegmentAdmin(Settled[Segment]):
    list_display = ["name", "project", "created_by", zoned("modified_at")]
    list_filter = ["project"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name"]
    autocomplete_fields = ["project", "created_by"]
    readonly_fields = ["created_at", "modified_at"]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Also names the reports that could not be asked any more."""
        shown, counts, perms, protected = super().get_deleted_objects(objs, request)
        used = [f"Used by the report “{each}”" for segment in objs for each in segment.used_by()]
        return [*shown, *used], counts, perms, protected


@admin.register(Report)
class ReportAdmin(Settled[Report]):
    list_display = ["name", "kind", "project", "created_by", zoned("modified_at")]
    list_filter = ["kind", "project"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name"]
    autocomplete_fields = ["project", "created_by"]
    readonly_fields = ["kind", "created_at", "modified_at"]


@admin.register(Run)
class RunAdmin(admin.ModelAdmin[Run]):
    """What was computed; to be read, not written."""

    list_display = [
        zoned("created_at"),
        "project",
        "state",
        zoned("started_at"),
        zoned("finished_at"),
    ]
    list_filter = ["state", "project"]
    list_select_related = ["project"]
    search_fields = ["id", "error"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
