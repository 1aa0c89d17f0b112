"""Exports of each product against the truth that they were all made from."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from people.imports.loading import preview
from people.imports.tables import instant
from people.models import Event, Person
from tests.people.captured import RECORDS

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples"
TRUTH = json.loads((SAMPLES / "expected.json").read_text())
KNOWN = [each for each in TRUTH["events"] if each["user_id"]]


@pytest.fixture
def load(project, tmp_path):
    """load(file, format, **options): as the command does it; the rejected rows."""

    def run(file, kind, **options):
        rejected = tmp_path / "rejected.jsonl"
        path = file if isinstance(file, Path) else SAMPLES / file
        call_command(
            "import_events", path, project=project.slug, format=kind, rejected=rejected, **options
        )
        lines = rejected.read_text().splitlines() if rejected.exists() else []
        return [json.loads(line) for line in lines]

    return run


def moments():
    return sorted(at.replace(microsecond=0) for at in Event.objects.values_list("at", flat=True))


def true_moments(events):
    whole = (datetime.fromisoformat(each["time"]).replace(microsecond=0) for each in events)
    return sorted(whole)


def ids_of_people():
    return sorted(
        sorted(person.identities.values_list("value", flat=True)) for person in Person.objects.all()
    )


PEOPLE = [["ana@example.com", "d-1"], ["d-2"], ["ivan@example.com"]]
AMPLITUDES = [*PEOPLE[:2], ["dev-ivan@example.com", "ivan@example.com"]]
ALIASED = [["ana-old-id", "ana@example.com", "d-1"], ["d-2"], ["ivan@example.com"]]
GA4_PEOPLE = None


@pytest.mark.parametrize(
    ("files", "kind", "people"),
    [
        (["mixpanel_export.jsonl", "mixpanel_people_engage.json"], "mixpanel", PEOPLE),
        (["mixpanel_export_time_in_ms.jsonl.gz"], "mixpanel", PEOPLE),
        (["amplitude_export.zip"], "amplitude", AMPLITUDES),
        (["posthog_events.jsonl"], "posthog", PEOPLE),
        (["posthog_events.parquet"], "posthog", PEOPLE),
        (["posthog_events.csv"], "posthog", PEOPLE),
        (["segment"], "segment", ALIASED),
        (["ga4_bigquery_events_20261122.json.gz"], "ga4", GA4_PEOPLE),
        (["ga4_bigquery_events.parquet"], "ga4", GA4_PEOPLE),
    ],
)
def test_every_export_gives_the_same_people_and_events(load, files, kind, people):
    for _ in range(2):
        for file in files:
            assert load(file, kind) == []
        assert moments() == true_moments(TRUTH["events"])
        found = ids_of_people()
        if kind == "ga4":
            found = [
                [each for each in ids if not each.startswith("ivan") or "@" in each]
                for ids in found
            ]
            assert len(found) == 3
        else:
            assert found == people
    named = dict(Event.objects.values_list("at", "properties"))
    video = named[datetime(2026, 11, 20, 12, 10, tzinfo=UTC)]
    assert (video["videoId"], video["seconds"]) == (17, 33.5)
    payment = named[datetime(2026, 11, 20, 12, 30, tzinfo=UTC)]
    assert (payment["amount"], payment["currency"]) == (9.99, "EUR")
    note = named[datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]["note"]
    assert note == 'line1\nline2 "quoted", comma'


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        (["mixpanel_people_engage.json"], "mixpanel"),
        (["amplitude_export.zip"], "amplitude"),
        (["posthog_events.jsonl"], "posthog"),
        (["posthog_events.parquet"], "posthog"),
        (["segment"], "segment"),
        (["ga4_bigquery_events_20261122.json.gz"], "ga4"),
    ],
)
def test_every_export_gives_the_same_attributes(load, files, kind):
    for file in files:
        load(file, kind)
    for name, expected in TRUTH["people_attributes"].items():
        known = Person.objects.get(identities__value=name).known()
        for attribute in ("country", "plan", "age", "vip"):
            assert known[attribute] == expected[attribute], (name, attribute)
        # A day given for an instant is that day's start in Zagreb.
        assert known["registered_at"][:10] < expected["registered_at"]


def test_infobips_files(load):
    for _ in range(2):
        load("infobip_people_upsert.json", "infobip")
        assert load("infobip_people_events_batch.json", "infobip") == []
    assert moments() == true_moments(KNOWN)
    assert ids_of_people() == [["1", "ana@example.com"], ["2", "ivan@example.com"]]
    assert Person.objects.get(identities__value="1").attributes["tags"] == ["VIP"]


# --- Tables -------------------------------------------------------------------------------------


def written(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "table.csv"
    file.write_bytes(text.encode(encoding))
    return file


def test_a_table_of_ones_own(load, tmp_path):
    file = written(
        tmp_path,
        "\ufeffKunde;Was;Wann;Preis;Zip;Neu\r\n"
        "ann;Kauf;31.05.2026 10:00;9,99;01234;true\r\n"
        "bob;Kauf;1780221600;5;80331;false\r\n"
        "cid;Kauf;46173,5;;;\r\n"
        ";Kauf;2026-05-31;1;;\r\n"
        "dan;Kauf;gestern;1;;\r\n"
        "eve;;2026-05-31;1;;\r\n",
    )
    columns = {"person": "Kunde", "event": "Was", "time": "Wann"}
    wrong = load(file, "csv", **columns)
    assert [(each["row"], list(each["errors"])) for each in wrong] == [
        (4, ["Kunde"]), (5, ["Wann"]), (6, ["Was"])
    ]  # fmt: skip
    assert wrong[1]["record"]["Kunde"] == "dan"
    at = {e.person.attributes["external_id"]: (e.at, e.properties) for e in Event.objects.all()}
    assert at["ann"] == (
        datetime(2026, 5, 31, 8, tzinfo=UTC), {"Preis": 9.99, "Zip": "01234", "Neu": True}
    )  # fmt: skip
    assert at["bob"][0] == datetime(2026, 5, 31, 10, tzinfo=UTC)
    assert at["cid"][0] == datetime(2026, 5, 31, 10, tzinfo=UTC)
    load(file, "csv", **columns)
    assert Event.objects.count() == 3


def test_a_table_without_events_says_what_people_are(load, tmp_path):
    load(written(tmp_path, "user_id,first_name,plan\nann,Ann,pro\n"), "csv")
    assert Person.objects.get().attributes == {
        "external_id": "ann", "first_name": "Ann", "plan": "pro"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("a,b\n1,2\n", "csv", "Which column has the person"),
        ("user_id,event\nann,buy\n", "csv", "Which column has the time"),
        ("PK not a zip", "amplitude", "zip"),
        ("PAR1 not parquet", "posthog", "arquet"),
    ],
)
def test_what_cannot_be_read_says_why(load, tmp_path, text, kind, reason):
    with pytest.raises(CommandError, match=reason):
        load(written(tmp_path, text), kind)


def test_a_damaged_archive_names_the_place(load, tmp_path):
    file = tmp_path / "cut.gz"
    file.write_bytes((SAMPLES / "mixpanel_export_time_in_ms.jsonl.gz").read_bytes()[:-40])
    with pytest.raises(CommandError, match=r"cut\.gz, after record"):
        load(file, "mixpanel")


def test_a_damaged_line_leaves_its_neighbours(load, tmp_path):
    lines = (SAMPLES / "posthog_events.jsonl").read_text().splitlines()
    file = written(tmp_path, "\n".join([lines[0], '{"broken": ', *lines[1:]]))
    [wrong] = load(file, "posthog")
    assert (wrong["row"], "not JSON" in wrong["errors"][""][0]) == (2, True)
    assert moments() == true_moments(TRUTH["events"])


@pytest.mark.parametrize(
    ("kind", "field", "wrong"),
    [
        ("amplitude", "user_properties", "text"),
        ("amplitude", "event_properties", 5),
        ("amplitude", "event_time", "0001-01-01 00:00:00"),
        ("infobip", "identifier", None),
        ("infobip", "occurredTime", "9999-12-31T23:59:59.000+0000"),
        ("ga4", "event_params", [5]),
        ("ga4", "event_params", [{"key": "a", "value": {"int_value": "many"}}]),
        ("ga4", "user_properties", {"a": 1}),
        ("posthog", "properties", "{broken"),
    ],
)
def test_a_malformed_row_is_rejected_and_its_neighbours_kept(load, tmp_path, kind, field, wrong):
    good = RECORDS[kind][-1 if kind == "posthog" else 0]
    broken = good | {field: wrong, "uuid": "9", "eventId": "9", "event_bundle_sequence_id": "9"}
    file = written(tmp_path, "\n".join(map(json.dumps, [good, broken, good | {"uuid": "8"}])))
    [row] = load(file, kind)
    assert (row["row"], list(row["errors"])) == (2, [field])
    assert Event.objects.exists()


def test_a_wrong_format_is_told_by_its_first_rows(load, tmp_path):
    for kind, other in (("segment", "mixpanel"), ("mixpanel", "amplitude"), ("ga4", "segment")):
        file = written(tmp_path, "\n".join(map(json.dumps, RECORDS[other][:1])))
        with pytest.raises(CommandError, match=f"None of.* is of {kind}; they look like {other}"):
            load(file, kind)
    assert not Person.objects.exists()


def test_a_file_of_which_every_row_is_refused_is_an_error(load, tmp_path):
    file = written(tmp_path, '{"a": 1}\n{"b": 2}\n')
    with pytest.raises(CommandError, match="Every row"):
        load(file, "segment")


def test_a_preview_shows_what_rows_would_become(project, tmp_path):
    file = written(tmp_path, "user_id,what,when\nann,buy,2026-05-31\n")
    names, columns, rows = preview(project, file, "csv", {"event": "what"})
    assert (names, columns.person, rows) == (["user_id", "what", "when"], "user_id", [])
    chosen = {"event": "what", "time": "when"}
    _, _, [row] = preview(project, file, "csv", chosen)
    assert row.messages[0].event == "buy"
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00"),
        ("2026-10-25 12:30", "2026-10-25T11:30:00"),
        ("2026-05-31", "2026-05-30T22:00:00"),
        ("31.5.2026", "2026-05-30T22:00:00"),
        ("1780221600000", "2026-05-31T10:00:00"),
        ("32.13.2026", None),
        ("nan", None),
    ],
)
def test_times_of_tables(text, utc):
    zone = ZoneInfo("Europe/Zagreb")
    at = instant(text, zone)
    assert (at and at.astimezone(UTC).isoformat()[:19]) == utc
