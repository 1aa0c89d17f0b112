"""The builders in a browser: by hand, drawn, shared by address, saved, without scripts too."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.record


def drawn(page):
    """The answer has come and its chart is drawn."""
    expect(page.locator(".canvas svg, .pillar").first).to_be_visible()


def test_a_segmentation_is_built_and_drawn(page, live):
    page.goto(f"{live.url}/p/music/segmentation/")
    expect(page.get_by_role("heading", name="Choose an event")).to_be_visible()
    page.get_by_label("Event 1", exact=True).fill("Song Played")
    page.get_by_role("button", name="Render graph").last.click()
    drawn(page)
    assert "event-0=Song+Played" in page.url
    page.get_by_role("button", name="where", exact=True).click()
    page.get_by_label("Property", exact=True).fill("songGenre")
    page.get_by_label("Property", exact=True).press("Tab")
    expect(page).to_have_url(re.compile("filter-0-property=songGenre"))
    page.get_by_label("Value", exact=True).first.fill("jazz")
    page.get_by_role("button", name="Render graph").last.click()
    head = page.get_by_role("columnheader", name="Song Played · song genre is jazz")
    expect(head).to_be_visible()
    title = page.get_by_label("Name of the report")
    expect(title).to_have_value(re.compile("People of Song Played · song genre is jazz"))
    page.get_by_role("radio", name="Adoption").check()
    expect(page.get_by_text("People are counted who could not have done it yet.")).to_be_visible()
    page.get_by_label("Period", exact=True).select_option("last_7_days")
    expect(page.locator("tbody tr")).to_have_count(8)
    address = page.url
    page.go_back()
    expect(page.get_by_label("Period", exact=True)).to_have_value("last_30_days")
    page.goto(address)
    drawn(page)
    expect(page.locator("tbody tr")).to_have_count(8)


def test_a_funnel_is_built_and_drawn(page, live):
    page.goto(f"{live.url}/p/music/funnel/")
    page.get_by_label("Event 1", exact=True).fill("Registration")
    page.get_by_label("Event 2", exact=True).fill("Watch Video")
    page.get_by_role("button", name="Add step").click()
    page.get_by_label("Event 3", exact=True).fill("Payment")
    page.get_by_label("Length of the window").fill("15")
    page.get_by_label("Unit of the window").select_option("minute")
    page.get_by_role("button", name="Render graph").last.click()
    expect(page.get_by_role("rowheader", name="3. Payment")).to_be_visible()
    drawn(page)
    page.get_by_role("button", name="Add segment").click()
    page.get_by_label("Segment 1", exact=True).select_option(label="Croatia")
    expect(page.get_by_role("columnheader", name="Croatia: people")).to_be_visible()
    page.get_by_label("Name of the report").fill("Croatian funnel")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", name="Croatian funnel")).to_be_visible()
    drawn(page)
    page.get_by_role("link", name="Reports", exact=True).first.click()
    expect(page.get_by_role("link", name="Croatian funnel")).to_be_visible()


def test_keys_render_and_the_theme_is_remembered(page, live):
    page.goto(f"{live.url}/p/music/segmentation/?event-0=Payment&period=last_7_days&metric=events")
    drawn(page)
    page.keyboard.press("e")
    expect(page.locator("#question :focus")).to_have_count(1)
    page.get_by_label("Event 1", exact=True).fill("Song Played")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("columnheader", name="Song Played")).to_be_visible()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch between dark and light").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    theme = page.evaluate("document.documentElement.dataset.theme")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_errors_stand_at_their_fields(page, live):
    page.goto(f"{live.url}/p/music/funnel/?event-0=a&event-1=b&value=400&unit=day&period=custom")
    expect(page.get_by_text("Use a day as YYYY-MM-DD.").first).to_be_visible()
    expect(page.get_by_text("The conversion window is at most 366 days.").first).to_be_visible()


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_page_is_wider_than_the_screen(page, live, width):
    page.set_viewport_size({"width": width, "height": 800})
    for path in (
        "/p/music/",
        "/p/music/people/",
        "/p/music/people/1/",
        "/p/music/events/",
        "/p/music/live/",
        "/p/music/import/",
        "/p/music/send/",
        "/p/music/segmentation/?event-0=Song+Played&period=last_7_days&metric=people",
        "/p/music/funnel/?event-0=Registration&event-1=Payment&value=1&unit=day",
    ):
        page.goto(live.url + path)
        if "event-0" in path:
            drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_without_scripts_the_form_submits_and_the_table_appears(browser, live, page):
    state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    plain = context.new_page()
    plain.goto(f"{live.url}/p/music/segmentation/")
    plain.get_by_label("Event 1", exact=True).fill("Song Played")
    plain.get_by_role("button", name="where", exact=True).click()
    expect(plain.get_by_label("Property", exact=True)).to_be_visible()
    plain.get_by_role("button", name="Render graph").last.click()
    expect(plain.get_by_role("rowheader", name="Whole period")).to_be_visible()
    expect(plain.locator(".canvas .plot .whole")).to_be_visible()
    with plain.expect_download() as download:
        plain.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text()
    assert re.match(r"Day,Song Played\r?\n", text)
    context.close()


def test_the_admin_and_the_docs_obey_the_policy(page, live):
    for path in ("/admin/", "/admin/people/event/", "/p/music/"):
        assert page.goto(live.url + path).status == 200
    page.goto(f"{live.url}/api/docs/")
    expect(page.get_by_text("/api/projects/{project}/query/").first).to_be_visible()
