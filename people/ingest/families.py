"""The client families: what each one's messages and exports mean, and where it sends to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import URLPattern

from people.ingest import infobip, mixpanel, posthog, segment, views
from people.ingest.messages import Message


@dataclass(frozen=True)
class Family:
    """One family of clients. `name` stands in batches and is its format of import."""

    name: str
    title: str
    routes: list[URLPattern]
    # One message that was refused, at the time when it was received.
    replayed: Callable[[Any, datetime], Iterable[Message]]
    # One record of the product's export.
    exported: Callable[[Mapping[str, Any], datetime], Iterable[Message]]


FAMILIES = (
    Family(
        "infobip",
        "Infobip",
        views.infobip.ROUTES,
        infobip.exported,
        infobip.exported,
    ),
    Family(
        "mixpanel",
        "Mixpanel (events or profiles)",
        views.mixpanel.ROUTES,
        lambda item, received: [mixpanel.message(item, received)],
        mixpanel.exported,
    ),
    Family(
        "posthog",
        "PostHog (JSON lines, CSV or Parquet)",
        views.posthog.ROUTES,
        lambda item, received: posthog.meanings(item, None, received),
        posthog.exported,
    ),
    Family(
        "segment",
        "Segment (archived calls)",
        views.segment.ROUTES,
        lambda item, received: [segment.message(item, None, received)],
        segment.exported,
    ),
)
