"""The real Node libraries against the real server; the end state is compared, not the status."""

import subprocess
from datetime import UTC, datetime

import pytest

from people.models import Event
from tests.conftest import ROOT
from tests.people.test_clients import EXPECTED
from tests.people.wire import Busy, Cutting, settled

CLIENTS = ROOT / "tests" / "clients"
WHEN = datetime(2026, 5, 4, 10, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)
STATES = {
    "segment": EXPECTED,
    "rudder": EXPECTED,
    "posthog": {
        ("ann", "device"): (
            {"external_id": "ann", "email": "ann@example.com", "plan": "pro"},
            ["Buy", "Look"],
        )
    },
    "mixpanel": {
        ("ann", "phone"): (
            {
                "external_id": "ann", "email": "ann@example.com", "plan": "pro",
                "source": "ad", "visits": 2,
            },
            ["Buy", "Look"],
        )
    },
}  # fmt: skip


@pytest.fixture
def key(live_server, project):
    return project.write_keys.get().key


def use(family, url, key):
    ran = subprocess.run(
        ["node", "node.mjs", family, url, key],
        cwd=CLIENTS, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran


@pytest.mark.parametrize("family", STATES)
def test_a_familys_library(live_server, key, family):
    use(family, live_server.url, key)
    assert settled(STATES[family]) == STATES[family]
    looked = Event.objects.get(definition__name="Look")
    assert (looked.at, looked.properties) == (WHEN, {"price": 3})


@pytest.mark.parametrize("family", ["segment", "rudder", "posthog"])
@pytest.mark.parametrize("failing", [Busy, Cutting])
def test_what_failed_is_sent_again_and_kept_once(live_server, key, family, failing):
    """mixpanel's library does not try again."""
    proxy = failing(live_server.thread.port, cuts=1)
    proxy.start()
    use(family, proxy.url, key)
    assert settled(STATES[family]) == STATES[family]
    assert proxy.seen >= 2
