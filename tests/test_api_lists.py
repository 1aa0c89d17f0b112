"""Every list of the API: what narrows it, by what it is sorted, and pages that miss nothing."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import (
    Alert,
    Delivery,
    Mailing,
    Report,
    Segment,
    Share,
    Subscription,
    WebhookCall,
)
from analytics.urls import api as analytics_api
from people.audit import Action, note
from people.models import Event, Membership, User
from people.urls import api as people_api
from tests.conftest import member

pytestmark = pytest.mark.django_db
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
    "segments": [],
}
FUNNEL = {"kind": "funnel", "steps": [{"event": "buy"}, {"event": "look"}]}
ALL = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
BEGUN = datetime(2026, 5, 4, 10, tzinfo=UTC)
NAMES = ["b", "A", "c", "B2", "ä"]


@pytest.fixture
def call(client, project, alice, bearer):
    """call("reports/?q=x") → (status, JSON)."""
    headers = bearer(alice)

    def get(path, headers=headers):
        answer = client.get(f"/api/projects/{project.slug}/{path}", headers=headers)
        return answer.status_code, json.loads(answer.content)

    return get


def at(*rows):
    """Rows as if made one after the other, but for the second and the third: at one instant."""
    for row, minutes in zip(rows, (0, 1, 1, 2, 3), strict=True):
        own = {each.name for each in row._meta.fields} & {"created_at", "modified_at"}
        made = BEGUN + timedelta(minutes=minutes)
        type(row)._base_manager.filter(pk=row.pk).update(**dict.fromkeys(own, made))
    return rows


@pytest.fixture
def five(project, alice, journeys):
    """Five rows in each list; the lists below a row are those of the first."""
    journeys(ann=[(n, "look") for n in (0, 1, 1.5, 2, 3)], bob=[(0, "look")], cid=[(0, "look")],
             dan=[(0, "look")], eve=[(0, "look")])  # fmt: skip
    Event.objects.filter(at=BEGUN + timedelta(minutes=1.5)).update(at=BEGUN + timedelta(minutes=1))
    reports = at(*(
        Report.objects.create(project=project, name=name, kind="segmentation", definition=LOOKS)
        for name in NAMES
    ))  # fmt: skip
    boards = at(*(project.dashboards.create(name=name) for name in NAMES))
    at(*(Segment.objects.create(project=project, name=name, condition=ALL) for name in NAMES))
    watching = {"project": project, "report": reports[0], "schedule": {"every": "day"}}
    mails, alerts = [], []
    for _ in NAMES:
        mails.append(Subscription(**watching))
        alerts.append(Alert(**watching, operator="below", value=1))
    for each in (*mails, *alerts):
        each.keep(["alice@example.com"], None)
    at(*mails)
    at(*alerts)
    mailing = Mailing.objects.create(
        project=project, kind=Mailing.Kind.REPORT, subscription=mails[0], slot=BEGUN, title="b"
    )
    sent = [
        Delivery.objects.create(mailing=mailing, recipient=f"{n}@example.com", state=state)
        for n, state in enumerate(["due", "claimed", "sent", "failed", "sent"])
    ]
    at(*sent)
    at(*(Share.make(project=project, report=reports[0])[0] for _ in NAMES))
    hooks = at(*(project.webhooks.create(url=f"https://192.0.32.8/{name}") for name in NAMES))
    at(*(WebhookCall.objects.create(webhook=hooks[0]) for _ in NAMES))
    at(*(project.annotations.create(day=f"2026-05-0{n}", text=f"Day {n}") for n in (1, 2, 2, 3, 4)))
    at(*(project.exports.create(what="people", format="csv") for _ in NAMES))
    at(*(project.write_keys.create(name=name) for name in NAMES[1:]), project.write_keys.first())
    at(*(project.attribute_definitions.create(name=name, type="text") for name in NAMES))
    at(*(project.event_definitions.create(name=name) for name in NAMES))
    for name in NAMES:
        note(project, alice, Action.CHANGED, f"Made {name}")
    for name in ("bob", "eve", "dan", "fay"):
        member(project, name, Membership.Role.VIEWER)
    for n in range(4):
        reports[0].definition = LOOKS | {"metric": ("events", "people")[n % 2]}
        reports[0].save()
    return {"report": reports[0], "subscription": mails[0], "dashboard": boards[0],
            "webhook": hooks[0]}  # fmt: skip


LISTS = {
    pattern.name: pattern.callback.cls.listing
    for pattern in (*people_api.urlpatterns, *analytics_api.urlpatterns)
    if {"list", "events"} & set(getattr(pattern.callback, "actions", {}).values())
    and pattern.name != "api-projects"
}
BELOW = {
    "api-person-events": "people/ann/events/",
    "api-report-versions": "reports/{report.pk}/versions/",
    "api-calls": "webhooks/{webhook.pk}/calls/",
    "api-deliveries": "subscriptions/{subscription.pk}/deliveries/",
}


def path_of(name, five):
    return BELOW.get(name, f"{name.removeprefix('api-')}/").format(**five)


def following(call, path, direction="next"):
    """The pages from one on, each with where it leads back."""
    pages = []
    while path:
        status, page = call(path)
        assert status == 200, page
        pages.append(page)
        link = page[direction] and urlsplit(page[direction])
        path = link and f"{link.path.split('/', 4)[4]}?{link.query}"
    return pages


def test_every_list_is_asked_in_the_same_way():
    assert len(LISTS) >= 17
    for name, listing in LISTS.items():
        assert listing.order.removeprefix("-") in listing.orders, name


@pytest.mark.parametrize("name", LISTS)
def test_pages_of_a_list_miss_nothing_in_any_order(call, five, name):
    path = path_of(name, five)
    for order in LISTS[name].orders:
        [whole] = following(call, f"{path}?order={order}")
        rows = whole["results"]
        assert len(rows) >= 5, name
        assert whole["next"] is whole["previous"] is None
        [turned] = following(call, f"{path}?order=-{order}")
        assert turned["results"] == rows[::-1], (name, order)
        for size in (1, 2):
            pages = following(call, f"{path}?order={order}&limit={size}")
            assert [row for page in pages for row in page["results"]] == rows, (name, order)
            last = urlsplit(pages[-1]["previous"])
            back = following(call, f"{path}?{last.query}", "previous")
            kept = len(rows) - len(pages[-1]["results"])
            assert [row for page in back[::-1] for row in page["results"]] == rows[:kept]
            assert back[-1]["previous"] is None
    [unasked] = following(call, path)
    [asked] = following(call, f"{path}?order={LISTS[name].order}")
    assert unasked == asked


@pytest.mark.parametrize("name", LISTS)
def test_what_a_list_does_not_know_is_refused_at_its_name(call, five, name):
    path = path_of(name, five)
    choices = {"role", "type", "kind", "state", "what", "action", "report", "dashboard", "since",
               "until", "archived", "revoked", "fixed", "pinned", "paused", "trashed"}  # fmt: skip
    wrong = [*sorted(choices & set(LISTS[name]().fields)), "order", "limit", "colour"]
    status, answer = call(f"{path}?{'&'.join(f'{each}=%20' for each in wrong)}")
    assert (status, sorted(answer["errors"])) == (400, sorted(wrong))


def names(page, key="name"):
    return [each[key] for each in page["results"]]


@pytest.mark.parametrize("path", ["reports", "segments", "dashboards", "attributes", "events"])
def test_names_are_sorted_as_people_read_them_and_found_by_a_part(call, five, path):
    status, page = call(f"{path}/?order=name&q=b")
    assert (status, names(page)) == (200, ["b", "B2"])
    assert names(call(f"{path}/?order=name")[1])[:4] == ["A", "b", "B2", "c"]
    assert names(call(f"{path}/?q=nothing%25")[1]) == []


def test_reports_are_pinned_and_the_pinned_ones_found(call, client, five, bearer, alice):
    first = call("reports/?order=name")[1]["results"][0]
    assert not first["pinned"]
    path = f"/api/projects/shop/reports/{first['id']}/"
    kind = "application/json"
    answer = client.patch(path, {"pinned": True}, content_type=kind, headers=bearer(alice))
    assert (answer.status_code, answer.json()["pinned"]) == (200, True)
    assert answer.json()["definition"] == first["definition"]
    assert names(call("reports/?pinned=true")[1]) == [first["name"]]
    assert len(call("reports/?pinned=false")[1]["results"]) == 4


def test_reports_are_found_by_kind_by_what_they_ask_and_in_the_trash(call, project, five):
    funnel = Report.objects.create(project=project, name="f", kind="funnel", definition=FUNNEL)
    assert names(call("reports/?kind=funnel")[1]) == ["f"]
    assert names(call("reports/?q=buy")[1]) == ["f"]
    funnel.put_in_trash()
    assert names(call("reports/?kind=funnel")[1]) == []
    assert names(call("reports/?kind=funnel&trashed=true")[1]) == ["f"]
    assert len(call("reports/?trashed=false")[1]["results"]) == 5


def test_lists_are_narrowed_by_what_their_rows_say(call, project, five):
    project.attribute_definitions.filter(name="b").update(archived_at=BEGUN)
    project.dashboards.filter(name="c").update(is_pinned=True)
    project.subscriptions.filter(pk=five["subscription"].pk).update(
        report=None, dashboard=five["dashboard"], paused=True
    )
    project.write_keys.filter(name="c").first().revoke()

    def count(path):
        status, page = call(path)
        assert status == 200, page
        return len(page["results"])

    assert names(call("attributes/?archived=true")[1]) == ["b"]
    assert "b" not in names(call("attributes/?archived=false")[1])
    assert (count("attributes/?type=text"), count("attributes/?type=number")) == (5, 0)
    assert names(call("dashboards/?pinned=true")[1]) == ["c"]
    assert (count("segments/?fixed=true"), count("segments/?fixed=false")) == (0, 5)
    assert names(call("keys/?revoked=true")[1]) == ["c"]
    assert count("subscriptions/?paused=true") == 1
    assert count(f"subscriptions/?dashboard={five['dashboard'].pk}") == 1
    assert count(f"subscriptions/?report={five['report'].pk}&paused=false") == 4
    assert count(f"alerts/?report={five['report'].pk}&state=unknown") == 5
    assert count("alerts/?state=firing") == 0
    assert count(f"shares/?report={five['report'].pk}") == 5
    assert count(f"shares/?dashboard={five['dashboard'].pk}") == 0
    assert (count("exports/?state=waiting"), count("exports/?what=events")) == (5, 0)
    assert count("annotations/?since=2026-05-02&until=2026-05-03") == 3
    assert count("annotations/?q=day%204") == 1
    assert (count("members/?role=viewer"), count("members/?q=ALICE")) == (4, 1)


def test_deliveries_are_found_by_how_far_they_are(call, five):
    path = f"subscriptions/{five['subscription'].pk}/deliveries/"
    page = call(f"{path}?state=due&order=created_at")[1]
    assert names(page, "recipient") == ["0@example.com", "1@example.com"]
    assert names(page, "state") == ["due", "due"]
    assert len(call(f"{path}?state=sent")[1]["results"]) == 2
    assert names(call(f"{path}?recipient=3@EXAMPLE.com")[1], "state") == ["failed"]
    assert call("subscriptions/5e175dd1-5e8f-4d15-87d1-3b7d80edc243/deliveries/")[0] == 404


def test_days_of_a_timeline_are_those_of_the_projects_clock(call, journeys):
    # In Zagreb the first one is of the fifth of May, 0:30.
    journeys(zoe=[(12.5 * 60, "look"), (24 * 60, "b")])
    path = "people/zoe/events/?order=at&"
    assert names(call(f"{path}since=2026-05-05")[1], "event") == ["look", "b"]
    assert names(call(f"{path}until=2026-05-04")[1], "event") == []
    assert names(call(f"{path}since=2026-05-05&until=2026-05-05&event=b")[1], "event") == ["b"]
    for day in ("0001-01-01", "9999-12-31"):
        assert call(f"{path}since={day}&until={day}")[0] == 200


def test_owners_read_what_was_done(call, project, alice, five):
    status, page = call("audit/?action=changed&by=ALICE&order=at")
    assert status == 200
    assert names(page, "words") == [f"Made {each}" for each in NAMES]
    assert page["results"][0].keys() == {"id", "at", "by", "action", "words", "place"}
    assert call("audit/?by=nobody")[1]["results"] == []
    assert call("audit/?until=2020-01-01")[1]["results"] == []


def test_projects_are_sorted_and_found(client, bearer, project, alice):
    for name in ("Bakery", "atelier"):
        type(project).objects.create(name=name).memberships.create(user=alice, role="viewer")
    headers = bearer(alice)

    def listed(query):
        return names(client.get(f"/api/projects/?{query}", headers=headers).json())

    assert listed("order=name") == ["atelier", "Bakery", "Shop"]
    assert listed("order=-name&q=AK") == ["Bakery"]
    assert listed("order=created_at") == ["Shop", "Bakery", "atelier"]


def test_a_page_stays_right_while_rows_come_and_go(call, project, five):
    first = call("reports/?order=name&limit=2")[1]
    assert names(first) == ["A", "b"]
    Report.objects.filter(project=project, name__in=["b", "B2"]).delete()
    Report.objects.create(project=project, name="0", kind="segmentation", definition=LOOKS)
    [second] = following(call, f"reports/?{urlsplit(first['next']).query}")
    assert names(second)[0] == "c"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_database_nothing_for_each_row(call, five, name):
    asked = []
    # The first one may load what came in.
    call(path_of(name, five))
    for size in (1, 1000):
        with CaptureQueriesContext(connection) as queries:
            call(f"{path_of(name, five)}?limit={size}")
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_owners_see_who_has_a_second_factor(client, call, project, alice, bearer, settings):
    settings.TWO_FACTOR = True
    bob = member(project, "bob", Membership.Role.VIEWER)
    bob.authenticator_set.create(type="totp", data={"secret": "x"})
    owners = {each["email"]: each["two_factor"] for each in call("members/")[1]["results"]}
    assert owners == {"alice@example.com": False, "bob@example.com": True}
    viewers = call("members/", headers=bearer(User.objects.get(pk=bob.pk)))[1]["results"]
    assert {each["two_factor"] for each in viewers} == {None}
    settings.TWO_FACTOR = False
    assert {each["two_factor"] for each in call("members/")[1]["results"]} == {None}
