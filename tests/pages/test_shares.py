"""Shares: a link to one report or dashboard for whoever has it, until it ends."""

import http.server
import re
import threading
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from analytics.models import Placed, Share
from people.tries import MOST_FROM_ONE

LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "granularities": ["month"],
    "segments": [],
    "events": [{"event": "look", "filters": []}],
    "denominator": "members",
    "breakdown": {"attribute": "country", "limit": 10},
}
COUNTRIES = ["HR"] * 9 + ["SI"] * 6 + ["AT"] * 5 + ["DE"] * 2
PATH = re.compile(r"/s/[\w-]{30,}/")
DROP = ("X-Request-ID", "Date")


@pytest.fixture
def report(project, journeys, worker):
    people = {f"p{n}": [{"country": each}, (n, "look")] for n, each in enumerate(COUNTRIES)}
    journeys(**people)
    return project.reports.create(name="Looks", kind="segmentation", definition=LOOKS)


@pytest.fixture
def share(project, report):
    def made(**given):
        what = {} if "dashboard" in given else {"report": report}
        found, token = Share.make(project=project, **(what | given))
        return found, f"/s/{token}/"

    return made


def rows(html):
    """The texts of a page's table heads."""
    return [each.strip() for each in re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', html)]


@pytest.mark.django_db
def test_an_editor_makes_one_and_whoever_has_it_reads_it(client, project, alice, report):
    client.force_login(alice)
    page = client.post(f"/p/shop/reports/{report.pk}/shares/", {"days": "7"}).content.decode()
    [address] = set(PATH.findall(page))
    # It is shown once, and kept nowhere.
    assert not PATH.search(client.get(f"/p/shop/reports/{report.pk}/shares/").content.decode())
    made = Share.objects.get()
    assert address[3:-1] not in str(vars(made))
    assert made.expires_at - timezone.now() > timedelta(days=6)
    answer = Client().get(address)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert rows(html) == ["Month", "look", "HR", "SI", "AT", "DE"]
    # No way to people, to the builder, or to anything else.
    ways = re.findall(r'(?:href|action|hx-get)="([^"]*)"', html)
    assert [each for each in ways if not each.startswith("/static/")] == []
    assert "alice" not in html
    assert (answer["Cache-Control"], answer["X-Robots-Tag"], answer["Referrer-Policy"]) == (
        "private, no-store", "noindex, nofollow", "same-origin",
    )  # fmt: skip
    made.refresh_from_db()
    assert (made.opened, made.opened_at is not None) == (1, True)


@pytest.mark.django_db
def test_what_leads_nowhere_looks_all_the_same(client, project, report, share, alice):
    past = timezone.now() - timedelta(seconds=1)
    revoked, path = share()
    revoked.revoke()
    paths = [path, share(expires_at=past)[1], share(expires_at=past, password="x")[1], "/s/x/"]
    gone = project.reports.create(name="Gone", kind="segmentation", definition=LOOKS)
    paths.append(share(report=gone)[1])
    gone.put_in_trash()
    for ending in ("", "embed/"):
        answers = {
            (answer.status_code, answer.content, str({**answer.headers, **dict.fromkeys(DROP)}))
            for each in paths
            for answer in (Client().get(each + ending), Client().post(each + ending))
        }
        assert {status for status, *_ in answers} == {404}
        assert len(answers) == 1
    for more in ("fragment", "export.csv", "?format=csv&period=last_7_days"):
        assert Client().get(path + more).status_code == 404


@pytest.mark.django_db
def test_no_parameter_changes_what_is_asked(client, share):
    _, path = share()
    plain = client.get(path).content
    asked = f"{path}?period=last_7_days&event-0=buy&sort=0-1&format=csv&report=x"
    assert client.get(asked).content == plain


@pytest.mark.django_db
def test_a_password_is_asked_for_and_not_guessed(share):
    found, path = share(password="sesame open")
    assert "sesame" not in found.password
    browser = Client()
    assert "Looks" not in browser.get(path).content.decode()
    assert "not the password" in browser.post(path, {"password": "x"}).content.decode()
    assert browser.post(path, {"password": "sesame open"}).status_code == 302
    assert "Looks" in browser.get(path).content.decode()
    assert "Looks" not in Client().get(path).content.decode()
    # What opens one opens no other.
    _, another = share(password="sesame open")
    assert "Looks" not in browser.get(another).content.decode()
    guesser = Client()
    answers = [guesser.post(path, {"password": "x"}).status_code for _ in range(MOST_FROM_ONE + 1)]
    assert (answers[0], answers[-1]) == (200, 429)
    right = guesser.post(path, {"password": "sesame open"})
    assert (right.status_code, right["Retry-After"]) == (429, "900")
    found.revoke()
    assert browser.get(path).status_code == 404


@pytest.mark.django_db
def test_a_minimum_group_hides_what_is_small_and_what_would_tell_it(client, share):
    _, path = share(minimum_group=5)
    html = client.get(path).content.decode()
    # Of 22 people 2 are from DE: with AT, 7 are hidden.
    assert rows(html) == ["Month", "look", "HR", "SI"]
    assert "fewer than 5 people are hidden" in html
    for hidden in ("DE", "AT"):
        assert f">{hidden}<" not in html


@pytest.mark.django_db
def test_of_events_the_people_are_asked_too(client, project, share, report):
    events = LOOKS | {"metric": "events"}
    other = project.reports.create(name="Times", kind="segmentation", definition=events)
    _, path = share(report=other, minimum_group=5)
    assert rows(client.get(path).content.decode()) == ["Month", "look", "HR", "SI"]
    _, path = share(report=other, minimum_group=100)
    assert "Too few people" in client.get(path).content.decode()


@pytest.mark.django_db
def test_a_dashboard_is_shown_with_what_is_still_there(client, project, report, share):
    board = project.dashboards.create(name="Weekly")
    gone = project.reports.create(name="Gone", kind="segmentation", definition=LOOKS)
    board.arrange([Placed(report=report), Placed(text="Since Monday."), Placed(report=gone)])
    gone.put_in_trash()
    _, path = share(dashboard=board)
    html = client.get(path).content.decode()
    assert "Weekly" in html
    assert "Since Monday." in html
    assert "Looks" in html
    assert "Gone" not in html
    assert "/p/shop/" not in html


@pytest.mark.django_db
def test_only_named_pages_may_frame_it(client, alice, project, report, share):
    _, path = share(origins=["https://example.com", "http://localhost:81"])
    answer = client.get(f"{path}embed/")
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors https://example.com http://localhost:81" in policy
    assert "X-Frame-Options" not in answer
    for plain in (path, f"{share()[1]}embed/"):
        assert "frame-ancestors 'none'" in client.get(plain)["Content-Security-Policy"]
    client.force_login(alice)
    address = f"/p/shop/reports/{report.pk}/shares/"
    for wrong in ("example.com", "https://*", "https://a.b/c", "https://a;script-src *", "'self'"):
        page = client.post(address, {"origins": wrong}).content.decode()
        assert "is no address of a site" in page, wrong
    both = client.post(address, {"origins": "https://a.example", "password": "x"})
    assert "leave one of the two out" in both.content.decode()


@pytest.mark.django_db
def test_through_the_api(client, bearer, alice, project, report):
    headers, root = bearer(alice), "/api/projects/shop/shares/"

    def post(body):
        return client.post(root, body, content_type="application/json", headers=headers)

    at = (timezone.now() + timedelta(days=1)).isoformat()
    whole = {"report": str(report.pk), "expires_at": at, "password": "x", "minimum_group": 5}
    made = post(whole).json()
    assert (made["report"], made["dashboard"], made["minimum_group"], made["has_password"]) == (
        str(report.pk), None, 5, True,
    )  # fmt: skip
    assert "password" not in made
    [path] = PATH.findall(made["url"])
    assert Client().get(path).status_code == 200
    [listed] = client.get(root, headers=headers).json()["results"]
    assert listed == {name: each for name, each in made.items() if name != "url"}
    assert client.delete(f"{root}{made['id']}/", headers=headers).status_code == 204
    assert Client().get(path).status_code == 404
    assert client.get(root, headers=headers).json()["results"] == []
    assert client.delete(f"{root}{made['id']}/", headers=headers).status_code == 404
    board = str(project.dashboards.create(name="x").pk)
    assert post({"dashboard": board}).status_code == 201
    for body, where in (
        ({}, "report"),
        ({"report": str(report.pk), "dashboard": board}, "report"),
        ({"report": board}, "report"),
        ({"report": str(report.pk), "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"report": str(report.pk), "minimum_group": -1}, "minimum_group"),
        ({"report": str(report.pk), "minimum_group": "5"}, "minimum_group"),
        ({"report": str(report.pk), "password": ""}, "password"),
        ({"report": str(report.pk), "token_hash": "x"}, "token_hash"),
    ):
        answer = post(body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [where]), body


class Quiet(http.server.BaseHTTPRequestHandler):
    """A page of somebody else that frames `frame`."""

    frame = ""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if self.path == "/":
            text = f'<link rel="icon" href="data:,"><iframe src="{self.frame}" height="700">'
            self.wfile.write(text.encode())

    def log_message(self, *_):
        """Nobody reads it."""


@pytest.fixture
def elsewhere():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_story_in_a_browser(live, page, browser, elsewhere):
    root = f"/api/projects/{live.project}"
    live.send("/v1/track", {"userId": "ann", "event": "look", "timestamp": "2026-05-04T10:00:00Z"})
    definition = {key: each for key, each in LOOKS.items() if key != "breakdown"}
    _, report = live.call("POST", f"{root}/reports/", {"name": "Looks", "definition": definition})
    email, _ = live.sign_in
    live.call("POST", f"{root}/members/", {"email": email, "role": "editor"})
    page.goto(f"{live.url}/p/{live.project}/reports/{report['id']}/")
    page.get_by_role("link", name="Share", exact=True).click()
    origin = f"http://127.0.0.1:{elsewhere.server_port}"
    page.get_by_label("Pages that may show it").fill(origin)
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#made").inner_text()
    path = PATH.search(link)[0]
    # Somebody without an account.
    context = browser.new_context(viewport={"width": 360, "height": 800})
    reader = context.new_page()
    reader.goto(live.url + path)
    expect(reader.get_by_role("heading", name="Looks", exact=True)).to_be_visible()
    expect(reader.locator(".finding")).to_contain_text("1 person")
    assert reader.evaluate("document.documentElement.scrollWidth") <= 360
    # In a frame of the page that was named.
    Quiet.frame = f"{live.url}{path}embed/"
    reader.goto(origin)
    expect(reader.frame_locator("iframe").locator(".finding")).to_contain_text("1 person")
    # Not in that of another one: to a browser localhost is elsewhere.
    reader.goto(origin.replace("127.0.0.1", "localhost"))
    expect(reader.frame_locator("iframe").locator(".finding")).to_have_count(0)
    page.goto(page.url)
    page.locator("summary", has_text="Revoke").click()
    page.get_by_role("button", name="Revoke for good").click()
    expect(page.get_by_text("it leads nowhere any more")).to_be_visible()
    assert reader.goto(live.url + path).status == 404
    context.close()
