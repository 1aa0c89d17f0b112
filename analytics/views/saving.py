"""A report is saved from its page: in place or anew, and not over what somebody else saved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict

from analytics.definitions.conditions import Catalogue
from analytics.definitions.figures import PREFIX
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, read_stored
from analytics.forms import Builder, opened
from analytics.models import Overtaken, Report, changed
from people.access import Request, may_edit
from people.models import Project
from people.values import read_instant

# What an address carries besides a definition.
BESIDES = {"format", "sort", "seen", "version", "do", "report"}


@dataclass(frozen=True)
class Refused:
    """Why nothing was saved, and what the page shows for it."""

    status: int
    context: dict[str, Any]


def asked(request: Request, saved: Report | None) -> tuple[QueryDict, dict[str, list[str]]]:
    """The parameters of the form: those of the address, else those of what is saved; and what of
    that cannot be read any more."""
    # Nor does the number whose people stand beside it.
    asked_for = {each for each in request.GET if not each.startswith(PREFIX)}
    if saved is None or asked_for - BESIDES:
        return request.GET, {}
    definition, version = saved.definition, request.GET.get("version", "")
    if version.isdecimal() and len(version) < 9:
        found = saved.versions.filter(number=version).first()
        definition = found.definition if found else definition
    address, problems = opened(saved.kind, definition)
    query = QueryDict(address, mutable=True)
    for key in set(request.GET) - {"version"}:
        query.setlist(key, request.GET.getlist(key))
    return query, problems


def save(request: Request, found: Project, form: Builder, saved: Report | None) -> Report | Refused:
    """Keep the form's definition: in the report that it was opened from, or in a new one."""
    if not may_edit(request, found):
        raise PermissionDenied("You may look at this project, not change it.")
    report = saved if saved and "update" in request.POST else None
    before = report.definition if report else None
    report = report or Report(project=found, created_by=request.user)
    report.name = request.POST.get("name", "").replace("\0", "").strip() or report.name or "Report"
    report.definition = form.dump()
    try:
        report.full_clean(exclude=["kind"])
        if report is saved:
            report.change(request.user, seen=seen_by(request))
        else:
            report.save()
    except ValidationError as error:
        form.problems = {"": error.messages}
        return Refused(400, {})
    except Overtaken as error:
        return Refused(409, {"overtaken": error, "lost": lost(error, report, form.catalogue)})
    words = changed(before, report.definition, form.catalogue.segments)
    messages.success(request, f"Saved: {'; '.join(words)}." if words else f"“{report}” is saved.")
    return report


def seen_by(request: Request) -> datetime | None:
    """When it was changed last, as the page was opened with it; nothing where whoever was told
    that it was changed since saves it all the same."""
    if request.POST.get("update") == "anyway":
        return None
    return read_instant(request.POST.get("seen", ""))


def lost(error: Overtaken, mine: Report, catalogue: Catalogue) -> list[str]:
    """In words, what would become of what somebody else saved."""
    theirs = error.found
    if not isinstance(theirs, Report):
        return []
    return changed(theirs.definition, mine.definition, catalogue.segments)


def is_edited(saved: Report | None, definition: dict[str, Any] | None) -> bool:
    """Whether a page differs from the report that it was opened from."""
    if saved is None:
        return False
    try:
        return definition != dump(read_stored(saved.definition))
    except Invalid:
        return True
