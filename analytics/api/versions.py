"""What a report asked before, and going back to it."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.changes import tagged
from analytics.api.saved import ReportSerializer
from analytics.api.shapes import Definition
from analytics.definitions.parts import Invalid
from analytics.models import Report, Version, catalogue_of, changes
from people.api.access import project_of, signed_in
from people.api.bodies import Described
from people.api.listing import Listing


class VersionSerializer(serializers.Serializer[Any]):
    """A definition as it was saved once."""

    number = serializers.IntegerField(source="version.number", help_text="Counted from 1.")
    definition = Described(Definition, source="version.definition", help_text="What it asked.")
    created_by = serializers.EmailField(
        source="version.created_by.email", default=None, allow_null=True, help_text="Who saved it."
    )
    created_at = serializers.DateTimeField(source="version.created_at", help_text="When.")
    changes = serializers.ListField(
        child=serializers.CharField(),
        source="words",
        help_text="What it changed of the version before, in words.",
    )


class VersionList(Listing):
    """Which versions of a report."""

    orders = {"number": "number"}
    order = "-number"


class VersionViewSet(viewsets.GenericViewSet[Version]):
    """The versions of one report."""

    queryset = Version.objects.none()
    serializer_class = VersionSerializer
    listing = VersionList

    def get_queryset(self) -> QuerySet[Version]:
        found = Version.objects.filter(report=self.report())
        return found.select_related("created_by")

    def report(self) -> Report:
        reports = Report.objects.filter(project=project_of(self))
        return get_object_or_404(reports, pk=self.kwargs["pk"])

    def list(self, _request: Request, **_: object) -> Response:
        """List what a report asked before, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        told = changes(page or [], catalogue_of(project_of(self)).segments)
        return self.get_paginated_response(VersionSerializer(told, many=True).data)

    @extend_schema(request=None, responses={200: ReportSerializer})
    def restore(self, request: Request, number: int, **_: object) -> Response:
        """Ask again what a version asked; that makes a new version."""
        version = get_object_or_404(self.get_queryset(), number=number)
        report = version.report
        try:
            report.restore(version, signed_in(request))
        except Invalid as error:
            raise serializers.ValidationError({"definition": error.problems}) from error
        context = self.get_serializer_context()
        return tagged(Response(ReportSerializer(report, context=context).data))
