"""Everything that is recorded, in the admin. What is derived or immutable is for reading only."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from people import operations
from people.locale import moment
from people.models import (
    AttributeDefinition,
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
from people.values import on_clock

M = TypeVar("M", bound=Model)


@cache
def zoned(name: str) -> Callable[[Any], str]:
    """A column or field with an instant on the clock of the row's project, which it names."""

    @admin.display(ordering=name, description=name.replace("_", " "))
    def shown(row: Any) -> str:
        at = getattr(row, name)
        return moment(on_clock(at, row.project.zone)) if at else "-"

    return shown


class ReadOnly(admin.ModelAdmin[Any]):
    """Nobody adds, changes or deletes here."""

    show_full_result_count = False

    def get_fields(self, _request: HttpRequest, *_: Any) -> list[Any]:
        fields = [each for each in self.model._meta.fields if each.editable or each.auto_created]
        return [
            zoned(each.name) if isinstance(each, DateTimeField) else each.name for each in fields
        ]

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


class Settled(admin.ModelAdmin[M]):
    """Of what is there already some fields stay as they are: a row never moves to another project,
    and a name or a type that data was kept under never changes."""

    settled = ["project"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        given = list(super().get_readonly_fields(request, obj))
        return [*given, *self.settled] if obj else given


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    ordering = ["email"]
    list_display = ["email", "first_name", "last_name", "is_staff", "last_login"]
    search_fields = ["email", "first_name", "last_name"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Name", {"fields": ["first_name", "last_name"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]


class MembershipInline(admin.TabularInline[Membership, Project]):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


class WriteKeyInline(admin.TabularInline[WriteKey, Project]):
    model = WriteKey
    extra = 0
    readonly_fields = ["key", "created_at"]


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin[Project]):
    list_display = ["name", "slug", "timezone", "week_start", "created_at"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at", "loads_done"]
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
    list_display = ["name", "project", zoned("created_at"), zoned("revoked_at")]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["name", "project__name"]
    autocomplete_fields = ["project"]
    readonly_fields = ["key", "created_at"]


class IdentityInline(admin.TabularInline[Identity, Person]):
    model = Identity
    extra = 0
    can_delete = False
    readonly_fields = ["value", "kind", "created_at"]
    exclude = ["project"]

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Person)
class PersonAdmin(ReadOnly):
    """People come in and are changed through ingestion, which tells the store."""

    list_display = ["__str__", "project", *map(zoned, ("first_seen", "created_at", "modified_at"))]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["identities__value__begins"]
    inlines = [IdentityInline]


@admin.register(Identity)
class IdentityAdmin(ReadOnly):
    list_display = ["value", "kind", "person", "project", zoned("created_at")]
    list_filter = ["kind", "project"]
    list_select_related = ["person", "project"]
    search_fields = ["value__begins"]


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(Settled[AttributeDefinition]):
    list_display = ["name", "type", "project", zoned("created_at")]
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


class PropertyInline(admin.TabularInline[PropertyDefinition, EventDefinition]):
    model = PropertyDefinition
    form = PropertyForm
    extra = 0
    fields = ["name", "type", "description"]
    can_delete = False


@admin.register(EventDefinition)
class EventDefinitionAdmin(Settled[EventDefinition]):
    settled = ["project", "name"]
    list_display = ["name", "title", "project", zoned("created_at")]
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
    list_display = ["definition", zoned("at"), "person", "project", "uid"]
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
        zoned("received_at"),
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
    list_display = ["id", "project", zoned("created_at"), "attempt", zoned("loaded_at"), "error"]
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
