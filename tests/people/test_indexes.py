"""What is asked at every request costs the same with a long history as with a short one."""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from analytics.store import loader
from people.models import Batch, Identity, Load, Person

pytestmark = pytest.mark.django_db
# Loads that are done, and the batches of each.
LOADS, BATCHES = 2_000, 20


def plan(query: QuerySet) -> str:
    """How the database goes about a query, once it knows its tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return query.explain()


def reads_all_of(table: str, told: str) -> bool:
    whole = (f"Seq Scan on {table}", f"SCAN {table}")
    lines = [line for line in told.splitlines() if "USING INDEX" not in line]
    return any(each in line for line in lines for each in whole)


@pytest.fixture
def long_history(project):
    done = [Load(project=project, loaded_at=timezone.now()) for _ in range(LOADS)]
    loads = Load.objects.bulk_create(done) * BATCHES
    Batch.objects.bulk_create(Batch(project=project, source="test", load=each) for each in loads)
    at_it = Load.objects.create(project=project)
    Batch.objects.create(project=project, source="test", load=at_it)
    Batch.objects.create(project=project, source="test")


def test_what_waits_is_found_without_reading_what_does_not(project, long_history):
    for waiting in (
        Batch.objects.waiting(),
        Batch.objects.waiting(project.pk),
        Batch.objects.waiting(project.pk).filter(pk__lte=10**9),
        Batch.objects.waiting().values_list("project_id", flat=True).distinct(),
        Batch.objects.filter(project=project, load=None).order_by("pk"),
    ):
        told = plan(waiting)
        assert not reads_all_of("people_batch", told), told
    assert Batch.objects.waiting(project.pk).count() == 2
    assert loader.projects_waiting() == [project.pk]


@pytest.fixture
def many_people(project):
    batch = Batch.objects.create(project=project, source="test")
    now = timezone.now()
    fields = {"project": project, "batch": batch, "first_seen": now}
    fields |= {"created_at": now, "modified_at": now}
    people = Person.objects.bulk_create(Person(**fields) for _ in range(5_000))
    Identity.objects.bulk_create(
        Identity(project=project, person=each, value=f"user-{n:05}", kind="external")
        for n, each in enumerate(people)
    )
    return people


def test_people_are_found_by_the_beginning_of_an_id_by_an_index(project, many_people):
    found = Identity.objects.filter(project=project, value__begins="user-0001")
    told = plan(found)
    assert "one_identity" in told, told
    assert "value" in told.partition("one_identity")[2], told
    assert sorted(found.values_list("value", flat=True)) == [f"user-{n:05}" for n in range(10, 20)]


def test_people_are_found_by_their_email_by_an_index(project, many_people):
    for n, person in enumerate(many_people):
        person.attributes = {"email": f"{n}@example.com"}
    Person.objects.bulk_update(many_people, ["attributes"])
    found = Person.objects.reached_by(project, "77@example.com")
    told = plan(found)
    assert "person_by_email" in told, told
    assert found.get() == many_people[77]


@pytest.mark.parametrize(
    "text", ["a", "A", "%", "_", "\\", "\ud7ff", "\U0010ffff", "é", "a\U0010ffff"]
)
def test_the_beginning_is_taken_by_the_letter(project, many_people, text):
    values = [text, f"{text}z", f"{text}\U0010ffff", f"b{text}", "b", "é\u0301", "B"]
    for value, person in zip(values, many_people, strict=False):
        Identity.objects.create(project=project, person=person, value=value, kind="anonymous")
    found = Identity.objects.filter(project=project, value__begins=text)
    assert set(found.values_list("value", flat=True)) == {
        each for each in values if each.startswith(text)
    }
