"""Infobip's People API: persons, events, and the definitions of both."""

from collections.abc import Callable
from itertools import chain
from typing import Any, Concatenate, ParamSpec

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from people.attributes import STANDARD
from people.ingest import infobip
from people.ingest.body import Sent
from people.ingest.http import WRONG_KEY, authorization, open_to_all, received, write_key
from people.ingest.messages import Id, Kind, Message, Refusal, RefusedError
from people.ingest.record import record
from people.models import (
    AttributeDefinition,
    EventDefinition,
    Person,
    PropertyDefinition,
    WriteKey,
)
from people.values import iso

MOST_PERSONS, MOST_EVENTS = 1_000, 5_000
P = ParamSpec("P")


def with_key(
    view: Callable[Concatenate[WriteKey, HttpRequest, Any, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Looks the key up; a whole request that is refused becomes a 400 with its reasons."""

    @open_to_all("POST", "PATCH", "PUT")
    @received
    def answer(request: HttpRequest, sent: Sent, *args: P.args, **parts: P.kwargs) -> HttpResponse:
        key = write_key(authorization(request, "App"))
        if key is None:
            return problem(401, {"": [WRONG_KEY]})
        try:
            return view(key, request, sent.content, *args, **parts)
        except RefusedError as error:
            return problem(400, error.errors)

    return answer


def problem(status: int, errors: dict[str, list[str]]) -> HttpResponse:
    """Our errors, and the same in the words that Infobip's clients read."""
    text = "; ".join(f"{path} {each}".strip() for path, texts in errors.items() for each in texts)
    said = {"messageId": str(status), "text": text}
    body = {"errors": errors, "requestError": {"serviceException": said}}
    return JsonResponse(body, status=status)


# --- Persons ------------------------------------------------------------------------------------


@with_key
def one_person(key: WriteKey, request: HttpRequest, body: Any) -> HttpResponse:
    """POST makes, PATCH keeps what is not named, PUT replaces whoever `?identifier=` names."""
    now = timezone.now()
    named = None
    if request.method != "POST":
        named = id_in(key, request.GET.get("type"), request.GET.get("identifier"))
        if named is None:
            return problem(404, {"identifier": ["Nobody has this identifier."]})
    said = infobip.person(body, now, also=named, replace=request.method == "PUT")
    messages = list(said)
    record(key.project, messages, source="infobip", write_key=key, received_at=now)
    person = Person.objects.named(key.project, messages[-1].ids[0].value).get()
    return JsonResponse({"id": person.pk, "externalId": person.attributes.get("external_id")})


@with_key
def persons(key: WriteKey, request: HttpRequest, body: Any, call: str) -> HttpResponse:
    """`upsert` and `merge`: up to 1,000 persons, each answered for itself (207)."""
    given = body.get("persons") if isinstance(body, dict) else None
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_PERSONS:
        raise RefusedError(persons=f"Give a list of 1 to {MOST_PERSONS:,} persons.")
    now = timezone.now()
    said: dict[int, list[Message]] = {}
    refused = []
    for index, each in enumerate(given):
        try:
            replace = call == "upsert" and request.method == "PUT"
            said[index] = list(infobip.person(each, now, replace=replace, merge=call == "merge"))
        except RefusedError as error:
            refused.append(Refusal(index, error.errors, each))
    with transaction.atomic():
        key.project.lock(alone=True)
        before = versions(key, said)
        messages = list(chain.from_iterable(said.values()))
        record(
            key.project, messages, source="infobip", write_key=key, received_at=now, refused=refused
        )
        after = versions(key, said)
    results = [
        {"id": after[index][0], "index": index, "status": status(before.get(index), after[index])}
        for index in said
    ]
    return JsonResponse(
        {"errors": [told(each) for each in refused], "results": results}, status=207
    )


def versions(key: WriteKey, said: dict[int, list[Message]]) -> dict[int, tuple[int, int]]:
    """The person and their version, by the place in the request."""
    values = {index: messages[-1].ids[0].value for index, messages in said.items()}
    rows = Person.objects.filter(
        identities__project=key.project, identities__value__in=set(values.values())
    ).values_list("identities__value", "pk", "batch_id")
    found = {value: (pk, batch) for value, pk, batch in rows}
    return {index: found[value] for index, value in values.items() if value in found}


def status(before: tuple[int, int] | None, after: tuple[int, int]) -> str:
    if before is None:
        return "CREATED"
    return "NOT_MODIFIED" if before == after else "UPDATED"


def told(refused: Refusal) -> dict[str, Any]:
    text = "; ".join(each for texts in refused.errors.values() for each in texts)
    return {"code": 40001, "index": refused.index, "message": text}


def id_in(key: WriteKey, kind: object, given: object) -> Id | None:
    """An identifier of a person that is there; `ID` is the number that answers give."""
    if kind == "ID":
        known = Person.objects.filter(project=key.project, pk=int(str(given or 0)))
        identity = known.values_list("identities__value", "identities__kind").first()
        return Id(identity[0], Kind(identity[1])) if identity else None
    named = infobip.identifier(kind, given)
    return named if Person.objects.named(key.project, named.value).exists() else None


# --- Events -------------------------------------------------------------------------------------


@with_key
def events(key: WriteKey, request: HttpRequest, body: Any) -> HttpResponse:  # noqa: ARG001
    """Up to 5,000 events, all of them or none (202)."""
    if not isinstance(body, list) or not 1 <= len(body) <= MOST_EVENTS:
        raise RefusedError(events=f"Give a list of 1 to {MOST_EVENTS:,} events.")
    now = timezone.now()
    messages = []
    errors: dict[str, list[str]] = {}
    for index, item in enumerate(body):
        try:
            messages.append(infobip.event(item, now))
        except RefusedError as error:
            errors |= {f"{index}.{path}": texts for path, texts in error.errors.items()}
    if errors:
        return problem(400, errors)
    record(key.project, messages, source="infobip", write_key=key, received_at=now)
    return HttpResponse(status=202)


@with_key
def one_event(
    key: WriteKey, request: HttpRequest, body: Any, person: str, definition: str
) -> HttpResponse:
    """One event of one person, now (201)."""
    now = timezone.now()
    kind = request.GET.get("identifierType", "ID")
    named = id_in(key, kind, person)
    if named is None and request.GET.get("createPerson") == "true" and kind != "ID":
        named = infobip.identifier(kind, person)
    if named is None:
        return problem(404, {"identifier": ["Nobody has this identifier."]})
    item = (body if isinstance(body, dict) else {}) | {"definitionId": definition}
    track = infobip.did(named, item | {"occurredTime": iso(now)}, now)
    record(key.project, [track], source="infobip", write_key=key, received_at=now)
    return JsonResponse(
        {
            "eventId": track.uid,
            "definitionId": track.event,
            "occurredTime": iso(track.at),
            "properties": track.properties,
        },
        status=201,
    )


# --- Definitions --------------------------------------------------------------------------------


@with_key
def definitions(key: WriteKey, request: HttpRequest, body: Any) -> HttpResponse:  # noqa: ARG001
    """An event and the types of its properties (201, or 409)."""
    body = body if isinstance(body, dict) else {}
    name = body.get("definitionId")
    if not isinstance(name, str) or not 0 < len(name) <= 36 or not name.isalnum():
        raise RefusedError(definitionId="1 to 36 letters and digits.")
    fields = body.get("fields") or body.get("properties") or []
    kinds = {name_of(each): kind_of(each) for each in fields}
    with transaction.atomic():
        key.project.lock(alone=True)
        if EventDefinition.objects.filter(project=key.project, name=name).exists():
            return problem(409, {"definitionId": ["There is a definition of this id."]})
        event = EventDefinition.objects.create(
            project=key.project,
            name=name,
            title=str(body.get("title") or body.get("name") or "")[:200],
            description=str(body.get("description") or ""),
        )
        PropertyDefinition.objects.bulk_create(
            PropertyDefinition(event=event, name=each, type=kind) for each, kind in kinds.items()
        )
    return JsonResponse({"definitionId": name}, status=201)


@with_key
def custom_attributes(key: WriteKey, request: HttpRequest, body: Any) -> HttpResponse:  # noqa: ARG001
    """A custom attribute and its type."""
    name, kind = name_of(body), kind_of(body)
    if name in STANDARD:
        raise RefusedError(name="This is a standard attribute; it is there already.")
    made, new = AttributeDefinition.objects.get_or_create(
        project=key.project, name=name, defaults={"type": kind}
    )
    if not new and made.type != kind:
        return problem(409, {"name": [f"It is defined as {made.type}; a type never changes."]})
    return JsonResponse({"name": name, "dataType": body.get("dataType")})


def name_of(field: Any) -> str:
    for key in ("name", "fieldId", "id"):
        if isinstance(field, dict) and isinstance(field.get(key), str) and field[key]:
            return str(field[key])[:200]
    raise RefusedError(name="A field needs a name.")


def kind_of(field: dict[str, Any]) -> str:
    given = str(field.get("dataType") or field.get("type") or "").upper()
    if given not in infobip.TYPES:
        raise RefusedError(dataType=f"Use one of {', '.join(infobip.TYPES)}.")
    return infobip.TYPES[given].value
