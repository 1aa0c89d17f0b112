"""Shares through the API (contract §5): links to one report or dashboard, for whoever has them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.models import Dashboard, Report, Share
from analytics.models.shares import LARGEST_GROUP, MOST_SHARES, expiry_problem, link_of
from people.api.access import project_of, signed_in
from people.api.bodies import Exact, Text, Whole
from people.api.listing import Listing, or_for_ever, or_never
from people.api.viewsets import OfProject

ONE_OF = "Give a report or a dashboard, one of the two."


class ShareSerializer(Exact):
    """A link to one report or dashboard."""

    id = serializers.UUIDField(read_only=True, help_text="Its name in addresses.")
    report = serializers.PrimaryKeyRelatedField(
        queryset=Report.objects.none(), allow_null=True, default=None,
        help_text="Which saved report; null of a dashboard’s.",
    )  # fmt: skip
    dashboard = serializers.PrimaryKeyRelatedField(
        queryset=Dashboard.objects.none(), allow_null=True, default=None,
        help_text="Which dashboard; null of a report’s.",
    )  # fmt: skip
    expires_at = serializers.DateTimeField(
        allow_null=True, default=None, help_text="When it ends; null for never."
    )
    password = Text(
        write_only=True, allow_null=True, default=None, max_length=128, trim_whitespace=False,
        help_text="Asked for before anything is shown; null for none. It is never answered.",
    )  # fmt: skip
    has_password = serializers.BooleanField(
        source="password", read_only=True, help_text="Whether it asks for a password."
    )
    minimum_group = Whole(
        default=0, min_value=0, max_value=LARGEST_GROUP,
        help_text="Numbers of fewer people are hidden, and what would tell them.",
    )  # fmt: skip
    opened = serializers.IntegerField(read_only=True, help_text="How often it was opened.")
    opened_at = serializers.DateTimeField(read_only=True, help_text="When it was opened last.")
    created_at = serializers.DateTimeField(read_only=True, help_text="When it was made.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What is of other projects is as unknown as none."""
        fields = super().get_fields()
        view = self.context.get("view")
        if view is not None and "project" in view.kwargs:
            project = project_of(view)
            fields["report"].queryset = project.reports.kept()  # type: ignore[attr-defined]
            fields["dashboard"].queryset = project.dashboards.all()  # type: ignore[attr-defined]
        return fields

    def validate_expires_at(self, at: datetime | None) -> datetime | None:
        if problem := expiry_problem(at):
            raise serializers.ValidationError(problem)
        return at

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if (given["report"] is None) == (given["dashboard"] is None):
            raise serializers.ValidationError({"report": [ONE_OF]})
        return given


class NewShareSerializer(ShareSerializer):
    """A new link, with its address, which is answered this once."""

    url = serializers.URLField(read_only=True, help_text="Where it leads, answered this once.")


class ShareList(Listing):
    """Which links."""

    orders = {
        **Listing.orders,
        "expires_at": or_for_ever("expires_at"),
        "opened_at": or_never("opened_at"),
        "opened": "opened",
    }
    report = serializers.UUIDField(required=False, help_text="Those to one report.")
    dashboard = serializers.UUIDField(required=False, help_text="Those to one dashboard.")


class ShareViewSet(OfProject[Share]):
    """Links to one report or dashboard, without an account."""

    queryset = Share.objects.kept()
    serializer_class = ShareSerializer
    listing = ShareList
    shows_once = True

    def list(self, _request: Request, **_: object) -> Response:
        """List the links that nobody revoked, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ShareSerializer(page or [], many=True).data)

    @extend_schema(responses={201: NewShareSerializer})
    def create(self, request: Request, **_: object) -> Response:
        """Share a report or a dashboard; the link is shown once."""
        given = ShareSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            if self.get_queryset().count() >= MOST_SHARES:
                text = f"A project has at most {MOST_SHARES} links. Revoke some first."
                raise serializers.ValidationError({"": [text]})
            values = dict(given.validated_data)
            share, token = Share.make(
                password=values.pop("password") or "",
                project=project_of(self),
                created_by=signed_in(request),
                **values,
            )
        answer = {**ShareSerializer(share).data, "url": link_of(token)}
        return Response(answer, status.HTTP_201_CREATED)

    def destroy(self, _request: Request, **_: object) -> Response:
        """Revoke a link: it leads nowhere from now on."""
        self.get_object().revoke()
        return Response(status=status.HTTP_204_NO_CONTENT)
