"""The help is never wrong: what it says of its people, the engine says of them."""

from datetime import timedelta

import pytest

from analytics.definitions.alerts import parse_watched
from analytics.definitions.figures import parse_figure
from analytics.engine.readings import read
from analytics.lessons import CHAPTERS
from analytics.lessons.parts import START
from analytics.models import Question, answer, fetch
from analytics.store import loader
from people.models import Identity

LESSONS = [
    pytest.param(lesson, id=f"{key}: {lesson.title}")
    for key, chapter in CHAPTERS.items()
    for lesson in chapter.lessons
]


@pytest.mark.django_db
@pytest.mark.parametrize("lesson", LESSONS)
def test_what_the_help_says_is_what_the_engine_says(project, journeys, lesson):
    project.timezone = "UTC"
    project.save()
    journeys(
        **{
            name: [(each.minutes, each.event, dict(each.properties)) for each in did]
            for name, did in lesson.people.items()
        }
    )
    loader.drain(project.pk)
    question = Question.of(project, dict(lesson.definition), now=START + timedelta(60))
    result = answer(question)
    assert lesson.answers
    for each in lesson.answers:
        watched = parse_watched(question.definition, dict(each.figure))
        assert read(result, watched).value == pytest.approx(each.value), each.words
        if each.who is not None:
            figure = parse_figure(question.definition, dict(each.figure))
            people = [person for (person,) in fetch(question.people(figure))]
            named = Identity.objects.filter(person__in=people).values_list("value", flat=True)
            assert sorted(named) == sorted(each.who), each.words


@pytest.mark.django_db
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_chapter_has_its_page(client, alice, chapter):
    client.force_login(alice)
    page = client.get(f"/help/{chapter}/").content.decode()
    for lesson in CHAPTERS[chapter].lessons:
        assert lesson.title in page.replace("&#x27;", "'")
    assert client.get("/help/nothing/").status_code == 404
