"""What changed in a week is told where it is beyond chance, and what chance does is not."""

import json
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from analytics import demo
from analytics.demo import listeners
from analytics.models import Alert
from analytics.presentation.news import news
from analytics.presentation.statistics import dispersion, holm, is_as_before, is_level
from analytics.store import loader
from people.models import Project, User
from people.values import start_of_day

LEVEL = [[10, 12, 9, 11, 10, 14, 13]] * 5


# --- The tests of chance ------------------------------------------------------------------------


def test_a_week_that_doubles_is_no_chance_and_one_that_does_not_is():
    assert is_as_before([*LEVEL[:4], [20, 24, 18, 22, 20, 28, 26]]) < 1e-6
    assert is_as_before(LEVEL) == 1
    assert is_as_before([[0] * 7] * 5) == 1
    assert is_level([[n * 3 + 1] * 7 for n in range(5)]) < 1e-6
    assert is_level([[0] * 7] * 5) == 1


def test_counts_that_scatter_more_than_chance_are_held_to_more():
    """One busy person makes a day of a hundred; the same sums spread evenly would be a change."""
    random = Random(3)
    wild = [[random.choice((0, 0, 0, 100)) for _ in range(7)] for _ in range(5)]
    assert dispersion(wild) > 20
    assert dispersion(LEVEL) == 1
    even = [[sum(week) // 7] * 7 for week in wild]
    assert is_as_before(wild) > is_as_before(even)


def test_counts_by_chance_are_seldom_called_a_change():
    """Of 400 families of ten events that do not change, about one in twenty has a wrong story."""
    random, wrong = Random(5), 0
    for _ in range(400):
        tests = []
        for _ in range(10):
            weeks = [[count(random, 30) for _ in range(7)] for _ in range(5)]
            tests += [is_as_before(weeks), is_level(weeks)]
        wrong += any(holm(tests))
    assert wrong <= 40


def count(random, mean):
    """As Poisson's, near enough for a mean of 30."""
    return max(0, round(random.gauss(mean, mean**0.5)))


def test_several_tests_are_one_family():
    assert holm([0.01, 0.04, 0.03]) == [True, False, False]
    assert holm([0.01, 0.02, 0.03]) == [True, True, True]
    assert holm([]) == []


# --- A project's week ---------------------------------------------------------------------------


@pytest.fixture
def days(project, client, store):
    """days(look=[…35 counts]): so many events on each of the last 35 whole days, the oldest first,
    each of somebody else."""

    def send(**events):
        today = timezone.now().astimezone(project.zone).date()
        batch = [
            {
                "type": "track",
                "userId": f"{name} {ago} {n}",
                "event": name,
                "timestamp": (
                    start_of_day(today - timedelta(ago), project.zone) + timedelta(hours=12)
                ).isoformat(),
            }
            for name, counts in events.items()
            for ago, number in zip(range(len(counts), 0, -1), counts, strict=True)
            for n in range(number)
        ]
        body = {"batch": batch, "writeKey": project.write_keys.get().key}
        answer = client.post("/v1/batch", json.dumps(body), content_type="application/json")
        assert answer.json()["accepted"] == len(batch)
        loader.drain(project.pk)

    return send


def titles(project, now=None):
    return [each.title for each in news(project, now).stories]


@pytest.mark.django_db
def test_events_that_rose_fell_grew_or_are_new_are_told(project, days):
    days(
        steady=[10] * 35,
        rose=[10] * 28 + [20] * 7,
        fell=[10] * 28 + [3] * 7,
        grew=[n for n in (4, 5, 6, 7, 8) for _ in range(7)],
        fresh=[0] * 30 + [4] * 5,
        few=[0] * 28 + [0, 1, 0, 0, 1, 0, 0],
    )
    found = news(project)
    assert sorted(each.title for each in found.stories) == [
        "fell is down 70 %",
        "few came in for the first time",
        "fresh came in for the first time",
        "grew grows week by week",
        "rose is up 100 %",
    ]
    rose = next(each for each in found.stories if each.title.startswith("rose"))
    assert rose.text.startswith("140 times by 140 people, after 70 in the seven days before")
    assert (rose.direction, rose.line, rose.past) == ("up", (1.0,) * 7, (0.5,) * 7)


@pytest.mark.django_db
def test_nothing_is_told_where_nothing_changed(project, days):
    days(steady=[10] * 35)
    assert titles(project) == []
    assert (news(project).events, news(project).funnels) == (1, 0)


@pytest.mark.django_db
def test_an_empty_project_has_no_news(project, store):
    assert titles(project) == []


@pytest.mark.django_db
def test_an_alert_that_fires_comes_first(project, days):
    days(rose=[10] * 28 + [20] * 7)
    report = project.reports.create(name="Looks", kind="segmentation", definition={})
    watched = {"operator": "below", "value": 5, "schedule": {"every": "hour"}, "state": "firing"}
    Alert.objects.create(project=project, report=report, next_due=timezone.now(), **watched)
    assert [each.kind for each in news(project).stories] == ["Alert", "Event"]


@pytest.mark.django_db
def test_the_home_shows_it_after_the_page_and_by_itself(client, project, alice, days):
    days(rose=[10] * 28 + [20] * 7)
    client.force_login(alice)
    home = client.get(f"/p/{project.slug}/").content.decode()
    assert f'hx-get="/p/{project.slug}/news/"' in home
    assert "rose is up" not in home
    page = client.get(f"/p/{project.slug}/news/")
    part = client.get(f"/p/{project.slug}/news/", headers={"HX-Request": "true"})
    # Once it is known the home has it at once.
    home = client.get(f"/p/{project.slug}/")
    for each in (page, part, home):
        assert "rose is up 100 %" in each.content.decode()
    assert "<html" not in part.content.decode()


@pytest.mark.django_db
def test_it_is_asked_once_until_more_is_loaded(project, days, monkeypatch):
    days(rose=[10] * 28 + [20] * 7)
    first = news(project)
    monkeypatch.setattr("analytics.presentation.news.looked_up", lambda *_: pytest.fail("again"))
    assert news(project) == first
    monkeypatch.undo()
    days(other=[10] * 28 + [20] * 7)
    assert len(news(project).stories) == 2


@pytest.mark.django_db
def test_the_stories_of_the_demo_are_found(store):
    """The new feature, the broken checkout when it was broken, and the feature that grows since."""
    demo.create(User.objects.create_user("demo@example.com"))
    music = Project.objects.get(slug=demo.SLUG)
    loader.drain(music.pk)
    now = timezone.now()
    launched = now - timedelta(listeners.LAUNCH - 7)
    assert "Sing Along came in for the first time" in titles(music, launched)
    broken = now - timedelta(listeners.BROKEN_UNTIL - 1)
    story = next(each for each in news(music, broken).stories if each.kind == "Funnel")
    assert story.title.startswith("Fewer get from Pricing Viewed to Payment")
    assert (story.direction, story.icon) == ("down", "bars")
    assert any(each.startswith("Sing Along") for each in titles(music))
