"""The endpoint that a Django developer would write in ten minutes, as its own server.

It decodes a batch, looks up or makes people and definitions, and hands the events to bulk_create:
no clock, no merging, no properties, no poison values, no answer for each message. It writes into
the same tables. Under `/tuned` it looks everything up in bulk, for people who are there already.
"""

import json
import os
from typing import Any

import django
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")
django.setup()

from django.conf import settings

from people.models import Batch, Event, EventDefinition, Identity, Person, Project, WriteKey


@csrf_exempt
def batch(request: HttpRequest) -> JsonResponse:
    """As it is written first: look up or make what an event needs, then insert all of them."""
    body = json.loads(request.body)
    project = WriteKey.objects.get(key=body["writeKey"]).project
    made = Batch.objects.create(project=project, source="naive")
    events = []
    for each in body["batch"]:
        definition, _ = EventDefinition.objects.get_or_create(project=project, name=each["event"])
        events.append(event(project, made, person(project, made, each), definition.pk, each))
    Event.objects.bulk_create(events, ignore_conflicts=True)
    return JsonResponse({"success": True})


def person(project: Project, made: Batch, message: dict[str, Any]) -> int:
    known = Identity.objects.filter(project=project, value=message["userId"]).first()
    if known:
        return known.person_id
    at = parse_datetime(message["timestamp"])
    fresh = Person.objects.create(
        project=project, batch=made, first_seen=at, created_at=at, modified_at=at
    )
    Identity.objects.create(
        project=project, person=fresh, value=message["userId"], kind=Identity.Kind.EXTERNAL
    )
    return fresh.pk


def event(
    project: Project, made: Batch, person: int, definition: int, message: dict[str, Any]
) -> Event:
    return Event(
        project=project,
        person_id=person,
        definition_id=definition,
        batch=made,
        uid=message["messageId"],
        at=parse_datetime(message["timestamp"]),
        properties=message["properties"],
    )


@csrf_exempt
def tuned(request: HttpRequest) -> JsonResponse:
    """The same after somebody has counted the queries; who is new would be refused."""
    body = json.loads(request.body)
    project = WriteKey.objects.select_related("project").get(key=body["writeKey"]).project
    messages = body["batch"]
    users = {each["userId"] for each in messages}
    rows = Identity.objects.filter(project=project, value__in=users)
    people = dict(rows.values_list("value", "person_id"))
    definitions = dict(EventDefinition.objects.filter(project=project).values_list("name", "pk"))
    made = Batch.objects.create(project=project, source="naive")
    Event.objects.bulk_create(
        [
            event(project, made, people[each["userId"]], definitions[each["event"]], each)
            for each in messages
        ],
        ignore_conflicts=True,
    )
    return JsonResponse({"success": True})


urlpatterns = [path("v1/batch", batch), path("tuned/v1/batch", tuned)]
settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
