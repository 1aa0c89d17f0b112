"""Journeys as the outside world sends them, and answers as it gets them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from analytics.models import Question, answer
from analytics.store import audit, loader, tables

START = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.fixture
def store(db):
    """The store and the cache, empty: a rolled back test leaves ids behind that the next one uses
    again."""
    cache.clear()
    audit.open_store()
    tables.empty()


@pytest.fixture
def journeys(project, client, store) -> Callable[..., None]:
    """journeys(ann=[(0, "signup"), (5, "buy", {"plan": "pro"})]).

    Minutes after START, event, properties; a dict is what the person says of themselves.
    """

    def send(**people: list[Any]) -> None:
        batch = [message(name, step) for name, steps in people.items() for step in steps]
        body = {"batch": batch, "writeKey": project.write_keys.get().key}
        response = client.post("/v1/batch", json.dumps(body), content_type="application/json")
        assert response.status_code == 200, response.content
        assert response.json()["refused"] == []

    return send


def message(name: str, step: Any) -> dict[str, Any]:
    if isinstance(step, dict):
        return {"type": "identify", "userId": name, "traits": step, "timestamp": moment(0)}
    minutes, event, properties = (*step, {})[:3]
    return {
        "type": "track",
        "userId": name,
        "event": event,
        "timestamp": moment(minutes),
        "properties": properties,
        "messageId": f"{name} {event} {minutes} {json.dumps(properties)}",
    }


def moment(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")


@pytest.fixture
def ask(project, store) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The whole result of a definition, over everything that was sent."""

    def compute(definition: dict[str, Any]) -> dict[str, Any]:
        loader.drain(project.pk)
        return answer(Question.of(project, definition)).dump()

    return compute
