"""How often a page asks the database: of one number's people no more than it has parts."""

import pytest

from analytics.store import loader

pytestmark = pytest.mark.django_db
CONDITION = {"all": [{"attribute": "plan", "operator": "is", "value": ["pro"]}]}


@pytest.fixture
def crowded(project, journeys):
    """A project with segments, reports, and people to list."""
    journeys(**{f"user{n}": [(n, "look"), (n + 1, "buy"), {"plan": "pro"}] for n in range(30)})
    for n in range(5):
        project.segments.create(name=f"Segment {n}", condition=CONDITION)
    loader.drain(project.pk)


@pytest.mark.parametrize(
    "path",
    [
        "funnel/people/?event-0=look&event-1=buy&value=1&unit=day&of-step=1",
        "retention/people/?event-0=look&event-1=buy&granularity=day&intervals=2&of-start=2026-05-04",
        "segmentation/people/?event-0=look&metric=people&of-event=0",
    ],
)
def test_the_people_behind_a_number(
    client, project, alice, crowded, path, django_assert_max_num_queries
):
    client.force_login(alice)
    period = "period=custom&start=2026-05-01&end=2026-05-31"
    # Two of them are the rail's.
    with django_assert_max_num_queries(15):
        page = client.get(f"/p/{project.slug}/{path}&{period}")
    assert "30 people" in page.content.decode()
