"""Messages as each client family's libraries send them and each product exports them."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta

WHEN = "2026-05-04T10:00:00.000Z"

# By family: the path, and one request body; `KEY` stands where the write key does.
REQUESTS = {
    "segment": (
        "/v1/batch",
        {
            "writeKey": "KEY",
            "sentAt": WHEN,
            "batch": [
                {
                    "type": "track", "userId": "ann", "anonymousId": "a-1", "event": "Buy",
                    "messageId": "s1", "timestamp": WHEN, "originalTimestamp": WHEN,
                    "properties": {"price": 9.5, "tags": ["a"], "nested": {"deep": [1]}},
                    "context": {"library": {"name": "x", "version": "1"}, "traits": {"a": 1}},
                    "integrations": {},
                },
                {
                    "type": "identify", "userId": "ann", "timestamp": WHEN,
                    "traits": {
                        "email": "a@example.com", "createdAt": WHEN, "birthday": "1990-01-01",
                        "address": {"street": "S", "city": "Split", "country": "HR"},
                        "tags": ["vip"], "gender": "female", "age": 30, "vip": True,
                    },
                },
                {"type": "alias", "userId": "ann", "previousId": "old", "timestamp": WHEN},
                {"type": "group", "userId": "ann", "groupId": "g", "traits": {"plan": "pro"}},
                {"type": "page", "anonymousId": "a-2", "name": "Home", "properties": {"url": "/"}},
            ],
        },
    ),
    "posthog": (
        "/batch/",
        {
            "api_key": "KEY",
            "sent_at": WHEN,
            "historical_migration": False,
            "batch": [
                {
                    "event": "Buy", "distinct_id": "ann", "uuid": "p1", "timestamp": WHEN,
                    "properties": {"$lib": "posthog-python", "price": 1, "$device_id": "d-1"},
                    "$set": {"email": "a@example.com"}, "$set_once": {"source": "ad"},
                },
                {
                    "event": "$identify", "distinct_id": "ann",
                    "properties": {"$anon_distinct_id": "d-1", "$set": {"plan": "pro"}},
                },
                {
                    "event": "$create_alias", "distinct_id": "d-2",
                    "properties": {"distinct_id": "d-2", "alias": "ann"},
                },
                {
                    "event": "$groupidentify", "distinct_id": "$company_acme",
                    "properties": {"$group_type": "company", "$group_set": {"a": 1}},
                },
            ],
        },
    ),
    "mixpanel": (
        "/track",
        [
            {
                "event": "Buy",
                "properties": {
                    "token": "KEY", "distinct_id": "ann", "time": 1777888800, "$insert_id": "m1",
                    "$device_id": "phone", "$user_id": "ann", "price": 3,
                },
            },
            {
                "event": "$identify",
                "properties": {"distinct_id": "ann", "$anon_distinct_id": "$device:phone"},
            },
            {"event": "$create_alias", "properties": {"distinct_id": "x", "alias": "ann"}},
            {"event": "$merge", "properties": {"$distinct_ids": ["ann", "y"]}},
            {
                "$token": "KEY", "$distinct_id": "ann", "$time": 1777888800,
                "$set": {"$email": "a@example.com"}, "$set_once": {"first": 1},
                "$add": {"visits": 1}, "$append": {"seen": "a"}, "$union": {"sets": ["a"]},
                "$remove": {"seen": "a"}, "$unset": ["plan"],
            },
            {"$group_key": "company", "$group_id": "acme", "$set": {"a": 1}},
        ],
    ),
    "infobip": (
        "/people/3/persons/upsert",
        {
            "persons": [
                {
                    "externalId": "ann", "firstName": "Ann", "gender": "FEMALE", "tags": ["vip"],
                    "birthDate": "1990-01-01",
                    "contactInformation": [{"type": "EMAIL", "identifier": "a@example.com"}],
                    "customAttributes": {"plan": "pro"},
                },
                {
                    "externalId": "bob",
                    "contactInformation": {
                        "email": [{"address": "b@example.com"}], "phone": [{"number": "385911"}],
                    },
                },
            ]
        },
    ),
    "infobip events": (
        "/people/3/events",
        [
            {
                "eventId": "i1", "definitionId": "bought", "occurredTime": "NOW",
                "identifier": {"id": "ann", "type": "EXTERNAL_ID"}, "properties": {"sku": "a"},
            }
        ],
    ),
    "infobip definitions": (
        "/peopleevents/2/definitions",
        {"definitionId": "bought", "title": "B", "fields": [{"name": "s", "dataType": "STRING"}]},
    ),
    "infobip attributes": ("/people/2/customAttributes", {"name": "plan", "dataType": "STRING"}),
}  # fmt: skip

# By format of import: records as they stand in an export.
RECORDS = {
    "amplitude": [
        {
            "event_type": "Buy", "user_id": "ann", "device_id": "d-1", "uuid": "1",
            "event_time": "2026-05-04 10:00:00.123000", "$insert_id": "i",
            "user_properties": {"plan": "pro", "city": "EMPTY"}, "event_properties": {"price": 1},
        }
    ],
    "ga4": [
        {
            "event_name": "buy", "user_id": "ann", "user_pseudo_id": "p-1",
            "event_timestamp": "1777888800000000", "event_bundle_sequence_id": "1",
            "event_params": [
                {"key": "price", "value": {"int_value": "5", "float_value": None}},
                {"key": "title", "value": {"string_value": "x"}},
            ],
            "user_properties": [{"key": "plan", "value": {"string_value": "pro"}}],
        }
    ],
    "infobip": [
        {
            "eventId": "1", "definitionId": "bought",
            "occurredTime": "2026-05-04T10:00:00.000+0000",
            "identifier": {"id": "ann", "type": "EXTERNAL_ID"}, "properties": {"sku": "a"},
        },
        *REQUESTS["infobip"][1]["persons"],
    ],
    "mixpanel": [
        *REQUESTS["mixpanel"][1],
        {"$distinct_id": "ann", "$properties": {"$email": "a@example.com", "$created": WHEN}},
    ],
    "posthog": [
        *REQUESTS["posthog"][1]["batch"],
        {
            "event": "Buy", "distinct_id": "ann", "uuid": "2", "timestamp": WHEN,
            "properties": json.dumps({"price": 1}), "person_properties": json.dumps({"a": 1}),
        },
    ],
    "segment": REQUESTS["segment"][1]["batch"],
}  # fmt: skip

JUNK = [
    None, True, False, 0, -1, 5, 1.5, 1e308, 2**63, 1e25, -(10**18), "", "x", "0001-01-01",
    "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "NaN", "\N{SNOWMAN}" * 300,
    "0002-02-02", "9998-12-31T23:59:59Z", [], [5], ["x"], [None],
    [[]], [{}], {}, {"a": 5}, {"a": {"b": []}}, {"key": 5, "value": 5},
]  # fmt: skip


def paths(value, before=()):
    """Every place of a document, itself included."""
    yield before
    there = value.items() if isinstance(value, dict) else ()
    for key, each in enumerate(value) if isinstance(value, list) else there:
        yield from paths(each, (*before, key))


def changed(document, path, junk):
    """The document with something else at one place."""
    if not path:
        return junk
    document = deepcopy(document)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return document


def with_key(body, key):
    """A body as it is sent, now and with a key that may write."""
    recent = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return json.dumps(body).replace('"KEY"', f'"{key}"').replace('"NOW"', f'"{recent}"')
