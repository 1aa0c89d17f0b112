"""The same answers with everything on one shard and on two, in process and over HTTP.

Two shards are two halves of the people behind one address: a view shows of each table what belongs
to the shard that asks, and `remote` asks both.
"""

import socket
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.store import audit, client, loader, tables
from people.models import Load, Project
from tests import oracle
from tests.analytics.test_oracle import results, settle, without_labels
from tests.analytics.test_separation import of_kinds, separated
from tests.questions import questions
from tests.services import store_process
from tests.worlds import worlds

EXAMPLES = 20
SHARDS = "127.0.0.1,localhost"
OWN = "sipHash64(person) % 2 + 1 = shardNum()"
FINAL = "default.people FINAL"
TWO_SHARDS = [
    "CREATE DATABASE IF NOT EXISTS shards",
    f"CREATE VIEW IF NOT EXISTS shards.own_events AS SELECT * FROM default.events WHERE {OWN}",
    f"CREATE VIEW IF NOT EXISTS shards.own_people AS SELECT * FROM {FINAL} WHERE {OWN}",
    f"CREATE TABLE IF NOT EXISTS shards.events AS remote('{SHARDS}', 'shards', 'own_events')",
    f"CREATE TABLE IF NOT EXISTS shards.people AS remote('{SHARDS}', 'shards', 'own_people')",
]


@pytest.fixture(scope="module")
def stores(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[dict[str, str]]:
    """Addresses of the embedded store and of one behind HTTP, each with one shard and with two."""
    from django.conf import settings as configured  # noqa: PLC0415

    embedded = configured.STORE_URL
    with store_process(tmp_path_factory.mktemp("gateway")) as served:
        with django_db_blocker.unblock():
            for address in (embedded, f"{served}/default"):
                configured.STORE_URL = address
                audit.open_store()
                for statement in TWO_SHARDS:
                    client.command(statement)
        configured.STORE_URL = embedded
        yield {
            "embedded, one shard": embedded,
            "embedded, two shards": f"{embedded}?database=shards",
            "over HTTP, one shard": f"{served}/default",
            "over HTTP, two shards": f"{served}/shards",
        }
        configured.STORE_URL = embedded
        client.close()


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(st.data())
def test_every_store_gives_the_same_answers(stores: dict[str, str], data: st.DataObject) -> None:
    from django.conf import settings as configured  # noqa: PLC0415

    embedded = configured.STORE_URL
    world = data.draw(worlds())
    asked = [data.draw(questions(world)) for _ in range(2)]
    tables.empty()
    project = settle(world)
    try:
        bring_into(stores["over HTTP, one shard"], project)
        for question, (name, address) in product(asked, stores.items()):
            configured.STORE_URL = address
            expected = oracle.answer(world, question)
            result = results(project, question, world.now)
            assert without_labels(expected, result) == expected, name
    finally:
        configured.STORE_URL = embedded


@pytest.mark.django_db
def test_the_same_separates_in_every_store(
    stores: dict[str, str], project: Project, journeys: Any
) -> None:
    from django.conf import settings as configured  # noqa: PLC0415

    embedded = configured.STORE_URL
    journeys(**{f"p{n}": of_kinds(n, at_once=n % 2 == 0) for n in range(60)})
    loader.drain(project.pk)
    expected = separated(project)
    assert len(expected.separators) > 60
    try:
        bring_into(stores["over HTTP, one shard"], project)
        for name, address in stores.items():
            configured.STORE_URL = address
            assert separated(project) == expected, name
    finally:
        configured.STORE_URL = embedded


def bring_into(address: str, project: Project) -> None:
    """Bring what is loaded already into another store, too."""
    from django.conf import settings as configured  # noqa: PLC0415

    configured.STORE_URL = address
    tables.empty()
    Load.objects.filter(project=project).delete()
    loader.drain(project.pk)


@pytest.mark.django_db
def test_a_server_that_is_away_says_so(settings: Any) -> None:
    # A port that nobody else can take, and that refuses who calls.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.STORE_URL = f"clickhouse://127.0.0.1:{taken.getsockname()[1]}/default"
        began = time.monotonic()
        with pytest.raises(client.StoreAway, match="cannot be opened"):
            client.ask("SELECT 1", {})
    assert time.monotonic() - began < 20
