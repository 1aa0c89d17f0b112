"""Attributes and events that users define themselves: on pages, and on a person's."""

import pytest

from analytics.mails import letters
from analytics.models import Alert, Placed, Share, Subscription
from people.models import EventDefinition, Person

pytestmark = pytest.mark.django_db
PRO = {"all": [{"attribute": "plan", "operator": "is", "value": ["pro"]}]}
DAILY = {"every": "day", "hour": 8}
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
}


@pytest.fixture
def there(client, project, alice, journeys, worker):
    journeys(
        ann=[{"plan": "pro", "score": 3, "likes": ["a", "b"]}, (0, "look")],
        bob=[{"plan": "pro", "paying": True}, (0, "look")],
        cid=[{"plan": "free"}],
    )
    client.get(f"/p/{project.slug}/segmentation/?event-0=look&period=last_7_days")
    client.force_login(alice)
    from analytics.store import loader  # noqa: PLC0415

    loader.drain(project.pk)
    return f"/p/{project.slug}/"


def test_each_says_who_has_it_and_what_it_holds(client, there):
    rows = {each.name: known for each, known in client.get(f"{there}attributes/").context["rows"]}
    told = {name: (known.people, known.examples) for name, known in rows.items()}
    assert told == {
        "likes": (1, [("a", 1), ("b", 1)]),
        "paying": (1, [("true", 1)]),
        "plan": (3, [("pro", 2), ("free", 1)]),
        "score": (1, [("3", 1)]),
    }


def test_one_is_defined_by_hand_and_keeps_its_type(client, project, there, journeys):
    made = client.post(f"{there}attributes/", {"name": "born", "type": "date", "description": "x"})
    assert made.status_code == 302
    journeys(ann=[{"born": "not a day"}])
    found = project.attribute_definitions.get(name="born")
    assert (found.type, found.description) == ("date", "x")
    assert "People" in client.get(made["Location"]).content.decode()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": "plan", "type": "text"}, "already exists"),
        ({"name": "country", "type": "text"}, "standard attribute"),
        ({"name": "", "type": "text"}, "cannot be blank"),
        ({"name": "x", "type": "colour"}, "not a valid choice"),
        ({"name": "x" * 201, "type": "text"}, "at most 200"),
        ({"name": "\0", "type": "text"}, "cannot be blank"),
    ],
)
def test_what_is_no_definition_is_refused_and_loses_nothing(client, project, there, given, says):
    answer = client.post(f"{there}attributes/", given)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert project.attribute_definitions.count() == 4


def test_what_is_used_is_archived_only_after_it_was_shown(
    client, project, there, alice, bearer, worker
):
    payers = project.segments.create(name="Payers", condition=PRO)
    by = LOOKS | {"segments": [{"segment": str(payers.pk)}]}
    report = project.reports.create(name="By plan", kind="segmentation", definition=by)
    board = project.dashboards.create(name="Weekly")
    board.arrange([Placed(report=report)])
    Share.make(project=project, dashboard=board)
    mail = Subscription(project=project, dashboard=board, schedule=DAILY)
    mail.keep(["alice@example.com"], None)
    alert = Alert(project=project, report=report, figure={"segment": 0, "event": 0},
                  operator="below", value=1, schedule=DAILY)  # fmt: skip
    alert.keep(["alice@example.com"], None)
    plan = project.attribute_definitions.get(name="plan")
    page = f"{there}attributes/{plan.pk}/"
    told = client.post(page, {"do": "archive"}).content.decode()
    assert "It is used in 1 segment, 1 report, 1 dashboard, 1 mail, 1 alert, 1 shared link." in told
    for where in (payers, report, board, mail, alert):
        assert str(where.pk) in told
    plan.refresh_from_db()
    assert plan.archived_at is None
    client.post(page, {"do": "archive", "sure": ""})
    names = [each.name for each, _ in client.get(f"{there}attributes/").context["rows"]]
    assert "plan" not in names
    offered = client.get(f"{there}suggestions/?of=attribute&q=plan").content.decode()
    assert "Plan" not in offered
    # What uses it goes on.
    shown = client.get(f"{there}reports/{report.pk}/")
    assert shown.context["result"]
    says = "The attribute “plan” is archived"
    assert says in shown.content.decode()
    assert says in client.get(f"{there}segments/{payers.pk}/").content.decode()
    api = client.get(f"/api/projects/{project.slug}/reports/", headers=bearer(alice))
    assert says in api.json()["results"][0]["notes"][0]
    sent = mail.send_now()
    assert says in letters.content(sent, for_members=True).notes[0]
    client.post(page, {"do": "restore"})
    assert "Plan" in client.get(f"{there}suggestions/?of=attribute&q=plan").content.decode()


def test_an_event_is_defined_with_properties(client, project, there):
    given = {"name": "Signed", "property": ["at", "amount"], "type": ["datetime", "number"]}
    assert client.post(f"{there}events/", given).status_code == 302
    made = EventDefinition.objects.get(name="Signed")
    assert dict(made.properties.values_list("name", "type")) == {
        "at": "datetime",
        "amount": "number",
    }
    again = client.post(f"{there}events/", given)
    assert again.status_code == 400
    assert "already exists" in again.content.decode()
    wrong = {"name": "Other", "property": ["a", "a"], "type": ["text", "text"]}
    assert client.post(f"{there}events/", wrong).status_code == 400
    assert not EventDefinition.objects.filter(name="Other").exists()


def test_an_event_that_is_used_is_archived_only_after_it_was_shown(client, project, there):
    project.reports.create(name="Looks", kind="segmentation", definition=LOOKS)
    look = EventDefinition.objects.get(name="look")
    told = client.post(f"{there}events/{look.pk}/", {"do": "archive"}).content.decode()
    assert "It is used in 1 report." in told
    client.post(f"{there}events/{look.pk}/", {"do": "archive", "sure": ""})
    look.refresh_from_db()
    assert look.archived_at


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("plan", "team", "team"),
        ("score", "4.5", 4.5),
        ("paying", "no", False),
        ("likes", "c, d", ["c", "d"]),
        ("country", "HR", "HR"),
        ("birth_date", "2000-01-31", "2000-01-31"),
        ("nickname", "", None),
        ("plan", "", None),
    ],
)
def test_somebodys_attribute_is_set_by_hand(client, project, there, name, value, kept):
    ann = Person.objects.named(project, "ann").get()
    path = f"{there}people/{ann.pk}/attribute/"
    shown = client.post(path, {"name": name, "value": value}, follow=True).content.decode()
    assert f"{name} is {'set' if value else 'taken away'}." in shown
    ann.refresh_from_db()
    assert ann.known().get(name) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("score", "many"),
        ("paying", "maybe"),
        ("gender", "x"),
        ("birth_date", "someday"),
        ("created_at", "2026-01-01"),
        ("", "x"),
        ("\0", "x"),
    ],
)
def test_what_does_not_fit_leaves_it_as_it_was(client, project, there, name, value):
    ann = Person.objects.named(project, "ann").get()
    before = ann.known()
    path = f"{there}people/{ann.pk}/attribute/"
    shown = client.post(path, {"name": name, "value": value}, follow=True)
    assert shown.status_code == 200
    assert "is as it was" in shown.content.decode()
    ann.refresh_from_db()
    assert ann.known() == before
