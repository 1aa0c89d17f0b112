"""Every number on a report's page is a link to the people behind it."""

import re
from html import unescape

import pytest

from analytics.models.questions import compute_next

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
