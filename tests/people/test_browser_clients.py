"""The real browser libraries in Chromium, on a page of another origin, against the real server."""

import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest

from people.models import Event, Identity, Person
from tests.conftest import ROOT
from tests.people.wire import Busy, Slow, state

pytestmark = pytest.mark.django_db(transaction=True)
ANN = {"external_id": "ann", "email": "ann@example.com", "plan": "pro"}
FAMILIES = ["segment", "rudder", "posthog", "mixpanel"]
# They do not send for browsers that say they are driven by a program.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
HIDE = "Object.defineProperty(navigator, 'webdriver', {get: () => false})"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def shop():
    """A web site of somebody else's."""
    handler = partial(Quiet, directory=str(ROOT / "tests" / "clients"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def key(live_server, project):
    return project.write_keys.get().key


@pytest.fixture
def visit(browser, shop, key):
    """visit(family, url): the page, when everything was handed to the library."""
    context = browser.new_context(user_agent=PERSON)
    context.add_init_script(HIDE)

    def opened(family, url):
        page = context.new_page()
        page.goto(f"{shop}/browser.html?{urlencode({'family': family, 'host': url, 'key': key})}")
        page.wait_for_function("document.title === 'sent'")
        return page

    yield opened
    context.close()


def arrived(seconds=25):
    """What there is when both events are there, ids that libraries make up left out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = state()
        if len(found) == 1 and next(iter(found.values())) == (ANN, ["Buy", "Look"]):
            break
        time.sleep(0.2)
    # What comes twice comes after a while.
    time.sleep(1)
    found = state()
    assert len(found) == 1, found
    [(ids, (attributes, events))] = found.items()
    assert "ann" in ids
    assert len(ids) == 2
    return attributes, events


@pytest.mark.parametrize("family", FAMILIES)
def test_a_familys_library(visit, live_server, family):
    visit(family, live_server.url)
    assert arrived() == (ANN, ["Buy", "Look"])
    assert Event.objects.get(definition__name="Look").properties["price"] == 3
    made_up = Identity.objects.exclude(value="ann").get()
    assert made_up.kind == "anonymous"


@pytest.mark.parametrize("family", FAMILIES)
def test_what_met_a_busy_server_is_sent_again(visit, live_server, family):
    proxy = Busy(live_server.thread.port, cuts=1)
    proxy.start()
    visit(family, proxy.url)
    assert arrived(40) == (ANN, ["Buy", "Look"])
    assert proxy.seen >= 2


def test_a_page_left_during_a_request_leaves_one_event_each(visit, live_server):
    proxy = Slow(live_server.thread.port, cuts=0)
    proxy.start()
    page = visit("posthog", proxy.url)
    page.wait_for_timeout(3500)
    page.goto("about:blank")
    assert arrived() == (ANN, ["Buy", "Look"])
    assert Person.objects.count() == 1
