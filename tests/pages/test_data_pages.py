"""The pages of people, events, what arrives, and how to send it."""

import json
import random
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import holdings, people_days, scope_of
from analytics.models.properties import Spread
from analytics.store import loader
from people.models import Event, EventDefinition, Person, PropertyDefinition, RefusedMessage
from tests.journeys import START

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(client, project, alice):
    client.force_login(alice)
    return lambda path: client.get(f"/p/{project.slug}/{path}").content.decode()


@pytest.fixture
def crowd(journeys):
    journeys(
        ann=[
            {"first_name": "Ann", "last_name": "Ivić", "plan": "pro"},
            (0, "look", {"page": "home"}),
        ],
        **{f"user{n:03}": [(n, "look", {"page": "about"})] for n in range(60)},
    )


def test_people_are_found_by_name_and_by_id_and_paged(get, crowd, project):
    first = get("people/")
    assert "61 people" in first
    assert first.count('<th scope="row">') == 50
    assert "Next" in first
    after = first.split("after=")[1].split('"')[0]
    assert get(f"people/?after={after}").count('<th scope="row">') == 11
    for text in ("ann iv", "IVIĆ", "ann"):
        assert "1 person" in get(f"people/?q={text}")
    assert "10 people" in get("people/?q=user01")
    assert "Nobody is found" in get("people/?q=zed")


def test_people_of_a_segment_with_chosen_columns(get, crowd, project):
    condition = {"all": [{"attribute": "plan", "operator": "is", "value": ["pro"]}]}
    segment = project.segments.create(name="Paying", condition=condition)
    page = get(f"people/?segment={segment.pk}&column=plan")
    assert "1 person" in page
    assert ">Plan</a>" in page
    assert "<td>pro</td>" in page


def test_a_segment_is_found_by_its_name(client, get, crowd, project):
    condition = {"all": [{"attribute": "plan", "operator": "is", "value": ["pro"]}]}
    project.segments.create(name="Paying", condition=condition)
    project.segments.create(name="Others", condition=condition)
    offered = get("suggestions/?of=segment&q=PAY")
    assert ("Pay" in offered, "ing" in offered, "Others" in offered) == (True, True, False)
    page = get("people/?segment=Paying")
    assert "1 person" in page
    assert 'value="Paying"' in page
    assert "No segment is called “Payin”" in get("people/?segment=Payin")


def test_the_days_of_the_people_of_a_page_are_asked_at_once(get, project, journeys):
    now = (timezone.now() - START).total_seconds() / 60
    journeys(
        ann=[(now - 1, "look"), (now - 2, "buy"), (now - 40 * 24 * 60, "look")],
        bob=[(now - 3 * 24 * 60, "look")],
        old=[(now - 50 * 24 * 60, "look")],
    )
    page = get("people/")
    assert re.findall(r'aria-label="(\d+) in 30 days"', page) == ["2", "1", "0"]
    people = {str(each): each.pk for each in Person.objects.all()}
    days = people_days(people.values(), scope_of(project, None))
    assert [sum(days[people[name]]) for name in ("ann", "bob", "old")] == [2, 1, 0]
    assert days[people["bob"]].index(1) == 26
    assert people_days([], scope_of(project, None)) == {}


def test_a_person_is_shown_with_all_they_did(get, journeys):
    journeys(ann=[(n, "look", {"n": n}) for n in range(70)])
    ann = Person.objects.get()
    page = get(f"people/{ann.pk}/")
    assert page.count("<strong>look</strong>") == 50
    rest = get(f"people/{ann.pk}/?before={page.split('?before=')[1].split(chr(34))[0]}")
    assert rest.count("<strong>look</strong>") == 20


def test_erasing_asks_for_the_name(client, project, alice, bob, journeys):
    journeys(ann=[(0, "look")])
    path = f"/p/{project.slug}/people/{Person.objects.get().pk}/erase/"
    client.force_login(bob)
    assert client.post(path, {"name": "ann"}).status_code == 403
    client.force_login(alice)
    client.post(path, {"name": "bob"})
    assert Event.objects.count() == 1
    client.post(path, {"name": "ann"})
    assert (Person.objects.count(), Event.objects.count()) == (0, 0)


def test_events_show_how_often_and_what(get, crowd, ask, client, project):
    ask(
        {
            "kind": "segmentation",
            "metric": "events",
            "period": {"preset": "last_7_days"},
            "events": [{"event": "look"}],
        }
    )
    assert '<td class="num">61</td>' in get("events/")
    event = EventDefinition.objects.get()
    page = get(f"events/{event.pk}/")
    assert "about" in page
    assert "home" in page
    path = f"/p/{project.slug}/events/{event.pk}/"
    client.post(path, {"title": "Looked at a page", "description": "Any page"})
    client.post(path, {"do": "archive"})
    assert "No event has come in yet" in get("events/")
    assert "Looked at a page" in get("events/?tab=archived")
    client.post(path, {"do": "restore"})
    assert "Looked at a page" in get("events/")


@pytest.fixture
def named(project, journeys):
    """Events that come, one that is new, one that is silent, one that never came, one archived."""
    now = (timezone.now() - START).total_seconds() / 60
    lately, long = now - 20 * 24 * 60, now - 100 * 24 * 60
    journeys(
        ann=[
            *((lately, "look", {"colour": "red"}), (now - 3, "look"), (now - 1, "look")),
            *((now - 2, "sing"), (long, "knit"), (now - 3, "old")),
        ]
    )
    EventDefinition.objects.create(project=project, name="plan", description="Not sent yet")
    old = EventDefinition.objects.get(name="old")
    old.is_archived = True
    old.save()
    project.reports.create(
        name="Looks",
        definition={"kind": "segmentation", "events": [{"event": "look"}, {"event": "knit"}]},
    )
    loader.drain(project.pk)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["look", "sing", "knit", "plan"]),
        ("?sort=name", ["knit", "look", "plan", "sing"]),
        ("?sort=last", ["look", "sing", "knit", "plan"]),
        ("?tab=new", ["sing"]),
        ("?tab=silent", ["knit"]),
        ("?tab=unused", ["sing", "plan"]),
        ("?tab=archived", ["old"]),
        ("?q=COLOUR", ["look"]),
        ("?q=not%20sent", ["plan"]),
        ("?q=nothing", []),
        ("?tab=of-no-kind&sort=by-nothing&page=x", ["look", "sing", "knit", "plan"]),
    ],
)
def test_events_are_found_by_part_and_by_words(client, project, alice, named, query, found):
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/events/{query}")
    assert [event.name for _, event in page.context["rows"]] == found
    assert [each.count for each in page.context["tabs"]] == [4, 1, 1, 2, 1]
    assert (
        "sing is new in the last 7 days. knit has been silent for 100 days."
        in page.content.decode()
    )


def test_events_are_a_file_too(client, project, alice, named):
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/events/?format=csv&q=look")
    lines = page.getvalue().decode().splitlines()
    assert lines[0] == "name,title,description,last_30_days,ever,last_seen,properties"
    assert [line.split(",")[:5] for line in lines[1:]] == [["look", "", "", "3", "3"]]


def test_many_events_come_in_pages_and_ask_no_query_for_each(
    client, project, alice, django_assert_max_num_queries
):
    EventDefinition.objects.bulk_create(
        EventDefinition(project=project, name=f"event {n:04}") for n in range(120)
    )
    client.force_login(alice)
    with django_assert_max_num_queries(18):
        page = client.get(f"/p/{project.slug}/events/?sort=name&page=3")
    assert [event.name for _, event in page.context["rows"]] == [
        f"event {n:04}" for n in range(100, 120)
    ]


def test_the_most_frequent_values_are_counted_exactly_the_largest_first(project, journeys):
    """So many different values that a count of few of them would be off."""
    pages = [page for rank in range(400) for page in [f"p{rank:03}"] * (1 + rank // 40)]
    pages += ["best"] * 13 + ["second"] * 12 + [""] * 50
    random.Random(7).shuffle(pages)
    journeys(ann=[(n, "look", {"page": page}) for n, page in enumerate(pages)])
    journeys(bob=[(0, "look", {"tags": ["a", "a", "b"]}), (1, "look", {"tags": ["b"], "n": 3})])
    event, properties = EventDefinition.objects.get(), PropertyDefinition.objects.all()
    loader.drain(project.pk)
    found = holdings(project, event.name, list(properties))
    assert {each.of.name: each.examples for each in found} == {
        "page": (("best", 13), ("second", 12), ("p360", 10), ("p361", 10), ("p362", 10)),
        "tags": (("b", 2), ("a", 1)),
        "n": (("3", 1),),
    }
    events = len(pages) + 2
    assert [(each.of.name, each.filled, each.values) for each in found] == [
        ("page", len(pages) - 50, 402),
        ("tags", 2, 2),
        ("n", 1, 1),
    ]
    assert {each.events for each in found} == {events}


def test_numbers_of_a_property_are_told_by_how_they_lie(project, journeys):
    """As numpy's percentiles and histogram of 24 parts say it."""
    seconds = [*range(1, 101), 241]
    journeys(ann=[(n, "look", {"s": value}) for n, value in enumerate(seconds)])
    journeys(bob=[(0, "look", {"s": "text"}), (1, "look"), (2, "buy", {"same": 7})])
    properties = PropertyDefinition.objects.order_by("name")
    loader.drain(project.pk)
    [same] = holdings(project, "buy", [properties.get(name="same")])
    assert same.spread == Spread(7, 7, 7, 7)
    [found] = holdings(project, "look", [properties.get(name="s")])
    assert (found.filled, found.events) == (101, 103)
    lie = found.spread
    assert (lie.low, lie.high, lie.median, lie.ninetieth) == (1, 241, 51, 91)
    assert lie.bins == (*[10] * 10, *[0] * 13, 1)
    assert lie.middle == 5


def test_what_arrives_is_shown_with_what_became_of_it(get, client, project):
    key = project.write_keys.get().key
    batch = [{"type": "track", "userId": "ann", "event": "look", "messageId": "1"}] * 2
    batch += [{"type": "track", "event": "look"}]
    body = json.dumps({"batch": batch, "writeKey": key})
    client.post("/v1/batch", body, content_type="application/json")
    page = get("live/")
    assert "Refused: 1" in page
    assert "Give a userId or an anonymousId" in page
    client.post(f"/p/{project.slug}/live/try-again/")
    assert RefusedMessage.objects.filter(replayed_at=None).count() == 1


def test_a_test_event_is_sent_with_a_button(get, client, project):
    assert project.write_keys.get().key in get("send/")
    client.post(f"/p/{project.slug}/send/")
    assert Event.objects.get().definition.name == "Test Event"


def test_an_event_shows_its_volume_its_newest_and_how_often_each_property_is_filled(
    get, client, project, alice, store
):
    now = timezone.now()
    batch = [
        {
            "type": "track",
            "userId": f"user{n}",
            "event": "look",
            "properties": {"page": f"p{n}"} | ({"ref": "ad"} if n < 3 else {}),
            "timestamp": (now - timedelta(minutes=n)).isoformat(),
        }
        for n in range(12)
    ]
    body = json.dumps({"batch": batch, "writeKey": project.write_keys.get().key})
    client.post("/v1/batch", body, content_type="application/json")
    loader.drain(project.pk)
    event = EventDefinition.objects.get()
    page = get(f"events/{event.pk}/")
    assert "100 %" in page
    assert "25 %" in page
    assert page.count('<a class="what"') == 8
    assert page.index("page: p0") < page.index("page: p7")
    assert "No report and no segment speaks of it." in page
    volume = f"/p/{project.slug}/events/{event.pk}/volume/"
    assert f'hx-get="{volume}"' in page
    assert "/segmentation/?metric=events" in client.get(volume)["Location"]


def test_the_volume_of_an_event_is_drawn_after_the_page(client, project, alice, journeys, worker):
    journeys(ann=[(0, "look")])
    client.force_login(alice)
    path = f"/p/{project.slug}/events/{EventDefinition.objects.get().pk}/volume/"
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert '<figure class="chart"' in part


def test_people_are_sorted_by_any_column_and_who_lacks_it_comes_last(get, journeys, project):
    journeys(
        ann=[{"first_name": "ben", "age": 40, "joined": "2026-01-02"}],
        bob=[{"first_name": "Ada", "age": 9, "joined": "2025-01-02"}],
        cid=[{"first_name": "Cem"}],
        eve=[(0, "look")],
    )

    def order(sort):
        page = get(f"people/?sort={sort}&column=first_name")
        found = re.findall(r'<a href="/p/[^"]*/people/\d+/">(\w+)</a>', page)
        return [{"Ada": "bob", "ben": "ann", "Cem": "cid"}.get(each, each) for each in found]

    assert order("first_name") == ["bob", "ann", "cid", "eve"]
    assert order("-first_name") == ["cid", "ann", "bob", "eve"]
    assert order("age")[:2] == ["bob", "ann"]
    assert order("-age")[:2] == ["ann", "bob"]
    assert order("-joined")[:2] == ["ann", "bob"]
    assert order("registered_at") == order("-registered_at") or len(order("registered_at")) == 4
    assert len(order("nothing")) == len(order("%00")) == 4
    page = get("people/?sort=first_name&column=first_name")
    assert 'aria-sort="ascending"' in page
    assert "sort=-first_name" in page


def test_a_sorted_list_is_paged_in_both_directions(get, journeys):
    journeys(**{f"user{n:03}": [{"rank": n}] for n in range(120)})

    def ranks(query):
        page = get(f"people/?sort=-rank&column=rank&{query}")
        return re.findall(r"<td>(\d+)</td>", page), page

    first, page = ranks("")
    assert (first[0], first[-1], len(first)) == ("119", "70", 50)
    assert ">Next</a>" in page
    assert ">Previous</a>" not in page
    last, page = ranks("page=3")
    assert (last[0], last[-1], len(last)) == ("19", "0", 20)
    assert ">Next</a>" not in page
    assert ">Previous</a>" in page
    assert ranks("page=-1")[0] == ranks("page=x")[0] == first
    assert ranks("page=9999")[0] == []
    assert ranks("page=99999999999")[0] == first


def test_a_persons_events_are_grouped_by_day_and_folded_when_alike(get, journeys, project):
    looks = [(n, "look") for n in range(5)]
    journeys(ann=[*looks, (10, "buy"), (11, "look"), (24 * 60, "look")])
    page = get(f"people/{Person.objects.get().pk}/")
    days = re.findall(r"<h3>(.*?) <span[^>]*>(\d+) events?</span></h3>", page)
    assert days == [("Tue, May 5", "1"), ("Mon, May 4", "7")]
    assert re.search(
        r"5 × look,\s+12:00\u202fPM to 12:04\u202fPM", re.sub(r"</?time[^>]*>", "", page)
    )
    assert page.count("<summary>") - page.count("properties</summary>") >= 1


def test_a_person_is_told_in_figures_and_by_segments(get, journeys, project, alice):
    now = timezone.now()
    journeys(
        ann=[(0, "look"), {"first_name": "Ann", "last_name": "Lee", "plan": "pro"}],
        bob=[(0, "look"), {"plan": "free"}],
    )
    ann = Person.objects.order_by("pk").first()
    Event.objects.filter(person=ann).update(at=now - timedelta(hours=1))
    for name, condition in {
        "Pro": {"attribute": "plan", "operator": "is", "value": ["pro"]},
        "Free": {"attribute": "plan", "operator": "is", "value": ["free"]},
        "Looked": {"performed": "look", "times": {"operator": "at_least", "value": 1}},
        "Never bought": {"performed": "buy", "times": {"operator": "exactly", "value": 0}},
    }.items():
        project.segments.create(name=name, condition={"all": [condition]})
    page = get(f"people/{ann.pk}/")
    assert "<h1>Ann Lee</h1>" in page
    assert re.findall(r'class="tag" href="[^"]+">([^<]+)<', page) == [
        "Looked",
        "Never bought",
        "Pro",
    ]
    assert "1 of 90" in page
    assert "of 1 in all" in page
    listed = get("people/")
    assert ">1 h ago</time>" in listed or ">yesterday</time>" in listed
