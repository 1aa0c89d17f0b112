"""Everything that is recorded, in the admin. What is derived or immutable is for reading only."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import DateTimeField
from django.http import HttpRequest

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
from people.values import on_clock


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

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:  # noqa: ARG002
        fields = [each for each in self.model._meta.fields if each.editable or each.auto_created]
        return [
            zoned(each.name) if isinstance(each, DateTimeField) else each.name for each in fields
        ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


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
    list_display = ["name", "slug", "timezone", "created_at"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at", "loads_done"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline, WriteKeyInline]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ["user", "project", "role"]
    list_filter = ["role", "project"]
    list_select_related = ["user", "project"]
    search_fields = ["user__email", "project__name"]
    autocomplete_fields = ["user", "project"]


@admin.register(WriteKey)
class WriteKeyAdmin(admin.ModelAdmin[WriteKey]):
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

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
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
class AttributeDefinitionAdmin(admin.ModelAdmin[AttributeDefinition]):
    list_display = ["name", "type", "project", zoned("created_at")]
    list_filter = ["type", "project"]
    list_select_related = ["project"]
    search_fields = ["name", "description"]
    autocomplete_fields = ["project"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002
        # The type of an attribute never changes.
        return ["project", "name", "type"] if obj else []


class PropertyInline(admin.TabularInline[PropertyDefinition, EventDefinition]):
    model = PropertyDefinition
    extra = 0
    fields = ["name", "type", "description"]


@admin.register(EventDefinition)
class EventDefinitionAdmin(admin.ModelAdmin[EventDefinition]):
    list_display = ["name", "title", "project", zoned("created_at")]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["name", "title", "description"]
    autocomplete_fields = ["project"]
    inlines = [PropertyInline]


@admin.register(PropertyDefinition)
class PropertyDefinitionAdmin(admin.ModelAdmin[PropertyDefinition]):
    list_display = ["name", "event", "type"]
    list_filter = ["type", "event__project"]
    list_select_related = ["event"]
    search_fields = ["name", "event__name"]
    autocomplete_fields = ["event"]


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
