"""Whatever stands at whatever place of a wire format, it is kept, or refused with its reasons."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.store import audit, loader
from people.imports.formats import READERS
from people.ingest import infobip, mixpanel, posthog, segment
from people.ingest.messages import RefusedError, Track
from people.ingest.record import record
from people.models import Person, Project
from tests.people.captured import JUNK, RECORDS, REQUESTS, changed, paths, with_key

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)

# How one message of a family is read, and its messages.
PARSERS = {
    "segment": (lambda item: [segment.message(item, None, NOW)], RECORDS["segment"]),
    "posthog": (lambda item: posthog.meanings(item, NOW, NOW), REQUESTS["posthog"][1]["batch"]),
    "mixpanel": (lambda item: [mixpanel.message(item, NOW)], REQUESTS["mixpanel"][1]),
    "infobip person": (lambda item: infobip.person(item, NOW), REQUESTS["infobip"][1]["persons"]),
    "infobip event": (lambda item: [infobip.event(item, NOW)], RECORDS["infobip"][:1]),
} | {
    f"{name} export": (lambda item, name=name: READERS[name](item, NOW), records)
    for name, records in RECORDS.items()
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=9), each),
    max_leaves=12,
)  # fmt: skip


def reads(read, item):
    """The messages, or [] where it is refused with a reason of the format's own."""
    # What a reader expects is told at its field; what `understood` catches is the net beneath it.
    with suppress(RefusedError):
        return list(read(item))
    return []


def mutations(name):
    read, messages = PARSERS[name]
    for message in messages:
        for path in paths(message):
            for junk in JUNK:
                item = changed(message, path, junk)
                # Exports are objects already when a reader gets them.
                if not name.endswith("export") or isinstance(item, dict):
                    yield read, item


@pytest.mark.parametrize("name", PARSERS)
def test_a_captured_message_with_one_place_changed(name):
    found = [bool(reads(read, item)) for read, item in mutations(name)]
    assert any(found)
    assert not all(found)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_captured_message_with_several_places_changed(name, data):
    read, messages = PARSERS[name]
    item = data.draw(st.sampled_from(messages))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([each for each in paths(item) if each]))
        item = changed(item, path, data.draw(st.sampled_from(JUNK) | JSON))
    reads(read, item)


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_what_is_kept_of_changed_messages_can_be_recorded_and_loaded(project, store, zone):
    Project.objects.filter(pk=project.pk).update(timezone=zone)
    project.refresh_from_db()
    for name in PARSERS:
        # One after another, so that each builds upon what the others left.
        kept = [each for read, item in mutations(name) for each in reads(read, item)]
        uids = (f"{name} {n}" for n in count())
        kept = [replace(m, uid=next(uids)) if isinstance(m, Track) else m for m in kept]
        record(project, kept, source="test", received_at=NOW)
    assert Person.objects.exists()
    loader.drain(project.pk)
    assert list(audit.differences()) == []


# --- Over HTTP ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("family", REQUESTS)
def test_no_changed_request_is_a_5xx(client, project, family, caplog):
    path, body = REQUESTS[family]
    key = project.write_keys.get().key
    headers = {"Authorization": f"App {key}"} if family.startswith("infobip") else {}
    method = client.patch if path.endswith("upsert") else client.post
    statuses = set()
    every = [(place, junk) for place in paths(body) for junk in JUNK]
    for place, junk in random.Random(5).sample(every, min(len(every), 150)):
        text = with_key(changed(body, place, junk), key)
        answer = method(path, text, content_type="application/json", headers=headers)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, text
        assert not connection.needs_rollback
    assert statuses & {200, 201, 202, 207}
    # Nothing was saved by the nets below the readers.
    assert not [each for each in caplog.records if "could not be read" in each.getMessage()]
