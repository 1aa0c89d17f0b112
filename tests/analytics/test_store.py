"""The store holds what the record says: after loading, crashes, merges, damage and rebuilding."""

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from analytics import tasks
from analytics.models import Run
from analytics.models.questions import compute
from analytics.store import audit, client, lines, loader, tables
from people.ingest import segment
from people.ingest.record import record
from people.models import Batch, Event, Load, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(journeys, project):
    journeys(
        ann=[{"country": "HR"}, (0, "signup"), (5, "buy"), (60 * 24 * 40, "buy")],
        bob=[(0, "signup", {"a.b": 1, "a": {"b": 2}, "list": ["x"], "when": "2026-05-01"})],
    )
    return project


def in_store():
    [(count,)] = client.look("SELECT count() FROM events")
    return count


def test_what_was_accepted_is_loaded_once(sent):
    loader.drain(sent.pk)
    loader.drain(sent.pk)
    assert in_store() == 4
    assert list(audit.differences()) == []
    assert not Batch.objects.waiting().exists()


def test_instants_between_two_milliseconds_are_no_difference(sent):
    Event.objects.update(at=datetime(2026, 5, 4, 10, 0, 0, 999_999, tzinfo=UTC))
    loader.drain(sent.pk)
    assert list(audit.differences()) == []


def test_a_report_sees_what_was_accepted_before_it(sent, ask):
    report = {
        "kind": "segmentation",
        "metric": "events",
        "period": {"start": "2026-05-01", "end": "2026-06-30"},
        "events": [{"event": "buy"}],
    }
    assert ask(report)["series"][0]["total"]["value"] == 2


def test_a_load_whose_loader_died_before_the_insert_is_taken_over(sent):
    load = loader.take(sent.pk)
    assert load
    assert loader.take(sent.pk) is None
    Load.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    loader.drain(sent.pk)
    assert in_store() == 4
    assert list(audit.differences()) == []


def test_a_load_whose_loader_died_after_the_insert_is_not_doubled(sent):
    load = loader.take(sent.pk)
    loader.bring(load)
    Load.objects.update(loaded_at=None, leased_until=timezone.now() - timedelta(seconds=1))
    loader.drain(sent.pk)
    assert in_store() == 4
    assert Load.objects.get().attempt == 1


def test_a_load_of_which_a_part_arrived_is_loaded_again_whole(sent):
    load = loader.take(sent.pk)
    loader.bring(load)
    client.command("DELETE FROM events WHERE event = 'buy' AND at < '2026-05-10'")
    Load.objects.update(loaded_at=None, leased_until=None)
    loader.drain(sent.pk)
    assert in_store() == 4
    assert list(audit.differences()) == []


def test_a_phantom_token_does_not_lose_the_load(sent):
    """The engine remembers the token of rows it never kept; the next attempt has another."""
    load = loader.take(sent.pk)
    loader.bring(load)
    client.command("DELETE FROM events WHERE 1")
    Load.objects.update(loaded_at=None, leased_until=None, attempt=0)
    loader.drain(sent.pk)
    assert in_store() == 4


def test_a_loader_that_lost_its_lease_stops(sent):
    slow = loader.take(sent.pk)
    Load.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    loader.drain(sent.pk)
    loader.bring(slow)
    assert in_store() == 4
    assert Load.objects.get().attempt == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_over_a_load_that_goes_on_for_long(sent, monkeypatch):
    """Longer than its lease: the loader says that it is at it."""
    monkeypatch.setattr(loader, "HEARTBEAT", timedelta(seconds=0.1))
    monkeypatch.setattr(loader, "LEASE", timedelta(seconds=1))
    insert, others = client.insert, []

    def slow(*given):
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            others.append(loader.take(sent.pk))
            time.sleep(0.1)
        insert(*given)

    monkeypatch.setattr(client, "insert", slow)
    loader.drain(sent.pk)
    assert len(others) > 10
    assert set(others) == {None}
    assert Load.objects.get().attempt == 1
    assert in_store() == 4


def test_the_audit_names_what_differs_and_a_rebuild_mends_it(sent, ask):
    loader.drain(sent.pk)
    client.command("DELETE FROM events WHERE event = 'signup'")
    client.command("DELETE FROM people WHERE 1")
    found = list(audit.differences())
    assert [text.split()[0] for text in found] == ["Load", "2"]
    audit.forget()
    assert list(audit.rebuild()) == [sent.pk]
    assert list(audit.differences()) == []
    assert in_store() == 4


def test_a_store_that_was_lost_is_filled_again(sent):
    loader.drain(sent.pk)
    for table in ("events", "people", "schema_files"):
        client.command(f"DROP TABLE {table} SYNC")
    audit.open_store()
    loader.drain(sent.pk)
    assert in_store() == 4
    assert list(audit.differences()) == []


def test_a_rebuild_beside_a_loader_loses_and_doubles_nothing(sent):
    """The loader had read its load back before the store was emptied, and marks it after."""
    load = loader.take(sent.pk)
    loader.bring(load)
    Load.objects.update(loaded_at=None)
    audit.forget()
    loader.mark_loaded(load, {})
    assert Batch.objects.waiting().exists()
    Load.objects.update(leased_until=None)
    loader.drain(sent.pk)
    assert in_store() == 4
    assert list(audit.differences()) == []


def test_a_folder_that_was_taken_away_is_noticed_and_filled_again(sent, settings):
    loader.drain(sent.pk)
    shutil.rmtree(client.engine_folder())
    with pytest.raises(client.StoreLost):
        in_store()
    tasks.load()
    assert in_store() == 4
    assert list(audit.differences()) == []


def flip_a_byte(table):
    """In the largest file of a table, as a disk that forgets does; not of parts that are on their
    way out, which nobody reads."""
    parts = client.look(
        "SELECT path FROM system.parts WHERE database = currentDatabase() AND active"
        " AND table = {table:String}",
        table=table,
    )
    files = [each for (path,) in parts for each in Path(path).rglob("*.bin")]
    damaged = max(files, key=lambda each: each.stat().st_size)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0x10
    damaged.write_bytes(content)


@pytest.mark.parametrize("table", ["events", "people"])
def test_a_byte_that_was_flipped_is_noticed_and_mended(sent, table):
    loader.drain(sent.pk)
    tasks.inspect_store()
    assert Load.objects.exclude(loaded_at=None).exists()
    flip_a_byte(table)
    tasks.inspect_store()
    loader.drain(sent.pk)
    assert in_store() == 4
    assert list(audit.differences()) == []
    assert audit.damaged_tables() == []


def test_a_part_that_does_not_open_is_noticed_and_mended(sent):
    loader.drain(sent.pk)
    [(part,)] = client.look(
        "SELECT path FROM system.parts WHERE table = 'events' AND active LIMIT 1"
    )
    client.close()
    for file in Path(part).glob("*"):
        file.write_bytes(b"")
    assert in_store() < 4
    tasks.inspect_store()
    loader.drain(sent.pk)
    assert in_store() == 4
    assert audit.parts_left_out() == []


def test_a_reader_who_finds_damage_has_it_mended(sent, monkeypatch):
    loader.drain(sent.pk)
    woken = []
    monkeypatch.setattr(client, "wake", woken.append)
    flip_a_byte("events")
    with pytest.raises(client.StoreDamaged):
        client.look("SELECT * FROM events")
    assert woken == ["analytics.tasks.inspect_store"]


def test_a_report_that_finds_the_store_lost_comes_through(sent):
    loader.drain(sent.pk)
    shutil.rmtree(client.engine_folder())
    report = {
        "kind": "segmentation",
        "metric": "events",
        "period": {"start": "2026-05-01", "end": "2026-06-30"},
        "events": [{"event": "buy"}],
    }
    run = Run.objects.create(project=sent, definition=report, question="x")
    compute(run)
    assert run.error == ""
    assert run.result["series"][0]["total"]["value"] == 2


def test_what_is_not_there_after_the_wait_is_told_with_its_share(sent):
    loader.drain(sent.pk)
    audit.forget()
    with pytest.raises(client.StoreAway, match="being rebuilt: 0 % of the events are there"):
        loader.drain(sent.pk, until=timezone.now() - timedelta(seconds=1))


def test_the_commands(sent, capsys):
    call_command("check_store")
    assert "holds what the database says" in capsys.readouterr().out
    client.command("DELETE FROM events WHERE event = 'signup'")
    with pytest.raises(CommandError) as caught:
        call_command("check_store")
    assert caught.value.returncode == 1
    call_command("rebuild_store")
    call_command("check_store")


def test_a_changed_person_is_loaded_again(journeys, ask, project):
    report = {
        "kind": "funnel",
        "period": {"start": "2026-05-01", "end": "2026-05-31"},
        "window": {"value": 1, "unit": "day"},
        "steps": [{"event": "signup"}, {"event": "buy"}],
        "segments": [
            {
                "name": "Croatia",
                "condition": {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]},
            }
        ],
    }
    journeys(ann=[(0, "signup")])
    assert ask(report)["segments"][0]["size"] == 0
    journeys(ann=[{"country": "HR"}])
    assert ask(report)["segments"][0]["size"] == 1
    assert Person.objects.filter(project=project).count() == 1


def test_readers_cannot_change_or_reach_out(store):
    for sql in (
        "DROP TABLE events",
        "INSERT INTO schema_files VALUES ('x')",
        "SELECT * FROM url('http://127.0.0.1:9/', 'CSV', 'a String')",
        "SELECT * FROM file('/etc/hostname', 'CSV', 'a String')",
    ):
        with pytest.raises(client.StoreError):
            client.ask(sql, {})


def test_a_question_that_takes_too_long_is_stopped_with_advice(store, limits):
    limits.QUERY_SECONDS = 1
    with pytest.raises(client.StoreError, match="Choose a shorter period"):
        client.ask("SELECT sum(sipHash64(number)) FROM numbers(100000000000)", {})


def test_tables_are_made_once(store):
    assert tables.pending() == []
    tables.migrate()
    assert tables.pending() == []


def test_a_load_is_bounded_by_bytes_as_by_events(project, journeys, monkeypatch):
    monkeypatch.setattr(loader, "MOST_BYTES", 25_000)
    for n in range(6):
        journeys(ann=[(n, "look", {"text": "ž" * 5_000})])
    loader.drain(project.pk)
    sizes = [each.batches.count() for each in project.loads.order_by("pk")]
    assert sizes == [3, 3]
    assert not list(audit.differences())


def at(year, month):
    return f"{year}-{month:02}-15T12:00:00Z"


def test_events_of_every_month_since_1900_make_few_parts(project, store):
    months = [(year, month) for year in range(1900, 2026) for month in range(1, 13)]
    calls = [
        {"type": "track", "userId": "ann", "event": "look", "timestamp": at(*each)}
        for each in months
    ]
    record(project, segment.parse(calls, None, timezone.now()).messages, source="test")
    loader.drain(project.pk)
    assert in_store() == len(months)
    assert list(audit.differences()) == []
    rows = client.look(
        "SELECT DISTINCT partition FROM system.parts WHERE table = 'events' AND active"
    )
    # The loader's blocks are the table's own partitions, so that each is inserted whole.
    days = (datetime.fromisoformat(at(*each)).date() - lines.EPOCH for each in months)
    assert {row[0] for row in rows} == {lines.partition_of(each.days) for each in days}
    assert len(rows) == 1 + 20 + 6 * 12


def test_a_store_of_an_older_shape_is_made_anew_and_filled_again(sent):
    loader.drain(sent.pk)
    name = "0004_partitions.sql"
    client.command("ALTER TABLE schema_files DELETE WHERE name = {name:String}", name=name)
    while name not in {each.name for each in tables.pending()}:
        time.sleep(0.05)
    audit.open_store()
    assert in_store() == 0
    loader.drain(sent.pk)
    assert in_store() == 4
    assert list(audit.differences()) == []
