"""What the admin's pages share: instants on the project's clock, what is only read, what stays, and
that what is done here stands in the projects' audit logs."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from functools import cache
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db.models import DateTimeField, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from knox.models import AuthToken

from people.audit import Action, note
from people.locale import moment
from people.models import Project, TokenNote, User
from people.values import on_clock

M = TypeVar("M", bound=Model)


def clock_of(row: Any) -> tzinfo:
    """The zone of the project that a row is or belongs to; UTC of what belongs to none."""
    project = row if isinstance(row, Project) else getattr(row, "project", None)
    return project.zone if project else UTC


@cache
def zoned(name: str) -> Callable[[Any], str]:
    """A column or field with an instant on the clock of the row's project, which it names."""

    @admin.display(ordering=name, description=name.replace("_", " "))
    def shown(row: Any) -> str:
        at = getattr(row, name)
        return moment(on_clock(at, clock_of(row))) if at else "-"

    return shown


class Zoned(BaseModelAdmin[M]):
    """Shows every instant on the clock of its project. None is typed in: no form says a zone."""

    # What leads from a row to its project, so that a list asks no query for each.
    with_project: tuple[str, ...] = ()

    def instants(self) -> list[str]:
        fields = self.model._meta.concrete_fields
        return [each.name for each in fields if isinstance(each, DateTimeField)]

    def on_clocks(self, names: Any) -> list[Any]:
        return [zoned(each) if each in self.instants() else each for each in names]

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        return rows.select_related(*self.with_project) if self.with_project else rows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.on_clocks(super().get_list_display(request))  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.on_clocks(super().get_fields(request, obj))

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or ()), *self.instants()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Of a row that is there, the instants that nothing hides, too."""
        given = list(super().get_readonly_fields(request, obj))
        hidden = self.exclude or ()
        known = [each for each in self.instants() if each not in hidden] if obj else []
        return self.on_clocks(dict.fromkeys([*given, *known]))


def projects_of(row: object) -> Iterable[Project]:
    """The projects whose audit log says that a row was changed; of an account, those it is in, and
    of a token those that it sees."""
    match row:
        case Project():
            return [row]
        case User():
            return Project.objects.visible_to(row)
        case AuthToken():
            about = TokenNote.objects.select_related("project").filter(token=row).first()
            own = about.project if about else None
            return [own] if own else Project.objects.visible_to(row.user)
    of = row if hasattr(row, "project") else getattr(row, "event", None)
    return [of.project] if of else []


class Audited(admin.ModelAdmin[M]):
    """What Django writes into its own log of the admin, of whatever was done here, stands in the
    audit log, too."""

    def log_addition(self, request: Any, obj: M, message: Any) -> Any:
        self.audit(request, obj, "Added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: Any, obj: M, message: Any) -> Any:
        """Rows that went from a form within another one's are told of their own."""
        self.audit(request, obj, "Changed")
        changes = message if isinstance(message, list) else []
        for kind, count in Counter(
            each["deleted"]["name"] for each in changes if "deleted" in each
        ).items():
            self.audit_deletion(request, projects_of(obj), f"{count} {kind}")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: Any, queryset: QuerySet[M]) -> Any:
        """What goes is counted, not named: the log would keep its name."""
        of = Counter(project for row in queryset for project in projects_of(row))
        for project, count in of.items():
            self.audit_deletion(request, [project], f"{count} {self.words(count)}")
        return super().log_deletions(request, queryset)

    def audit(self, request: Any, row: M, verb: str) -> None:
        words = f"{verb} {self.words(1)} “{self.named(row)}” in the admin"
        for project in projects_of(row):
            note(project, request.user, Action.CHANGED, words, request.path)

    def audit_deletion(self, request: Any, projects: Iterable[Project], what: str) -> None:
        for project in projects:
            note(project, request.user, Action.ERASED, f"Deleted {what} in the admin")

    def words(self, count: int) -> str:
        said = self.model._meta.verbose_name if count == 1 else self.model._meta.verbose_name_plural
        return str(said)

    def named(self, row: M) -> str:
        return str(row)


class OwnAdmin(Zoned[M], Audited[M]):
    """What all pages of the project's own rows have in common."""

    object_history_template = "admin/history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = (extra_context or {}) | {"clock": clock_of(row)}
        return super().history_view(request, object_id, context)


class ReadOnly(OwnAdmin[Any]):
    """Nobody adds, changes or deletes here."""

    show_full_result_count = False

    def get_fields(self, _request: HttpRequest, *_: Any) -> list[Any]:
        times, hidden = self.instants(), self.exclude or ()
        return self.on_clocks(
            each.name
            for each in self.model._meta.fields
            if (each.editable or each.auto_created or each.name in times)
            and each.name not in hidden
        )

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


class Settled(OwnAdmin[M]):
    """Of what is there already some fields stay as they are: a row never moves to another project,
    and a name or a type that data was kept under never changes."""

    settled = ["project"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        given = list(super().get_readonly_fields(request, obj))
        return [*given, *self.settled] if obj else given
