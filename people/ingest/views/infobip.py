"""Infobip's People API: persons, events, and the definitions of both."""

from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.urls import re_path
from django.utils import timezone

from people.attributes import STANDARD
from people.ingest import infobip
from people.ingest.http import Call, Door, answered, authorization, keep, open_to_all
from people.ingest.messages import (
    Errors,
    Kind,
    Parsed,
    RefusedError,
    as_object,
    list_in,
    parse_each,
    reasons,
)
from people.models import AttributeDefinition, EventDefinition, PropertyDefinition
from people.values import iso

MOST_PERSONS, MOST_EVENTS, MOST_FIELDS = 1_000, 5_000, 120
LONGEST_TITLE = 200
METHODS = ("POST", "PATCH", "PUT")


def problem(status: int, errors: Errors) -> HttpResponse:
    """Our errors, and the same in the words that Infobip's clients read."""
    text = "; ".join(f"{path} {each}".strip() for path, texts in errors.items() for each in texts)
    said = {"messageId": str(status), "text": text}
    body = {"errors": errors, "requestError": {"serviceException": said}}
    return JsonResponse(body, status=status)


DOOR = Door(refuse=problem, key=partial(authorization, wanted="App"))


# --- Persons ------------------------------------------------------------------------------------


@open_to_all(*METHODS)
@DOOR.opens
def one_person(call: Call) -> HttpResponse:
    """POST and PATCH keep what is not named, PUT replaces; `?identifier=` says whom, else the body.

    A write key reads nothing back: whoever is not there yet is made, and the answer says only what
    was sent.
    """
    now = timezone.now()
    asked = call.request.GET
    named = None
    if call.request.method != "POST":
        named = infobip.identifier(asked.get("type"), asked.get("identifier"))
    replace = call.request.method == "PUT"
    read = partial(infobip.person, at=now, also=named, replace=replace)
    parsed = parse_each([call.content], lambda item, _: read(item))
    if parsed.refused:
        return problem(400, parsed.refused[0].errors)
    keep(call, parsed, "infobip", now)
    ids = {each.kind: each.value for each in parsed.messages[-1].ids}
    return JsonResponse({"externalId": ids.get(Kind.EXTERNAL)})


@open_to_all(*METHODS)
@DOOR.opens
def persons(request: Call, call: str) -> HttpResponse:
    """`upsert` and `merge`: up to 1,000 persons, each answered for itself (207).

    Who was there already is not told: `UPDATED` says that what was sent is what is kept now.
    """
    given = request.content.get("persons") if isinstance(request.content, dict) else None
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_PERSONS:
        raise RefusedError(persons=f"Give a list of 1 to {MOST_PERSONS:,} persons.")
    now = timezone.now()
    replace = call == "upsert" and request.request.method == "PUT"
    read = partial(infobip.person, at=now, replace=replace, merge=call == "merge")
    parsed = parse_each(given, lambda item, _: read(item))
    keep(request, parsed, "infobip", now)
    wrong = {each.index for each in parsed.refused}
    results = [
        {"index": index, "status": "UPDATED"} for index in range(len(given)) if index not in wrong
    ]
    refused = answered(parsed.refused, "errors")
    refused["errors"] = [
        {"code": 40001, "index": each["index"], "message": reasons(each["errors"])}
        for each in refused["errors"]
    ]
    return JsonResponse(refused | {"results": results}, status=207)


# --- Events -------------------------------------------------------------------------------------


@open_to_all(*METHODS)
@DOOR.opens
def events(call: Call) -> HttpResponse:
    """Up to 5,000 events, all of them or none (202)."""
    if not isinstance(call.content, list) or not 1 <= len(call.content) <= MOST_EVENTS:
        raise RefusedError(events=f"Give a list of 1 to {MOST_EVENTS:,} events.")
    now = timezone.now()
    parsed = parse_each(call.content, lambda item, _: [infobip.event(item, now)])
    if parsed.refused:
        refused = answered(parsed.refused, "errors")
        errors = {
            f"{each['index']}.{path}": texts
            for each in refused["errors"]
            for path, texts in each["errors"].items()
        }
        if more := refused.get("more_errors"):
            errors[""] = [f"{more:,} more events are refused."]
        return problem(400, errors)
    keep(call, parsed, "infobip", now)
    return HttpResponse(status=202)


@open_to_all(*METHODS)
@DOOR.opens
def one_event(call: Call, person: str, definition: str) -> HttpResponse:
    """One event of one person, now (201); a person who is not there yet is made."""
    now = timezone.now()
    named = infobip.identifier(call.request.GET.get("identifierType", "EXTERNAL_ID"), person)
    body = as_object(call.content) | {"definitionId": definition, "occurredTime": iso(now)}
    track = infobip.track(named, body, now)
    keep(call, Parsed([track]), "infobip", now)
    answer = {"eventId": track.uid, "definitionId": definition, "occurredTime": iso(track.at)}
    return JsonResponse(answer, status=201)


# --- Definitions --------------------------------------------------------------------------------


@open_to_all(*METHODS)
@DOOR.opens
def definitions(call: Call) -> HttpResponse:
    """An event and the types of its properties (201, or 409)."""
    body, project = as_object(call.content), call.key.project
    name = body.get("definitionId")
    if not isinstance(name, str) or not 0 < len(name) <= 36 or not name.isalnum():
        raise RefusedError(definitionId="1 to 36 letters and digits.")
    fields = list_in(body, "fields") or list_in(body, "properties")
    if len(fields) > MOST_FIELDS:
        raise RefusedError(fields=f"An event has {MOST_FIELDS} fields at most.")
    kinds = {name_of(each): kind_of(each) for each in fields}
    with transaction.atomic():
        project.lock(alone=True)
        if EventDefinition.objects.filter(project=project, name=name).exists():
            return problem(409, {"definitionId": ["There is a definition of this id."]})
        event = EventDefinition.objects.create(
            project=project,
            name=name,
            title=text_in(body, "title") or text_in(body, "name"),
            description=text_in(body, "description"),
        )
        PropertyDefinition.objects.bulk_create(
            PropertyDefinition(event=event, name=each, type=kind) for each, kind in kinds.items()
        )
    return JsonResponse({"definitionId": name}, status=201)


@open_to_all(*METHODS)
@DOOR.opens
def custom_attributes(call: Call) -> HttpResponse:
    """A custom attribute and its type."""
    body = as_object(call.content)
    name, kind = name_of(body), kind_of(body)
    if name in STANDARD:
        raise RefusedError(name="This is a standard attribute; it is there already.")
    made, new = AttributeDefinition.objects.get_or_create(
        project=call.key.project, name=name, defaults={"type": kind}
    )
    if not new and made.type != kind:
        return problem(409, {"name": [f"It is defined as {made.type}; a type never changes."]})
    return JsonResponse({"name": name, "dataType": body.get("dataType")})


def name_of(field: Any) -> str:
    for key in ("name", "fieldId", "id"):
        if isinstance(field, dict) and isinstance(field.get(key), str) and field[key]:
            return str(field[key])[:200]
    raise RefusedError(name="A field needs a name.")


def text_in(body: dict[str, Any], field: str) -> str:
    """A short text; "" where there is none."""
    given = body.get(field)
    return given[:LONGEST_TITLE] if isinstance(given, str) else ""


def kind_of(field: dict[str, Any]) -> str:
    given = (text_in(field, "dataType") or text_in(field, "type")).upper()
    if given not in infobip.TYPES:
        raise RefusedError(dataType=f"Use one of {', '.join(infobip.TYPES)}.")
    return infobip.TYPES[given].value


# Every address with and without a slash at the end.
EVENT_OF = r"persons/(?P<person>[^/]+)/definitions/(?P<definition>[^/]+)/events"
ROUTES = [
    re_path(r"^people/2/persons/?$", one_person, name="infobip-person"),
    re_path(r"^people/3/persons/(?P<call>upsert|merge)/?$", persons),
    re_path(r"^people/3/events/?$", events, name="infobip-events"),
    re_path(rf"^peopleevents/2/{EVENT_OF}/?$", one_event),
    re_path(r"^peopleevents/2/definitions/?$", definitions),
    re_path(r"^people/2/customAttributes/?$", custom_attributes),
]
