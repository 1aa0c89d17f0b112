"""Numbers and days that no page expects: answered with words, never with a breakdown."""

from urllib.parse import urlencode

import pytest

from people.models import Person

pytestmark = pytest.mark.django_db
NINES = "9" * 24
MANY = "9" * 5_000
ENDS = ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"]
OPERATORS = ["is", "before", "after", "since", "until"]


@pytest.fixture
def get(client, project, alice, journeys):
    journeys(ann=[(n, "look") for n in range(3)] + [{"born": "1990-05-04"}])
    client.force_login(alice)
    return lambda path: client.get(f"/p/{project.slug}/{path}")


@pytest.mark.parametrize(
    "before", [NINES, f"{NINES}-1", f"1-{NINES}", f"{'9' * 18}-1", "--1", "1", "-", "²-1", MANY]
)
def test_a_place_that_is_none_is_a_bad_request(get, before):
    assert get(f"people/{Person.objects.get().pk}/?before={before}").status_code == 400


@pytest.mark.parametrize("number", ["999999999", NINES, MANY, "-1", "²", "x"])
def test_a_number_that_no_report_has(get, number):
    steps = "event-0=look&event-1=buy&value=1&unit=day"
    for key in ("segment", "step", "event", "previous"):
        where = {"of-step": 0} | {f"of-{key}": number}
        for kind in ("funnel", "segmentation"):
            status = get(f"{kind}/people/?{steps}&{urlencode(where)}").status_code
            assert status in (200, 400), (key, kind)
            assert status == 400 or key not in ("segment", "step") or kind == "segmentation"


@pytest.mark.parametrize("number", ["999999999", NINES, MANY, "-1", "²", "x", "nan", "1e400", ""])
def test_a_step_or_a_bar_that_no_funnel_has(get, number):
    steps = "event-0=look&event-1=buy&value=1&unit=day&over=on&times=on&unless-0=x"
    for key in ("times-from", "times-to", "times-bins", "unless-0-after", "over-time", "order"):
        answer = get(f"funnel/?{steps}&{urlencode({key: number})}")
        assert answer.status_code == 200, key
    assert get(f"funnel/?{steps}&hold-0={number}").status_code == 200


@pytest.mark.parametrize("number", [NINES, MANY])
def test_ids_that_nobody_has(get, number):
    for path in (f"people/{number}/", f"events/{number}/", f"import/{number}/"):
        assert get(path).status_code == 404
    for key in ("after", "before"):
        assert get(f"people/?{key}={number}").status_code == 200
    assert get(f"funnel/chart-{number}.svg?event-0=look").status_code == 404
    assert get(f"segmentation/?event-0=look&sort={number}-{number}").status_code == 200


@pytest.mark.parametrize("zone", ["Europe/Zagreb", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_segments_at_the_ends_of_time_break_no_list(client, get, project, alice, bearer, zone):
    project.timezone = zone
    project.save()
    for day in ENDS:
        for operator in OPERATORS:
            leaf = {"attribute": "born", "operator": operator, "value": day}
            other = leaf | {"attribute": "registered_at"}
            within = {"start": min(day, "2026-01-01"), "end": max(day, "2026-01-01")}
            did = {
                "performed": "look",
                "filters": [],
                "times": {"operator": "at_least", "value": 1},
                "within": within,
            }
            condition = {"any": [leaf, other, did]}
            project.segments.create(name=f"{operator} {day}", condition=condition)
    listed = client.get(f"/api/projects/{project.slug}/segments/?limit=100", headers=bearer(alice))
    assert listed.status_code == 200, listed.content
    sizes = {each["name"]: each["size"] for each in listed.json()["results"]}
    assert len(sizes) == 20
    assert sizes["since 0001-01-01"] == sizes["until 9999-12-31"] == 1
    for path in ("people/", "segmentation/?event-0=look", "funnel/?event-0=look&event-1=buy"):
        assert get(path).status_code == 200
    for segment in project.segments.all():
        assert get(f"people/?segment={segment.pk}").status_code == 200


@pytest.mark.parametrize("day", ENDS)
@pytest.mark.parametrize("granularity", ["hour", "day", "week", "month"])
def test_a_period_at_the_ends_of_time_is_refused_with_words(get, day, granularity):
    period = f"period=custom&start={day}&end={day}&granularity={granularity}"
    page = get(f"segmentation/?event-0=look&{period}")
    assert page.status_code == 200
    assert "A period lies in the years 1900 to 9998." in page.content.decode()


def test_older_events_are_reached_before_1970(get, journeys):
    long_ago = -60 * 24 * 366 * 60
    journeys(bob=[(long_ago + n, ("look", "buy")[n % 2]) for n in range(70)])
    bob = Person.objects.get(identities__value="bob")
    first = get(f"people/{bob.pk}/").content.decode()
    place = first.split("?before=")[1].split('"')[0]
    assert place.startswith("-")
    older = get(f"people/{bob.pk}/?before={place}").content.decode()
    listed = older.partition('<ol class="moments diary">')[2].partition("<aside")[0]
    assert listed.count("<time ") == 20


def test_a_segment_that_fits_no_longer_breaks_nothing_else(client, get, project, alice, bearer):
    """As where it was saved before its attribute got a type."""
    leaf = {"attribute": "born", "operator": "greater_than", "value": 3}
    broken = project.segments.create(name="Broken", condition={"all": [leaf]})
    fine = {"attribute": "born", "operator": "is_not_empty"}
    project.segments.create(name="Fine", condition={"all": [fine]})
    path = f"/api/projects/{project.slug}/segments/"
    listed = client.get(path, headers=bearer(alice)).json()["results"]
    assert {each["name"]: each["size"] for each in listed} == {"Broken": None, "Fine": 1}
    assert client.get(f"{path}{broken.pk}/people/", headers=bearer(alice)).status_code == 400
    for page in ("people/", f"people/?segment={broken.pk}", "events/", "segmentation/?event-0=a"):
        assert get(page).status_code == 200
    chosen = get(f"segmentation/?event-0=look&segment-0={broken.pk}")
    assert chosen.status_code == 200
    assert "Something does not fit yet" in chosen.content.decode()
