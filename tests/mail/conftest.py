"""A mail server, and a report to send."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from analytics.definitions.conditions import Catalogue
from analytics.definitions.reports import dump, parse
from analytics.models import Report, Subscription
from analytics.models.questions import compute_next
from tests.mail.smtp import Post, post_office

LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "granularities": ["day"],
    "segments": [],
    "events": [{"event": "look"}],
}


def whole(definition):
    """As a saved report keeps it, with defaults written down."""
    return dump(parse(definition, Catalogue()))


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """A rolled back test leaves answers behind that the next one, with the same ids, would get."""
    cache.clear()


@pytest.fixture
def post(settings) -> Iterator[Post]:
    with post_office() as (server, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 1
        settings.BASE_URL = "https://moments.example"
        yield server


@pytest.fixture
def report(project, alice) -> Report:
    return Report.objects.create(
        project=project,
        name="Looks",
        kind="segmentation",
        definition=whole(LOOKS),
        created_by=alice,
    )


@pytest.fixture
def subscribe(project, report, alice):
    """subscribe("a@x.org", every="week"): a subscription to the report."""

    def made(*emails, of=None, **schedule):
        found = Subscription(
            project=project,
            report=of or report,
            created_by=alice,
            schedule={"every": "day", "hour": 8} | schedule,
        )
        found.keep(list(emails), alice)
        return found

    return made


def compute_all() -> None:
    """What the workers of reports do."""
    while compute_next():
        pass
