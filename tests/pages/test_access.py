"""Who may open which page and do what on it: every page, every method, every role."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.urls import Resolver404, resolve

from analytics.models import Report
from tests.pages.table import METHODS, NONE, OF_THE_API, OPEN, PATTERNS, ROOTS, ROWS

pytestmark = pytest.mark.django_db
# What belongs to a role belongs to the higher ones.
ROLES = ["nobody", "stranger", "viewer", "editor", "owner"]


WRONG = "?of-step=x&event-0=%00&segment-0=new&report=nothing"


def tried(browser, method, path, body=None):
    """The answer, and what the project is like as if it had not been asked."""
    with transaction.atomic():
        answer = getattr(browser, method)(path, body) if body else getattr(browser, method)(path)
        transaction.set_rollback(True)
    return answer


def expected(row, method, role):
    if role == "nobody":
        return 302
    if method not in row:
        return 405
    if role == "stranger":
        return 404
    return row[method].status if ROLES.index(role) >= ROLES.index(row[method].role) else 403


def test_every_page_has_its_row():
    own = {each.name for each in PATTERNS}
    assert set(ROWS) | set(OPEN) == own | {each.name for each in ROOTS} - OF_THE_API
    assert not set(ROWS) & set(OPEN)


@pytest.mark.parametrize("name", ROWS)
def test_who_may(things, people, name):
    for method in METHODS:
        for role, browser in people.items():
            answer = tried(browser, method, things.address(name), things.body(name, method))
            where = (method, role, answer.content[:300] if not answer.streaming else "")
            assert answer.status_code == expected(ROWS[name], method, role), where
            if role == "nobody":
                assert answer["Location"].split("?")[0] == "/sign-in/", where
            if answer.status_code in (403, 404):
                assert things.project.name not in answer.content.decode(), where
            is_refused = answer.status_code in (403, 404) or role == "nobody"
            if method == "post" and is_refused and ROLES.index(role) < 3:
                # They are told so before what is wrong in the address or in the form.
                wrong = tried(browser, "post", things.path(name) + WRONG, {"name": "\0", "do": "x"})
                assert wrong.status_code == answer.status_code, role


@pytest.mark.parametrize("name", OPEN)
def test_pages_of_no_project(things, people, name):
    for method in METHODS:
        for role, status in zip(("nobody", "viewer"), OPEN[name].get(method, NONE), strict=True):
            assert tried(people[role], method, things.path(name)).status_code == status, role


class Doors(HTMLParser):
    """What a page lets one do: each (method, address)."""

    def __init__(self, here):
        super().__init__()
        self.here, self.form, self.found = here, None, set()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            action = urljoin(self.here, given.get("action") or "")
            self.form = ((given.get("method") or "get").lower(), action)
            self.found.add(self.form)
        if tag == "a" and "href" in given:
            self.found.add(("get", urljoin(self.here, given["href"])))
        if tag in ("button", "input") and given.keys() & {"formaction", "formmethod"}:
            method, action = self.form or ("get", self.here)
            action = urljoin(self.here, given.get("formaction", action))
            self.found.add((given.get("formmethod", method).lower(), action))
        for method in ("get", "post"):
            if f"hx-{method}" in given:
                self.found.add((method, urljoin(self.here, given[f"hx-{method}"] or "")))


def doors(browser, things):
    """Whatever the pages that a browser may open offer it: (page, method, name of the target)."""
    for name, row in ROWS.items():
        if "get" not in row or name in ("mail-preview", "kept-mail", "person-export"):
            continue
        answer = browser.get(things.address(name))
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            page = Doors(things.address(name))
            page.feed(answer.content.decode())
            for method, address in page.found:
                try:
                    yield name, method, resolve(urlsplit(address).path).url_name
                except Resolver404:
                    continue


def test_nobody_is_offered_what_is_refused(things, people):
    offered, refused = {}, []
    for role in ("viewer", "editor", "owner"):
        known = [each for each in doors(people[role], things) if each[2] in ROWS]
        offered[role] = {(method, target) for _, method, target in known}
        refused += [
            (role, page, method, target)
            for page, method, target in known
            if expected(ROWS[target], method, role) in (403, 405)
        ]
    assert refused == []
    # What can be done by a form can be reached by whoever may do it.
    changes = {("post", name) for name, row in ROWS.items() if "post" in row}
    assert changes - offered["owner"] == set()


FUNNEL = {
    "kind": "funnel",
    "period": {"preset": "last_7_days"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "a", "filters": []}, {"event": "b", "filters": []}],
    "segments": [],
    "completion": "within_period",
}


def test_only_who_may_edit_saves_a_report(client, project, alice, bob):
    path = f"/p/{project.slug}/funnel/?period=last_7_days&value=1&unit=day&event-0=a&event-1=b"
    client.force_login(bob)
    assert client.post(path, {"name": "Mine"}).status_code == 403
    assert not Report.objects.exists()
    client.force_login(alice)
    answer = client.post(path, {"name": "Mine"})
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/p/{project.slug}/reports/{report.pk}/",
    )
    assert (report.name, report.kind, report.definition) == ("Mine", "funnel", FUNNEL)


def test_a_saved_report_is_changed_in_place_or_saved_anew(client, project, alice):
    client.force_login(alice)
    path = f"/p/{project.slug}/funnel/?period=last_7_days&value=1&unit=day&event-0=a&event-1="
    client.post(f"{path}b", {"name": "Mine"})
    saved = Report.objects.get()
    old = client.get(f"{path}c&report={saved.pk}")
    assert old["Location"].startswith(f"/p/{project.slug}/reports/{saved.pk}/?period=")
    client.post(old["Location"], {"name": "Ours", "update": ""})
    saved.refresh_from_db()
    assert (saved.name, saved.definition["steps"][1]["event"]) == ("Ours", "c")
    client.post(f"{path}d", {"name": "Theirs"})
    assert sorted(Report.objects.values_list("name", flat=True)) == ["Ours", "Theirs"]


def test_a_step_that_may_be_a_mistake_is_hinted_at(client, project, alice, journeys):
    journeys(ann=[(0, "look")])
    client.force_login(alice)
    path = f"/p/{project.slug}/funnel/?value=1&unit=day&event-0=look&event-1=look&event-2=lok"
    shown = client.get(path).content.decode()
    assert "The same as the step before" in shown
    assert "No event “lok” was ever sent." in shown


def test_a_fragment_is_a_part_of_its_page(client, project, alice):
    client.force_login(alice)
    path = f"/p/{project.slug}/segmentation/"
    page = client.get(path)
    fragment = client.get(path, headers={"HX-Request": "true"})
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    assert 'id="report"' in fragment.content.decode()
    assert "HX-Request" in page["Vary"]


def test_a_stranger_page_says_so_in_words(client, alice):
    client.force_login(alice)
    answer = client.get("/p/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "event-0=%00",
        "event-0=a&event-0-filter-0-property=%00&event-0-filter-0-value=%00",
        "event-0=a&segment-0=new&segment-0-name=%00&segment-0-condition-0-attribute=country",
        "event-0=a&segment-0=nowhere&report=nothing",
        "event-999999999999999999999=a&event-x=b&do=remove-event-1&granularity=year",
        "event-0=a&period=custom&start=0001-01-01&end=9999-12-31",
        "event-0=a&metric=sum&period=never&denominator=all",
    ],
)
def test_no_address_breaks_a_page(client, project, alice, query):
    client.force_login(alice)
    for kind in ("segmentation", "funnel"):
        assert client.get(f"/p/{project.slug}/{kind}/?{query}").status_code == 200


def test_the_policy_lets_nothing_else_in(client):
    policy = client.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
