"""Who is who: anonymous to known, aliases, merges, in any order and at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.store import audit, client, loader, tables
from people.ingest.messages import Alias, Id, Identify, Kind, Track
from people.ingest.record import record
from people.models import Event, Identity, Person, PersonList, Tombstone

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def known(value):
    return Id(value, Kind.EXTERNAL)


def device(value):
    return Id(value, Kind.ANONYMOUS)


def did(name, *ids, minute=0):
    return Track(ids, name, START + timedelta(minutes=minute), f"{name} {ids} {minute}", {})


def is_now(*ids, minute=0, **attributes):
    return Identify(ids, START + timedelta(minutes=minute), attributes)


def people():
    """Each person as the ids that name them."""
    return sorted(
        sorted(person.identities.values_list("value", flat=True)) for person in Person.objects.all()
    )


def tell(project, *messages):
    for message in messages:
        record(project, [message], source="test")


VISIT = [
    did("look", device("phone")),
    is_now(device("phone"), minute=1, plan="free"),
    is_now(known("ann"), device("phone"), minute=2, plan="pro"),
    did("buy", known("ann"), minute=3),
]


def test_whoever_is_new_is_written_once(project):
    """And whoever is changed beside them, too: a person costs more to write than an event."""
    record(project, [did("buy", known("ann"))], source="test")
    both = [is_now(known("ann"), minute=1, plan="pro"), did("buy", known("bob"), minute=2)]
    with CaptureQueriesContext(connection) as asked:
        record(project, both, source="test")
    written = [each["sql"] for each in asked if each["sql"].startswith('INSERT INTO "people_per')]
    assert [("bob" in each, "ann" in each) for each in written] == [(True, False), (False, True)]
    assert people() == [["ann"], ["bob"]]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_anonymous_to_known_in_any_order(project, order):
    tell(project, *(VISIT[index] for index in order))
    assert people() == [["ann", "phone"]]
    person = Person.objects.get()
    assert person.attributes["plan"] == "pro"
    assert person.attributes["external_id"] == "ann"
    assert person.first_seen == START
    assert person.events.count() == 2


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_one_request_does_as_many_do(project, order):
    record(project, [VISIT[index] for index in order], source="test")
    assert people() == [["ann", "phone"]]
    assert Person.objects.get().events.count() == 2


def test_a_shared_device_does_not_make_two_known_people_one(project):
    tell(
        project,
        is_now(known("ann"), device("tv")),
        is_now(known("bob"), device("tv"), minute=1),
        did("watch", known("bob"), device("tv"), minute=2),
    )
    assert people() == [["ann", "tv"], ["bob"]]
    assert Person.objects.get(identities__value="bob").events.count() == 1


def test_an_alias_does(project):
    tell(
        project,
        did("a", known("ann")),
        did("b", known("anna"), minute=1),
        Alias((known("ann"), known("anna")), START),
    )
    assert people() == [["ann", "anna"]]
    assert Event.objects.filter(person=Person.objects.get()).count() == 2
    assert Tombstone.objects.count() == 1
    assert Person.objects.get().attributes["external_id"] == "ann"


def test_the_later_write_by_its_own_time_wins_also_through_a_merge(project):
    tell(
        project,
        is_now(known("ann"), minute=5, plan="pro"),
        is_now(known("ann"), minute=1, plan="free", city="Split"),
        is_now(device("phone"), minute=9, plan="team"),
        is_now(known("ann"), device("phone"), minute=2),
    )
    attributes = Person.objects.get().attributes
    assert (attributes["plan"], attributes["city"]) == ("team", "Split")


def test_registered_at_is_what_was_set_else_the_earliest_thing_known(project):
    tell(project, did("a", known("ann"), minute=5), did("a", known("ann"), minute=1))
    assert Person.objects.get().known()["registered_at"] == "2026-05-04T10:01:00.000Z"
    tell(project, is_now(known("ann"), registered_at="2026-05-03"))
    assert Person.objects.get().known()["registered_at"] == "2026-05-02T22:00:00.000Z"


def test_after_a_merge_a_report_counts_one_person(project, ask):
    report = {
        "kind": "segmentation",
        "metric": "people",
        "period": {"start": "2026-05-04", "end": "2026-05-04"},
        "events": [{"event": "look"}],
    }
    tell(project, did("look", known("ann")), did("look", device("phone"), minute=1))
    result = ask(report)
    assert (result["segments"][0]["size"], result["series"][0]["total"]["value"]) == (2, 2)
    tell(project, is_now(known("ann"), device("phone")))
    result = ask(report)
    assert (result["segments"][0]["size"], result["series"][0]["total"]["value"]) == (1, 1)
    assert list(audit.differences()) == []


@pytest.fixture
def ask(project, db):
    from analytics.models import Question, answer  # noqa: PLC0415

    audit.open_store()
    tables.empty()

    def compute(definition):
        loader.drain(project.pk)
        return answer(Question.of(project, definition)).dump()

    return compute


def test_a_merge_in_a_circle_ends(project):
    ids = [known(name) for name in ("a", "b", "c")]
    tell(project, *(did("x", each) for each in ids))
    tell(project, *(Alias((ids[n], ids[n - 1]), START) for n in range(3)))
    assert people() == [["a", "b", "c"]]
    assert Person.objects.get().events.count() == 3


@pytest.mark.django_db(transaction=True)
def test_merges_and_changes_at_once_lose_nothing(project):
    """Sixty people are made one by eight threads that send and change meanwhile."""
    names = [f"p{n}" for n in range(60)]
    record(project, [did("start", known(name)) for name in names], source="test")

    def work(seed):
        rng = random.Random(seed)
        try:
            for step in range(25):
                one, other = rng.sample(names, 2)
                record(project, [Alias((known(one), known(other)), START)], source="test")
                record(project, [did(f"more {seed}", known(one), minute=step)], source="test")
                record(project, [is_now(known(other), minute=step, seed=seed)], source="test")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    record(project, [Alias((known("p0"), known(name)), START) for name in names[1:]], source="test")
    assert people() == [sorted(names)]
    events = Event.objects.values_list("uid", flat=True)
    assert len(set(events)) == len(events)
    assert events.filter(definition__name="start").count() == 60
    assert Event.objects.filter(person=Person.objects.get()).count() == len(events)
    assert Identity.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_writers_and_a_loader_at_once_miss_nothing(project):
    audit.open_store()
    tables.empty()
    total = 8 * 12 * 5

    def write(seed):
        try:
            for n in range(12):
                batch = [
                    did("x", known(f"u{seed}-{n}-{k}"), minute=seed * 100 + n) for k in range(5)
                ]
                record(project, batch, source="test")
        finally:
            connection.close()

    with ThreadPoolExecutor(9) as pool:
        writing = [pool.submit(write, seed) for seed in range(8)]
        while not all(each.done() for each in writing):
            loader.drain(project.pk)
        for each in writing:
            each.result()
    loader.drain(project.pk)
    assert Event.objects.count() == total
    assert client.look("SELECT count(), uniqExact(id) FROM events") == [(total, total)]
    assert list(audit.differences()) == []


# --- Aliases: the identified id is the external one ---------------------------------------------


def external_id():
    return Person.objects.get().attributes["external_id"]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    "before",
    [
        [is_now(known("ann"), plan="pro"), did("look", known("other"))],
        [did("look", device("other")), did("buy", known("ann"))],
        [is_now(known("ann"), plan="pro")],
        [did("look", device("other"))],
    ],
)
def test_whichever_way_round_a_pair_is_named_the_identified_id_is_the_external_one(
    project, before, turned
):
    pair = (known("other"), known("ann")) if turned else (known("ann"), known("other"))
    tell(project, *before, Alias(pair, START, either_way=True))
    assert people() == [["ann", "other"]]
    assert external_id() == "ann"


@pytest.mark.parametrize("turned", [False, True])
def test_what_looks_made_up_is_not_the_identified_id(project, turned):
    made_up = known("0190a3c1-5bb1-7d3e-9c3f-2f6c0b8f3a11")
    pair = (made_up, known("ann")) if turned else (known("ann"), made_up)
    tell(project, Alias(pair, START, either_way=True))
    assert external_id() == "ann"


def test_an_alias_that_says_which_is_which_makes_the_new_id_the_external_one(project):
    tell(project, is_now(known("old"), plan="pro"), Alias((known("ann"), device("old")), START))
    assert external_id() == "ann"
    tell(project, did("look", known("old"), minute=9))
    assert external_id() == "ann"


def test_what_was_unset_later_stays_unset_through_a_merge(project):
    tell(
        project,
        is_now(device("phone"), minute=1, plan="free"),
        is_now(known("ann"), minute=2, plan="pro"),
        is_now(known("ann"), minute=3, plan=None),
        is_now(known("ann"), device("phone"), minute=4),
    )
    assert "plan" not in Person.objects.get().attributes


def test_fixed_lists_and_events_go_with_a_chain_of_merges(project):
    tell(project, *(did("look", known(f"a{n}"), minute=n) for n in range(3)))
    on = PersonList.objects.create(project=project)
    on.people.add(*Person.objects.order_by("pk")[1:])
    chain = [Alias((known(f"a{n}"), known(f"a{n + 1}")), START) for n in (1, 0)]
    record(project, chain, source="test")
    person = Person.objects.get()
    assert (person.events.count(), list(on.people.all())) == (3, [person])
    assert Tombstone.objects.count() == 2
