"""Every number on a report's page is a link to the people behind it."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from analytics.models import Segment, segment_people
from analytics.models.questions import compute_next, fetch
from analytics.store import loader
from people.models import Person

pytestmark = pytest.mark.django_db


def answered(client, path):
    """The page of a report whose answer is there."""
    client.get(path)
    compute_next()
    return client.get(path).content.decode()


def numbers(page):
    """(address, what is written) of every number that leads somewhere."""
    found = re.findall(r'<a class="number" href="([^"]+)">([^<]+)</a>', page)
    return [(unescape(address), text) for address, text in found]


SEGMENTATION = (
    "segmentation/?metric=people&period=custom&start=2026-05-01&end=2026-05-31&event-0=look"
    "&granularity=day&granularity=week"
)
FUNNEL = (
    "funnel/?period=custom&start=2026-05-01&end=2026-05-31&value=1&unit=day"
    "&event-0=look&event-1=buy&event-1-filter-0-property=n&event-1-filter-0-operator=is"
    "&event-1-filter-0-value=1"
)


RETENTION = (
    "retention/?period=custom&start=2026-05-04&end=2026-05-10&granularity=day&intervals=3"
    "&event-0=look&event-1=buy"
)


@pytest.mark.parametrize("report", [SEGMENTATION, FUNNEL])
def test_the_list_is_as_long_as_the_number_says(client, project, alice, journeys, report):
    journeys(
        ann=[(0, "look"), (5, "buy", {"n": 1})], bob=[(0, "look"), (9, "buy", {"n": 2})],
        cid=[(3000, "look")],
    )  # fmt: skip
    client.force_login(alice)
    page = answered(client, f"/p/{project.slug}/{report}")
    found = numbers(page)
    assert len(found) >= 3
    for address, text in found:
        people = client.get(address).content.decode()
        said = "1 person" if text == "1" else f"{text} people"
        assert said in people, address


def test_each_cell_of_a_triangle_leads_to_its_people(client, project, alice, journeys):
    day = 24 * 60
    journeys(
        ann=[(0, "look"), (day, "buy"), (3 * day, "buy")], bob=[(0, "look"), (day, "buy")],
        cid=[(day, "look"), (2 * day, "buy")],
    )  # fmt: skip
    client.force_login(alice)
    page = answered(client, f"/p/{project.slug}/{RETENTION}")
    cells = re.findall(r'<a href="([^"]+)"[^>]*title="(\d+) ÷ (\d+)', page)
    shown = [(int(part), int(whole)) for _, part, whole in cells]
    assert shown == [(2, 2), (2, 2), (1, 2), (1, 1), (1, 1)]
    for (address, *_), (people, _) in zip(cells, shown, strict=True):
        said = "1 person" if people == 1 else f"{people} people"
        assert said in client.get(unescape(address)).content.decode(), address
    behind = client.get(unescape(cells[2][0])).content.decode()
    assert "Began with look, day of 2026-05-04, and did buy in day 3" in behind
    assert ">ann<" in behind


def test_a_number_that_is_not_there_is_refused(client, project, alice, store):
    client.force_login(alice)
    path = f"/p/{project.slug}/funnel/people/?event-0=a&event-1=b&value=1&unit=day&of-step=7"
    assert client.get(path).status_code == 400


LOOKED = f"people/?{SEGMENTATION.split('?')[1]}&of-segment=0"


def kept(client, project, path, **posted):
    """The page after the people of a number were kept as a segment called “These”."""
    answer = client.post(f"/p/{project.slug}/{path}", {"name": "These"} | posted, follow=True)
    return answer.content.decode()


def test_a_segment_of_these_lives(client, project, alice, journeys):
    journeys(ann=[(0, "look")], bob=[(0, "buy")], cid=[(3000, "look")])
    client.force_login(alice)
    day = f"segmentation/{LOOKED}&of-granularity=day&of-start=2026-05-04"
    assert "1 person" in kept(client, project, day, how="live")
    days = {"start": "2026-05-04", "end": "2026-05-04"}
    [leaf] = Segment.objects.get().condition["all"]
    assert (leaf["performed"], leaf["within"]) == ("look", days)
    journeys(dan=[(7, "look")])
    assert [str(each) for each in members(Segment.objects.get())] == ["ann", "dan"]


def test_what_no_condition_says_is_said_and_kept_as_a_list(client, project, alice, journeys):
    journeys(ann=[(0, "look")])
    client.force_login(alice)
    hour = f"segmentation/{LOOKED.replace('granularity=day', 'granularity=hour')}"
    hour += f"&of-granularity=hour&of-start={quote('2026-05-04T12:00:00+02:00')}"
    page = client.get(f"/p/{project.slug}/{hour}").content.decode()
    assert "No condition says this number: It counts hours" in page
    assert "Save as a live segment" not in page
    assert "It counts hours" in kept(client, project, hour, how="live")
    assert not Segment.objects.exists()
    assert "1 person" in kept(client, project, hour, how="list")
    assert Segment.objects.get().is_fixed


def test_of_a_funnel_it_is_said_what_a_condition_leaves_out(client, project, alice, journeys):
    journeys(
        ann=[(0, "look"), (5, "buy", {"n": 1})], bob=[(0, "buy", {"n": 1}), (5, "look")],
        cid=[(0, "look")],
    )  # fmt: skip
    client.force_login(alice)
    step = f"funnel/people/?{FUNNEL.split('?')[1]}&of-segment=0&of-step=1"
    page = client.get(f"/p/{project.slug}/{step}").content.decode()
    assert "A condition cannot say “in this order, within 1 day”" in page
    kept(client, project, step, how="live")
    assert [str(each) for each in members(Segment.objects.get())] == ["ann", "bob"]
    lost = f"{step}&of-outcome=dropped"
    kept(client, project, lost, how="live", name="Lost")
    assert [str(each) for each in members(Segment.objects.get(name="Lost"))] == ["cid"]


def test_beside_a_report_it_is_a_part_of_its_page(client, project, alice, journeys):
    journeys(ann=[(0, "look")])
    client.force_login(alice)
    path = f"/p/{project.slug}/segmentation/{LOOKED}"
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert ">ann<" in part
    page = answered(client, f"/p/{project.slug}/{SEGMENTATION}&of-segment=0")
    assert 'data-place="of-segment=0"' in page
    saving = re.search(r'id="save" method="post" action="([^"]+)"', page)[1]
    assert "of-segment" not in saving


def members(segment):
    loader.drain(segment.project_id)
    ids = [person for (person,) in fetch(segment_people(segment))]
    return Person.objects.filter(pk__in=ids).order_by("pk")
