"""create_project and import_events, as they are called."""

import gzip
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from people.models import Event, Membership, Person, Project, User

pytestmark = pytest.mark.django_db
SEGMENT = [
    {"type": "identify", "userId": "ann", "anonymousId": "d", "traits": {"email": "a@example.com"}},
    {"type": "track", "event": "Look", "anonymousId": "d", "messageId": "1"},
    {"type": "track", "event": "Buy", "userId": "ann", "messageId": "2", "properties": {"n": 1}},
    {"type": "track", "userId": "ann", "messageId": "3"},
    {"type": "track", "event": "Buy", "userId": "ann", "messageId": "2", "properties": {"n": 1}},
]


def created(capsys, *words):
    call_command("create_project", *words, "--json")
    return json.loads(capsys.readouterr().out)


def test_create_project_makes_what_it_prints(capsys, client):
    made = created(capsys, "My shop", "--timezone", "Asia/Tokyo")
    assert set(made) == {"project", "write_key", "api_token"}
    project = Project.objects.get(slug="my-shop")
    assert project.timezone == "Asia/Tokyo"
    assert project.memberships.get().role == Membership.Role.OWNER
    headers = {"Authorization": f"Bearer {made['api_token']}"}
    assert client.get("/api/projects/my-shop/", headers=headers).status_code == 200
    again = created(capsys, "My shop")
    assert again["project"] == "my-shop-2"
    assert User.objects.count() == 1


def test_create_project_says_what_is_wrong():
    with pytest.raises(CommandError, match="Nowhere"):
        call_command("create_project", "x", timezone="Nowhere")
    with pytest.raises(CommandError):
        call_command("create_project", " ")
    assert not Project.objects.exists()


@pytest.mark.parametrize("packed", [True, False])
def test_import_of_segments_archive(project, tmp_path, capsys, packed):
    text = "\n".join(map(json.dumps, SEGMENT)).encode()
    file = tmp_path / "archive"
    file.write_bytes(gzip.compress(text) if packed else text)
    for expected in ("3 accepted, 1 known already", "1 accepted, 3 known already"):
        call_command("import_events", str(file), project=project.slug, format="segment")
        printed = capsys.readouterr()
        assert expected in printed.out
        assert "row 4: An event needs a name." in printed.err
    assert (Event.objects.count(), Person.objects.count()) == (2, 1)


def test_import_keeps_the_times_that_were_archived(project, tmp_path):
    file = tmp_path / "archive"
    when = "2024-05-04T10:00:00.123Z"
    call = {"type": "track", "event": "Buy", "userId": "ann", "timestamp": when, "sentAt": when}
    file.write_text(json.dumps(call))
    call_command("import_events", str(file), project=project.slug, format="segment")
    assert Event.objects.get().at.isoformat() == "2024-05-04T10:00:00.123000+00:00"


def test_import_of_csv_of_another_country(project, tmp_path):
    file = tmp_path / "events.csv"
    file.write_text(
        "\ufeffperson_id;event;timestamp;amount\nann;Buy;2026-05-04T10:00:00Z;3\n;Buy;;\n",
        encoding="utf-8",
    )
    call_command("import_events", str(file), project=project.slug, format="csv")
    assert Event.objects.get().properties == {"amount": 3}


def test_import_says_what_is_wrong(project, tmp_path):
    file = tmp_path / "x"
    for options in ({"project": "nowhere"}, {"project": project.slug}):
        with pytest.raises(CommandError, match="There is no"):
            call_command("import_events", str(file), format="csv", **options)
    file.write_bytes(gzip.compress(b"x" * 100)[:-4])
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_events", str(file), project=project.slug, format="segment")
