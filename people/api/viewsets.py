"""What a project has, through the API: found in the project, made by whoever is signed in."""

from collections.abc import Mapping
from typing import TypeVar

from django.db.models import Model, QuerySet
from rest_framework import viewsets
from rest_framework.serializers import BaseSerializer

from people.api.access import project_of, signed_in
from people.api.listing import Listing

Row = TypeVar("Row", bound=Model)


class OfProject(viewsets.GenericViewSet[Row]):
    """`queryset` has the rows of all projects. `summaries` says what actions do that are REST
    framework's own; others have a docstring."""

    # What its list is asked with.
    listing: type[Listing] = Listing
    summaries: Mapping[str, str] = {}

    def get_queryset(self) -> QuerySet[Row]:
        return super().get_queryset().filter(project=project_of(self))

    def perform_create(self, serializer: BaseSerializer[Row]) -> None:
        serializer.save(project=project_of(self), created_by=signed_in(self.request))
