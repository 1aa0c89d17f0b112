"""The script of a web site, in Chromium, on a page of another origin under a strict policy."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from people.models import Event, Person

pytestmark = pytest.mark.django_db(transaction=True)
OWN = """
moments.track("Early", {n: 0});
document.querySelector("button").addEventListener("click", () => moments.track("Click", {n: 1}));
"""


class Site(BaseHTTPRequestHandler):
    """A page with one line of ours, which lets nothing in but that and its own script."""

    line, host = "", ""

    def do_GET(self):
        is_script = self.path.startswith("/own.js")
        page = f"<!doctype html><title>Shop</title>{self.line}<script src='/own.js' defer></script>"
        body = (OWN if is_script else f"{page}<button>Go</button><a href='/b'>b</a>").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
        policy = f"default-src 'none'; script-src 'self' {self.host}; connect-src {self.host}"
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def site(live_server, project, browser):
    """site(attributes): a visit of the site; what its console says fails the test."""
    opened, said = [], []

    def visit(attributes=""):
        key = project.write_keys.get().key
        line = f'<script defer src="{live_server.url}/m.js" data-key="{key}" {attributes}></script>'
        handler = type("Shop", (Site,), {"line": line, "host": live_server.url})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = browser.new_context()
        opened.extend([server.shutdown, context.close])
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"http://localhost:{server.server_port}/a?x=1")
        return page

    yield visit
    for close in opened:
        close()
    assert [each for each in said if "favicon" not in each] == []


def events(count):
    """The names of all events in the order of their times, once there are so many."""
    deadline = time.monotonic() + 20
    while Event.objects.count() < count and time.monotonic() < deadline:
        time.sleep(0.1)
    # What comes twice comes after a while.
    time.sleep(0.8)
    found = Event.objects.select_related("definition").order_by("at", "pk")
    return [each.definition.name for each in found]


def views():
    found = Event.objects.filter(definition__name="Page Viewed").order_by("at")
    return [each.properties for each in found]


def test_page_views_and_events_come_by_themselves_without_a_cookie(site):
    page = site()
    page.get_by_role("button").click()
    assert sorted(events(3)) == ["Click", "Early", "Page Viewed"]
    [view] = views()
    assert (view["path"], view["search"], view["title"]) == ("/a", "?x=1", "Shop")
    assert page.context.cookies() == []
    assert Person.objects.count() == 1


def test_who_goes_from_page_to_page_stays_one_person(site):
    page = site()
    page.get_by_role("link").click()
    page.wait_for_url("**/b")
    page.evaluate("history.pushState({}, '', '/c')")
    assert events(5).count("Page Viewed") == 3
    assert [view["path"] for view in views()] == ["/a", "/b", "/c"]
    assert views()[2]["referrer"].endswith("/b")
    assert Person.objects.count() == 1


def test_who_is_identified_is_the_one_who_was_there_before(site):
    page = site()
    page.evaluate("moments.identify('ann', {email: 'ann@example.com', plan: 'pro'})")
    page.evaluate("moments.track('Buy', {price: 3})")
    assert "Buy" in events(3)
    ann = Person.objects.get()
    assert ann.attributes == {"external_id": "ann", "email": "ann@example.com", "plan": "pro"}


def test_a_cookie_is_set_where_one_is_asked_for_and_known_again(site):
    page = site("data-cookie")
    assert [each["name"] for each in page.context.cookies()] == ["moments"]
    again = page.context.new_page()
    again.goto(page.url)
    assert events(4).count("Page Viewed") == 2
    assert Person.objects.count() == 1


def test_a_page_that_is_left_at_once_has_sent_what_happened(site):
    page = site()
    page.evaluate("moments.track('Last'); location.href = 'about:blank'")
    assert "Last" in events(3)


def test_page_views_can_be_left_to_the_site(site):
    page = site("data-manual")
    page.evaluate("moments.page({path: '/own'})")
    assert sorted(events(2)) == ["Early", "Page Viewed"]
    assert [view["path"] for view in views()] == ["/own"]


def test_it_is_small_and_kept(client):
    answer = client.get("/m.js")
    assert len(answer.content) <= 3072
    assert answer["Content-Type"].startswith("text/javascript")
    assert "max-age" in answer["Cache-Control"]
    assert "Cookie" not in answer.get("Vary", "")
    again = client.get("/m.js", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
