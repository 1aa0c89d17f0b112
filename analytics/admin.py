"""Segments, reports and runs in the admin; definitions are checked by the models' own rules."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from analytics.models import (
    Address,
    Alert,
    Annotation,
    Dashboard,
    Delivery,
    KeptMail,
    Mailing,
    MailingPart,
    Recipient,
    Report,
    Run,
    Segment,
    Share,
    Subscription,
    Tile,
    Version,
    Webhook,
    WebhookCall,
)
from people.admin_base import ReadOnly, Settled, Zoned


class Indented(json.JSONEncoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 2})


class DefinitionField(forms.JSONField):
    """JSON as people read it, in a field with room for it."""

    def __init__(self, **options: Any) -> None:
        area = forms.Textarea({"rows": 24, "cols": 90, "spellcheck": "false"})
        super().__init__(**options | {"widget": area, "encoder": Indented})


class EditedForm(forms.ModelForm[Any]):
    """Not over what somebody else saved meanwhile."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.modified_at:
            self.initial["seen"] = self.instance.modified_at.isoformat()

    def clean(self) -> dict[str, Any] | None:
        seen, now = self.cleaned_data.get("seen"), self.instance.modified_at
        if seen and now and seen != now.isoformat():
            what = self.instance._meta.verbose_name
            raise forms.ValidationError(f"Somebody saved this {what} after you opened it.")
        return super().clean()


class ReportForm(EditedForm):
    """A definition that can be asked."""

    definition = DefinitionField()


class EditedAdmin(Settled[Any]):
    """Says who changed it last."""

    form = EditedForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        obj.modified_by_id = request.user.pk
        super().save_model(request, obj, form, change)


@admin.register(Segment)
class SegmentAdmin(EditedAdmin):
    list_display = ["name", "project", "created_by", "modified_at"]
    list_filter = ["project"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name"]
    autocomplete_fields = ["project", "created_by"]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Also names the reports that could not be asked any more."""
        shown, counts, perms, protected = super().get_deleted_objects(objs, request)
        used = [f"Used by the report “{each}”" for segment in objs for each in segment.used_by()]
        return [*shown, *used], counts, perms, protected


@admin.register(Version)
class VersionAdmin(ReadOnly):
    list_display = ["report", "number", "created_by", "created_at"]
    list_select_related = ["created_by"]
    with_project = ("report__project",)
    search_fields = ["report__name"]


@admin.register(Report)
class ReportAdmin(EditedAdmin):
    form = ReportForm
    list_display = ["name", "kind", "project", "created_by", "modified_at"]
    list_filter = ["kind", "project"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name"]
    autocomplete_fields = ["project", "created_by"]
    readonly_fields = ["kind"]

    def get_view_on_site_url(self, obj: Report | None = None) -> str | None:
        """Its page."""
        return reverse("report", args=[obj.project.slug, obj.pk]) if obj else None


class TileInline(Zoned[Tile], admin.TabularInline[Tile, Dashboard]):
    """What stands on a dashboard; it is arranged on its page."""

    model = Tile
    fields = ["position", "width", "report", "title", "text"]
    readonly_fields = ["position", "width", "report", "title", "text"]
    with_project = ("dashboard__project", "report")
    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Dashboard)
class DashboardAdmin(EditedAdmin):
    list_display = ["name", "project", "is_pinned", "created_by", "modified_at"]
    list_filter = ["is_pinned", "project"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name"]
    autocomplete_fields = ["project", "created_by"]
    inlines = [TileInline]

    def get_view_on_site_url(self, obj: Dashboard | None = None) -> str | None:
        """Its page."""
        return reverse("dashboard", args=[obj.project.slug, obj.pk]) if obj else None


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = [
        "created_at",
        "project",
        "state",
        "started_at",
        "finished_at",
    ]
    list_filter = ["state", "project"]
    list_select_related = ["project"]
    search_fields = ["id", "error"]


class RecipientInline(Zoned[Recipient], admin.TabularInline[Recipient, Any]):
    """To whom it goes; the addresses themselves are checked where they are entered."""

    model = Recipient
    fields = ["email", "stopped_at"]
    readonly_fields = ["email"]
    with_project = ("subscription__project", "alert__project")
    extra = 0

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly):
    """Made and changed on the project's own pages, which know its zone and its members."""

    list_display = ["title", "project", "next_due", "paused", "created_by"]
    list_filter = ["paused", "project"]
    list_select_related = ["project", "created_by"]
    search_fields = ["title"]
    inlines = [RecipientInline]


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ["title", "project", "operator", "value", "state", "since"]
    list_filter = ["state", "project"]
    list_select_related = ["project"]
    search_fields = ["title"]
    inlines = [RecipientInline]


@admin.register(Mailing)
class MailingAdmin(ReadOnly):
    list_display = ["slot", "kind", "title", "project", "error"]
    list_filter = ["kind", "project"]
    list_select_related = ["project"]
    search_fields = ["title"]
    exclude = ["picture"]


class PartInline(Zoned[MailingPart], admin.TabularInline[MailingPart, Mailing]):
    """What each tile of a dashboard said."""

    model = MailingPart
    fields = ["position", "title", "text", "error", "load"]
    readonly_fields = ["position", "title", "text", "error", "load"]
    with_project = ("mailing__project",)
    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["mailing", "recipient", "state", "tries", "error", "finished_at"]
    list_filter = ["state", "mailing__project"]
    list_select_related = ["mailing__project"]
    search_fields = ["recipient", "error"]


@admin.register(Address)
class AddressAdmin(ReadOnly):
    list_display = ["email", "project", "asked_at", "confirmed_at"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["email"]
    exclude = ["token"]


@admin.register(KeptMail)
class KeptMailAdmin(ReadOnly):
    list_display = ["created_at", "recipient", "subject", "project"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["subject", "recipient"]
    exclude = ["message"]


@admin.register(Webhook)
class WebhookAdmin(ReadOnly):
    list_display = ["url", "project", "format", "created_by", "created_at"]
    search_fields = ["url"]
    list_filter = ["project"]
    list_select_related = ["project", "created_by"]
    exclude = ["secret"]


@admin.register(WebhookCall)
class WebhookCallAdmin(ReadOnly):
    list_display = ["created_at", "webhook", "state", "tries", "error"]
    search_fields = ["error", "webhook__url"]
    list_filter = ["state", "webhook__project"]
    list_select_related = ["webhook__project"]


@admin.register(Share)
class ShareAdmin(ReadOnly):
    """Made on the pages of what is shared, where its link is shown once."""

    list_display = ["__str__", "project", "created_by", "expires_at", "revoked_at", "opened"]
    search_fields = ["report__name", "dashboard__name"]
    list_filter = ["project"]
    list_select_related = ["project", "report", "dashboard", "created_by"]
    exclude = ["token_hash", "password"]


@admin.register(Annotation)
class AnnotationAdmin(Settled[Annotation]):
    list_display = ["day", "text", "project", "created_by"]
    list_filter = ["project"]
    list_select_related = ["project", "created_by"]
    search_fields = ["text"]
    autocomplete_fields = ["project", "created_by"]
