"""The library of segments: made, counted, changed, compared, listed from ids, deleted."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.models import Segment, sizes_by_day
from analytics.models.segments import ids_in
from tests.journeys import START

pytestmark = pytest.mark.django_db


def leaf(attribute, *values):
    return {"attribute": attribute, "operator": "is", "value": list(values)}


HR = {"all": [leaf("country", "HR")]}
PRO = {"any": [leaf("plan", "pro"), {"performed": "buy", "within": {"last": 30, "unit": "day"}}]}
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
}


def rule(country):
    stem = "segment-0"
    return urlencode(
        {
            stem: "new",
            f"{stem}-match": "all",
            f"{stem}-condition-0-attribute": "country",
            f"{stem}-condition-0-operator": "is",
            f"{stem}-condition-0-value": country,
        }
    )


@pytest.fixture
def crowd(journeys):
    journeys(
        ann=[{"country": "HR", "plan": "pro"}, (0, "look")],
        bob=[{"country": "HR"}, (0, "look")],
        cid=[{"country": "SI"}, (0, "look")],
    )


@pytest.fixture
def there(client, project, alice, crowd):
    client.force_login(alice)
    return f"/p/{project.slug}/segments/"


@pytest.fixture
def croatia(project):
    return project.segments.create(name="Croatia", condition=HR)


def test_one_is_put_together_with_a_live_count_and_saved(client, project, there):
    draft = client.get(f"{there}new/")
    assert "choose" in draft.content.decode()
    counted = client.get(f"{there}new/?{rule('HR')}", headers={"HX-Request": "true"})
    assert counted.context["size"] == 2
    assert counted["HX-Push-Url"].startswith(f"{there}new/?segment-0=new")
    saved = client.post(f"{there}new/?{rule('HR')}", {"name": "Croats", "description": "Ours"})
    made = project.segments.get()
    assert saved["Location"] == f"{there}{made.pk}/"
    assert (made.name, made.description, made.condition) == ("Croats", "Ours", HR)
    shown = client.get(saved["Location"]).content.decode()
    assert "Croats" in shown
    assert "Nowhere yet." in shown


def test_a_changed_rule_says_who_uses_it_and_is_counted(client, project, there, croatia):
    project.reports.create(
        name="Looks",
        kind="segmentation",
        definition=LOOKS | {"segments": [{"segment": str(croatia.pk)}]},
    )
    plain = client.get(f"{there}{croatia.pk}/")
    assert (plain.context["is_edited"], plain.context["size"]) == (False, 2)
    assert plain["HX-Push-Url"] == f"{there}{croatia.pk}/"
    changed = client.get(f"{there}{croatia.pk}/?{rule('SI')}")
    assert (changed.context["is_edited"], changed.context["size"]) == (True, 1)
    assert "1 report uses it." in changed.content.decode()
    client.post(f"{there}{croatia.pk}/?{rule('SI')}", {"name": "Slovenia"})
    croatia.refresh_from_db()
    assert (croatia.name, croatia.condition) == ("Slovenia", {"all": [leaf("country", "SI")]})


def test_a_project_without_people_has_segments_of_nobody(client, project, alice, store, croatia):
    client.force_login(alice)
    assert sizes_by_day(project, [croatia])[croatia.pk].by_day == (0,) * 31
    for path in ("", f"{croatia.pk}/", f"{croatia.pk}/?{rule('SI')}"):
        assert client.get(f"/p/{project.slug}/segments/{path}").status_code == 200


def test_who_saves_second_is_told_and_decides(client, project, there, croatia, bob):
    page, first = f"{there}{croatia.pk}/", croatia.modified_at.isoformat()
    assert client.get(page).content.decode().count(f'name="seen" value="{first}"') == 2
    croatia.condition = {"all": [leaf("country", "SI")]}
    croatia.description = "Theirs"
    croatia.change(bob)
    mine = {"name": "Ours", "description": "Mine", "seen": first}
    told = client.post(f"{page}?{rule('AT')}", mine)
    assert told.status_code == 409
    shown = told.content.decode()
    assert "bob@example.com saved this segment after you opened it." in shown
    assert "Croatia → Ours; country is SI → country is AT; description" in shown
    assert 'value="Ours"' in shown
    assert shown.count(f'name="seen" value="{first}"') == 2
    # What was seen is carried along while the rule is edited.
    seen = first.replace("+", "%2B")
    assert first in client.get(f"{page}?{rule('AT')}&seen={seen}").content.decode()
    croatia.refresh_from_db()
    assert (croatia.name, croatia.description) == ("Croatia", "Theirs")
    assert client.post(f"{page}?{rule('AT')}", mine | {"update": "anyway"}).status_code == 302
    croatia.refresh_from_db()
    assert (croatia.name, croatia.condition) == ("Ours", {"all": [leaf("country", "AT")]})
    assert croatia.modified_by.email == "alice@example.com"
    # Without having said what was seen, as before.
    assert client.post(f"{page}?{rule('HR')}", {"name": "Ours"}).status_code == 302
    nothing = client.post(f"{page}?{rule('HR')}", {"name": "x" * 101, "description": "Kept"})
    assert (nothing.status_code, "Kept" in nothing.content.decode()) == (400, True)


def test_a_rule_is_counted_line_by_line_and_against_what_is_saved(client, project, there, croatia):
    both = rule("HR") + "&segment-0-did-0-performed=look&segment-0-did-0-times=at_least"
    payers = f"{both}&segment-0-condition-1-attribute=plan&segment-0-condition-1-value=pro"
    shown = client.get(f"{there}{croatia.pk}/?{payers}")
    assert shown.context["counted"].left == (2, 1, 1)
    told = shown.content.decode()
    assert told.count("left after this line:") == 3
    assert "− 1 leave" in told
    assert "against 2 as saved" in told
    instead = client.get(f"{there}{croatia.pk}/?{rule('SI')}").context["counted"]
    assert (instead.size, instead.coming, instead.going, instead.before) == (1, 1, 2, 2)
    same = client.get(f"{there}{croatia.pk}/").context["counted"]
    assert (same.left, same.coming, same.going) == ((2,), 0, 0)
    anybody = payers.replace("match=all", "match=any").replace("value=HR", "value=SI")
    assert client.get(f"{there}new/?{anybody}").context["counted"].left == (1, 2, 3)


@pytest.mark.parametrize(
    ("query", "name", "says"),
    [
        (rule("HR"), "Croatia", "already exists"),
        (rule("HR"), "x" * 101, "at most 100"),
        (rule("HR"), "\0", ""),
        ("segment-0=new&segment-0-match=all", "Empty", "At least 1"),
        ("segment-0=nowhere", "Other", ""),
        ("segment-0=new&segment-0-condition-0-attribute=country", "Gap", ""),
    ],
)
def test_what_cannot_be_saved_is_not(client, project, there, croatia, query, name, says):
    answer = client.post(f"{there}new/?{query}", {"name": name})
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert project.segments.count() == 1


def test_what_cannot_be_read_any_more_is_named_and_the_rest_opens(client, project, there):
    odd = {"all": [leaf("country", "HR"), {"attribute": "plan", "operator": "was", "value": ["x"]}]}
    saved = project.segments.create(name="Odd", condition=odd)
    shown = client.get(f"{there}{saved.pk}/")
    told = shown.content.decode()
    assert "<code>all.1.operator</code>" in told
    assert "cannot be read any more" in told
    assert (shown.context["size"], shown.context["is_edited"]) == (2, True)
    Segment.objects.update(condition={"some": []})
    assert "cannot be read any more" in client.get(f"{there}{saved.pk}/").content.decode()
    assert client.get(there).status_code == 200


@pytest.mark.parametrize("condition", [HR, PRO])
def test_what_is_saved_stands_in_its_form(client, project, there, condition):
    saved = project.segments.create(name="x", condition=condition)
    assert client.get(f"{there}{saved.pk}/").context["is_edited"] is False


def test_the_library_is_searched_sorted_and_parted(client, project, there, croatia):
    project.segments.create(name="Pro", condition=PRO, description="Who pays")
    definition = LOOKS | {"segments": [{"segment": str(croatia.pk)}]}
    project.reports.create(name="Looks", kind="segmentation", definition=definition)

    def names(query=""):
        return [row.segment.name for row in client.get(f"{there}?{query}").context["rows"]]

    assert names() == ["Croatia", "Pro"]
    assert names("sort=size") == ["Croatia", "Pro"]
    assert names("q=PAYS") == ["Pro"]
    assert names("q=buy") == ["Pro"]
    assert names("q=HR") == ["Croatia"]
    assert names("tab=unused") == ["Pro"]
    assert names("tab=lists") == []
    assert names("tab=colour") == ["Croatia", "Pro"]


def test_a_long_library_asks_no_more_than_a_short_one(client, project, there):
    asked = []
    for start, count in ((0, 2), (2, 30)):
        for n in range(start, start + count):
            made = project.segments.create(name=f"s {n}", condition=HR)
            definition = LOOKS | {"segments": [{"segment": str(made.pk)}]}
            project.reports.create(name=f"r {n}", kind="segmentation", definition=definition)
        client.get(there)
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(there).context["rows"]) == start + count
        asked.append(len(queries))
    assert asked[1] <= asked[0]


def test_how_a_segment_grew(project, journeys, store):
    ago = [(timezone.now() - timedelta(days)).isoformat() for days in (90, 10, 0)]
    journeys(
        **{
            f"p{n}": [{"country": "HR", "registered_at": at}, (0, "look")]
            for n, at in enumerate(ago)
        }
    )
    saved = project.segments.create(name="Croatia", condition=HR)
    by_day = sizes_by_day(project, [saved])[saved.pk].by_day
    assert len(by_day) == 31
    assert (by_day[0], by_day[15], by_day[25], by_day[-1]) == (1, 1, 2, 3)


def test_a_rule_about_days_is_of_the_days_gone_by(project, journeys, store):
    since = (timezone.now() - START).total_seconds() / 60
    journeys(
        ann=[{"plan": "pro"}, (since - 40 * 1440, "buy")],
        bob=[(since - 10 * 1440, "buy"), (since - 2 * 1440, "buy")],
        cid=[(since - 50 * 1440, "look")],
    )
    buyers = {"performed": "buy", "within": {"last": 14, "unit": "day"}}
    twice = {"performed": "buy", "times": {"operator": "at_least", "value": 2}}
    never = {"performed": "buy", "times": {"operator": "exactly", "value": 0}}
    rules = {"Buyers": buyers, "Twice": twice, "Never": never, "Pro": leaf("plan", "pro")}
    for name, each in rules.items():
        project.segments.create(name=name, condition={"all": [each]})
    found = sizes_by_day(project, project.segments.all())
    sizes = {each.name: found[each.pk].by_day for each in project.segments.all()}
    assert [sizes["Buyers"][n] for n in (0, 3, 4, 19, 20, 30)] == [1, 1, 0, 0, 1, 1]
    assert [sizes["Twice"][n] for n in (0, 27, 28, 30)] == [0, 0, 1, 1]
    assert [sizes["Never"][n] for n in (0, 30)] == [1, 1]
    assert sizes["Pro"][0] == 1


def test_whom_two_share(client, project, there, croatia):
    pro = project.segments.create(name="Pro", condition={"all": [leaf("plan", "pro")]})
    shared = client.get(f"{there}{croatia.pk}/?with={pro.pk}").context["shared"]
    assert (shared.only_one, shared.both, shared.only_other) == (1, 1, 0)
    assert (shared.of_one, shared.of_other) == (0.5, 1)
    assert "shared" not in client.get(f"{there}{croatia.pk}/?with=nobody").context


# --- Fixed lists --------------------------------------------------------------------------------


def test_a_fixed_list_from_a_file_says_who_is_nobody(client, project, there):
    file = ContentFile('\ufeffann;x\r\n"cid"\nnobody\nann\n'.encode(), "ids.csv")
    answer = client.post(f"{there}ids/", {"name": "Beta", "file": file}, follow=True)
    assert "1 of the ids belong to nobody here." in answer.content.decode()
    made = project.segments.get()
    assert (made.is_fixed, answer.context["size"]) == (True, 2)
    # Its name can be changed; it has no rule.
    client.post(f"{there}{made.pk}/", {"name": "Testers", "description": "Spring"})
    made.refresh_from_db()
    assert (made.name, made.description, made.condition) == ("Testers", "Spring", None)


@pytest.mark.parametrize(
    ("name", "ids", "says"),
    [
        ("", "ann", "Give the segment a name"),
        ("x", "", "There is no id in it"),
        ("x", "nobody", "None of these ids"),
        ("x", "\n".join(map(str, range(100_001))), "a fixed list holds 100,000"),
    ],
    ids=["name", "nothing", "nobody", "many"],
)
def test_what_is_no_list_is_refused_and_loses_nothing(client, project, there, name, ids, says):
    answer = client.post(f"{there}ids/", {"name": name, "ids": ids})
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert not project.segments.exists()


def test_ids_are_read_from_the_first_column():
    assert ids_in("a\r\nb,c\nd;e\n\n a \n'f'\n\0") == ["a", "b", "d", "f"]


# --- Deleting -----------------------------------------------------------------------------------


def test_a_used_one_leaves_its_rule_and_no_number_changes(
    client, project, there, croatia, alice, worker
):
    definition = LOOKS | {"segments": [{"segment": str(croatia.pk)}]}
    report = project.reports.create(name="Looks", kind="segmentation", definition=definition)
    asked = client.get(f"{there}{croatia.pk}/delete/").content.decode()
    assert "1 report uses it" in asked
    assert "none of their numbers changes" in asked
    assert Segment.objects.exists()
    page = f"/p/{project.slug}/reports/{report.pk}/"
    before = client.get(page).context["result"].series
    client.post(f"{there}{croatia.pk}/delete/")
    assert not Segment.objects.exists()
    report.refresh_from_db()
    assert report.definition["segments"] == [{"name": "Croatia", "condition": HR}]
    assert report.versions.first().created_by == alice
    assert client.get(page).context["result"].series == before


def test_a_used_list_that_goes_is_missed_in_words(client, project, there, worker):
    client.post(f"{there}ids/", {"name": "Beta", "ids": "ann"})
    made = project.segments.get()
    definition = LOOKS | {"segments": [{"segment": str(made.pk)}]}
    report = project.reports.create(name="Looks", kind="segmentation", definition=definition)
    asked = client.get(f"{there}{made.pk}/delete/").content.decode()
    assert "cannot be computed until another segment is chosen" in asked
    client.post(f"{there}{made.pk}/delete/")
    shown = client.get(f"/p/{project.slug}/reports/{report.pk}/")
    assert shown.status_code == 200
    assert "There is no segment with this id" in shown.content.decode()
