"""Everything that is recorded, in the admin. What is derived or immutable is for reading only."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from knox.admin import AuthTokenAdmin as KnoxAdmin
from knox.models import AuthToken

from people import operations
from people.admin_base import Audited, OwnAdmin, ReadOnly, Settled, Zoned
from people.models import (
    AttributeDefinition,
    AuditEntry,
    Batch,
    Event,
    EventDefinition,
    Identity,
    Load,
    Membership,
    Person,
    Project,
    PropertyDefinition,
    Tombstone,
    User,
    WriteKey,
)
from people.models.accounts import ProjectQuerySet


@admin.register(User)
class UserAdmin(OwnAdmin[User], DjangoUserAdmin[User]):
    ordering = ["email"]
    list_display = ["email", "first_name", "last_name", "is_staff", "last_login"]
    search_fields = ["email", "first_name", "last_name"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Name", {"fields": ["first_name", "last_name"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]


# The library's own page of them writes into no audit log.
admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(Audited[AuthToken], KnoxAdmin):  # type: ignore[misc]
    """API tokens; whose they are is told, never their hash."""

    list_display = ["user", "note", "created", "expiry"]
    list_select_related = ["user", "note"]

    def words(self, count: int) -> str:
        return "API token" if count == 1 else "API tokens"

    def named(self, row: AuthToken) -> str:
        return str(row.user)


class MembershipInline(Zoned[Membership], admin.TabularInline[Membership, Project]):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


class WriteKeyInline(Zoned[WriteKey], admin.TabularInline[WriteKey, Project]):
    model = WriteKey
    extra = 0
    readonly_fields = ["key"]
    with_project = ("project",)


@admin.register(Project)
class ProjectAdmin(OwnAdmin[Project]):
    list_display = ["name", "slug", "timezone", "week_start", "created_at"]
    search_fields = ["name", "slug"]
    readonly_fields = ["loads_done"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline, WriteKeyInline]

    def get_queryset(self, _request: HttpRequest) -> ProjectQuerySet:
        return Project.objects.there()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Asks for the name, and leaves the rest to a worker: there may be millions of rows."""
        project = self.get_object(request, object_id)
        if project is None:
            raise Http404
        if not self.has_delete_permission(request, project):
            raise PermissionDenied
        if request.method == "POST" and request.POST.get("name", "").strip() == project.name:
            self.log_deletions(request, Project.objects.filter(pk=project.pk))
            operations.delete_project(project)
            messages.success(request, f"“{project}” is deleted; its data goes now.")
            return redirect("admin:people_project_changelist")
        context = self.admin_site.each_context(request) | {"project": project, "title": "Delete"}
        return TemplateResponse(request, "admin/people/project/delete.html", context)


@admin.register(Membership)
class MembershipAdmin(Settled[Membership]):
    list_display = ["user", "project", "role"]
    list_filter = ["role", "project"]
    list_select_related = ["user", "project"]
    search_fields = ["user__email", "project__name"]
    autocomplete_fields = ["user", "project"]


@admin.register(WriteKey)
class WriteKeyAdmin(Settled[WriteKey]):
    list_display = ["name", "project", "created_at", "revoked_at"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["name", "project__name"]
    autocomplete_fields = ["project"]
    readonly_fields = ["key"]
    actions = ["revoke"]

    @admin.action(
        description="Revoke: nothing can be sent by them any more", permissions=["change"]
    )
    def revoke(self, request: HttpRequest, keys: QuerySet[WriteKey]) -> None:
        active = keys.filter(revoked_at=None).select_related("project")
        for key in active:
            key.revoke()
            self.audit(request, key, "Revoked")
        messages.success(request, f"Revoked: {len(active)}.")


class IdentityInline(Zoned[Identity], admin.TabularInline[Identity, Person]):
    model = Identity
    extra = 0
    can_delete = False
    readonly_fields = ["value", "kind"]
    exclude = ["project"]
    with_project = ("project",)

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Person)
class PersonAdmin(ReadOnly):
    """People come in and are changed through ingestion, which tells the store."""

    list_display = ["__str__", "project", "first_seen", "created_at", "modified_at"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["identities__value__begins"]
    inlines = [IdentityInline]


@admin.register(Identity)
class IdentityAdmin(ReadOnly):
    list_display = ["value", "kind", "person", "project", "created_at"]
    list_filter = ["kind", "project"]
    list_select_related = ["person", "project"]
    search_fields = ["value__begins"]


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(Settled[AttributeDefinition]):
    list_display = ["name", "type", "project", "created_at"]
    list_filter = ["type", "project"]
    list_select_related = ["project"]
    search_fields = ["name", "description"]
    autocomplete_fields = ["project"]
    settled = ["project", "name", "type"]

    def has_delete_permission(self, _request: HttpRequest, *_: Any) -> bool:
        # Made anew it would have another type.
        return False


class PropertyForm(forms.ModelForm[PropertyDefinition]):
    """The type of a property never changes, nor its name, under which its values are kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "type"):
            self.fields[name].disabled = bool(self.instance.pk)


class PropertyInline(
    Zoned[PropertyDefinition], admin.TabularInline[PropertyDefinition, EventDefinition]
):
    model = PropertyDefinition
    form = PropertyForm
    extra = 0
    fields = ["name", "type", "description"]
    with_project = ("event__project",)
    can_delete = False


@admin.register(EventDefinition)
class EventDefinitionAdmin(Settled[EventDefinition]):
    settled = ["project", "name"]
    list_display = ["name", "title", "project", "created_at"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["name", "title", "description"]
    autocomplete_fields = ["project"]
    inlines = [PropertyInline]


@admin.register(PropertyDefinition)
class PropertyDefinitionAdmin(Settled[PropertyDefinition]):
    settled = ["event", "name", "type"]
    list_display = ["name", "event", "type"]
    list_filter = ["type", "event__project"]
    list_select_related = ["event"]
    search_fields = ["name", "event__name"]
    autocomplete_fields = ["event"]

    def has_delete_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["definition", "at", "person", "project", "uid"]
    list_filter = ["project"]
    list_select_related = ["definition", "person", "project"]
    search_fields = ["uid__exact", "person__identities__value__exact"]
    ordering = ["-pk"]


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    list_display = [
        "id",
        "project",
        "source",
        "received_at",
        "accepted",
        "duplicates",
        "refused",
    ]
    list_filter = ["source", "project"]
    list_select_related = ["project"]
    search_fields = ["id__exact", "source"]
    ordering = ["-pk"]


@admin.register(Load)
class LoadAdmin(ReadOnly):
    list_display = ["id", "project", "created_at", "attempt", "loaded_at", "error"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["id__exact", "error"]
    ordering = ["-pk"]


@admin.register(Tombstone)
class TombstoneAdmin(ReadOnly):
    list_display = ["person_id", "project", "batch"]
    list_filter = ["project"]
    list_select_related = ["project", "batch"]
    search_fields = ["person_id__exact"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["at", "email", "action", "words", "project"]
    list_filter = ["action", "project"]
    list_select_related = ["project"]
    search_fields = ["email", "words"]
