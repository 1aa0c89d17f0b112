"""One field that finds what a project has, and keys that lead to its pages."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from people.models import EventDefinition, Project

HR = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
PAYMENTS = {"kind": "segmentation", "metric": "people", "period": {"preset": "last_7_days"}}


@pytest.fixture
def found(client, project, alice):
    """found(text): the titles of the groups on the page, and the words in them."""
    client.force_login(alice)

    def asked(text, **headers):
        page = client.get(f"/p/{project.slug}/search/?q={quote(text)}", headers=headers)
        assert page.status_code == 200
        return {each.title: [hit.words for hit in each.hits] for each in page.context["groups"]}

    return asked


@pytest.fixture
def full(project, journeys):
    journeys(
        ann=[{"email": "ann@shop.example"}, (0, "Payment Made"), (1, "Look 100%")],
        anton=[(0, "Look 100%")],
    )
    pays = PAYMENTS | {"events": [{"event": "Payment Made"}]}
    project.reports.create(name="Money", kind="segmentation", definition=pays)
    project.reports.create(name="Payments", kind="segmentation", definition=PAYMENTS)
    gone = project.reports.create(name="Payments then", kind="segmentation", definition=PAYMENTS)
    gone.put_in_trash()
    project.segments.create(name="Paying", condition=HR)
    project.dashboards.create(name="Payroll")
    other = Project.objects.create(name="Other")
    other.segments.create(name="Payers elsewhere", condition=HR)


@pytest.mark.django_db
def test_each_sort_of_thing_is_found_by_its_name(found, full):
    assert found("pay") == {
        "Reports": ["Payments", "Money"],
        "Dashboards": ["Payroll"],
        "Segments": ["Paying"],
        "Events": ["Payment Made"],
    }
    assert found("dash") == {"Pages": ["Dashboards"]}
    assert found("new f") == {"Pages": ["New funnel"]}
    assert found("") == found("nowhere at all") == {}


@pytest.mark.django_db
def test_people_are_found_by_how_an_id_begins_and_by_their_mail(found, full):
    assert found("an")["People"] == ["ann@shop.example", "anton"]
    assert found("ann@shop.example")["People"] == ["ann@shop.example"]
    assert "People" not in found("nton")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"', "\0", "<b>", "x" * 5000, "100%"])
def test_any_text_may_be_searched_for(found, full, text):
    assert found(text).get("Events", []) == (["Look 100%"] if text in ("%", "100%") else [])


@pytest.mark.django_db
def test_an_archived_event_is_not_offered(found, full, client, project):
    event = EventDefinition.objects.get(name="Payment Made")
    client.post(f"/p/{project.slug}/events/{event.pk}/", {"do": "archive", "sure": ""})
    assert "Events" not in found("payment made")


@pytest.mark.django_db
def test_however_much_there_is_few_statements_find_it(
    client, project, alice, journeys, django_assert_max_num_queries
):
    journeys(**{f"user{n:02}": [(n, f"user event {n:02}")] for n in range(30)})
    for n in range(30):
        project.reports.create(name=f"user {n}", kind="segmentation", definition=PAYMENTS)
        project.segments.create(name=f"user {n}", condition=HR)
    client.force_login(alice)
    with django_assert_max_num_queries(14):
        page = client.get(f"/p/{project.slug}/search/?q=user", headers={"HX-Request": "true"})
    # Five each of reports, segments, events and people.
    assert page.content.decode().count('role="option"') == 20
    assert "<html" not in page.content.decode()


@pytest.mark.django_db
def test_words_of_a_search_are_no_markup(client, project, alice):
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/search/?q=<script>x").content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


# --- In a browser -------------------------------------------------------------------------------


def test_a_key_leads_to_the_field_and_arrows_to_what_was_found(page, live):
    page.goto(f"{live.url}/p/music/events/")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search reports")
    expect(field).to_be_focused()
    page.keyboard.type("croat")
    options = page.locator("#found [role=option]")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = options.first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{chosen}")


def test_enter_leads_to_the_page_of_results_and_escape_back(page, live):
    page.goto(f"{live.url}/p/music/events/")
    page.keyboard.press("/")
    page.keyboard.type("song")
    expect(page.locator("#found")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=song")
    expect(page.get_by_role("heading", name="Events")).to_be_visible()


@pytest.mark.parametrize(
    ("keys", "place"),
    [("gr", "reports"), ("gd", "dashboards"), ("gp", "people"), ("ge", "events"), ("gl", "live")],
)
def test_two_keys_go_to_a_page(page, live, keys, place):
    page.goto(f"{live.url}/p/music/search/")
    page.get_by_role("heading", name="Search").click()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_url(f"**/p/music/{place}/")
    for key in "gh":
        page.keyboard.press(key)
    page.wait_for_url("**/p/music/")


def test_keys_are_listed_and_mean_nothing_while_somebody_types(page, live):
    page.goto(f"{live.url}/p/music/people/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text(re.compile("Render the report"))
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url("**/segmentation/")
    page.go_back()
    page.get_by_label("Name, e-mail or any id").fill("")
    page.keyboard.type("gr/?")
    expect(page.get_by_label("Name, e-mail or any id")).to_have_value("gr/?")
    expect(page).to_have_url(re.compile("/people/"))
