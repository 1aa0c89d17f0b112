"""The endpoint that a Django developer would write in ten minutes, as its own server.

It decodes a batch, finds the people, and hands the rest to bulk_create: no clock, no merging, no
definitions, no poison values, no answer for each message. It writes into the same tables. Under
`/checked` a serializer looks at the messages first, as a reviewer would ask for.
"""

import json
import os
from datetime import datetime

import django
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")
django.setup()

from django.conf import settings
from rest_framework import serializers

from people.models import Batch, Event, EventDefinition, Identity, WriteKey


class Message(serializers.Serializer[object]):
    userId = serializers.CharField(max_length=256)  # noqa: N815
    event = serializers.CharField(max_length=200)
    messageId = serializers.CharField(max_length=200)  # noqa: N815
    timestamp = serializers.DateTimeField()
    properties = serializers.DictField()


def when(given: datetime | str) -> datetime | None:
    return given if isinstance(given, datetime) else parse_datetime(given)


@csrf_exempt
def batch(request: HttpRequest) -> JsonResponse:
    body = json.loads(request.body)
    project = WriteKey.objects.select_related("project").get(key=body["writeKey"]).project
    messages = body["batch"]
    if request.path.startswith("/checked"):
        checked = Message(data=messages, many=True)
        checked.is_valid(raise_exception=True)
        messages = checked.validated_data
    users = {each["userId"] for each in messages}
    rows = Identity.objects.filter(project=project, value__in=users)
    people = dict(rows.values_list("value", "person_id"))
    definitions = dict(EventDefinition.objects.filter(project=project).values_list("name", "pk"))
    made = Batch.objects.create(project=project, source="naive")
    Event.objects.bulk_create(
        [
            Event(
                project=project,
                person_id=people[each["userId"]],
                definition_id=definitions[each["event"]],
                batch=made,
                uid=each["messageId"],
                at=when(each["timestamp"]),
                properties=each["properties"],
            )
            for each in messages
        ],
        ignore_conflicts=True,
    )
    return JsonResponse({"success": True})


urlpatterns = [path("v1/batch", batch), path("checked/v1/batch", batch)]
settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
