"""A report lives: built, saved, edited, left, compared with what it was, restored, put away; its
segment serves others; two people at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.pages.test_accessibility import complaints

ASKED = "funnel/?event-0=Registration&event-1=Payment&value=15&unit=minute&period=last_90_days"


@pytest.fixture
def saved(page, live):
    """saved("Story"): a report, built and saved on its page."""

    def made(name, asked=ASKED):
        page.goto(f"{live.url}/p/music/{asked}")
        expect(page.get_by_role("button", name="Save report")).to_be_enabled()
        page.get_by_label("Name of the report").fill(name)
        page.get_by_role("button", name="Save report").click()
        expect(page.get_by_text(f"“{name}” is saved.")).to_be_visible()
        return page.url

    return made


def test_a_report_is_edited_left_compared_restored_and_put_away(page, live, saved):
    address = saved("Story")
    assert re.search(r"/reports/[0-9a-f-]{36}/$", address)
    expect(page.locator("#edited")).to_have_count(0)

    page.get_by_label("Length of the window").fill("1")
    # Whoever chooses the unit has left the number.
    page.get_by_label("Length of the window").press("Tab")
    expect(page).to_have_url(re.compile(re.escape(address) + r"\?.*value=1&"))
    page.get_by_label("Unit of the window").select_option("hour")
    expect(page.locator("#edited")).to_be_visible()
    expect(page).to_have_url(re.compile(re.escape(address) + r"\?.*unit=hour"))

    # Whoever leaves now is asked, and may stay.
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Dashboards", exact=True).first.click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("#edited")).to_be_visible()

    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Saved: window 15 minutes → 1 hour.")).to_be_visible()
    expect(page).to_have_url(address)

    page.get_by_role("link", name="Versions").click()
    newest = page.locator(".versions > li").first
    expect(newest).to_contain_text("window 15 minutes → 1 hour")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_text("Version 1 is what the report asks again.")).to_be_visible()
    expect(page.get_by_label("Length of the window")).to_have_value("15")

    page.goto(f"{live.url}/p/music/reports/?q=Story")
    page.get_by_role("button", name="More for Story").click()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_text("“Copy of Story” is saved.")).to_be_visible()

    page.goto(f"{live.url}/p/music/reports/?q=Copy+of+Story")
    page.get_by_role("button", name="More for Copy of Story").click()
    page.get_by_role("button", name="Put into the trash").click()
    expect(page.get_by_text("“Copy of Story” is in the trash")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Trash")).click()
    page.get_by_role("button", name="More for Copy of Story").click()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("“Copy of Story” is back.")).to_be_visible()


def test_a_segment_is_saved_from_its_card_and_deleted_once_its_uses_were_seen(page, live, saved):
    card = (
        "&segment-0=new&segment-0-name=Storytellers&segment-0-match=all"
        "&segment-0-condition-0-attribute=country&segment-0-condition-0-operator=is"
        "&segment-0-condition-0-value=HR"
    )
    address = saved("First use", ASKED + card)
    page.get_by_role("button", name="More for segment 1").click()
    page.get_by_role("button", name="Save for other reports").click()
    expect(page.get_by_text("“Storytellers” is a segment now")).to_be_visible()
    # The report is the one that it was, and names the segment instead of its rule.
    assert page.url.startswith(address)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text(re.compile("^Saved: segment 1"))).to_be_visible()
    page.get_by_role("button", name="Save as new …").click()
    page.get_by_label("Name of the new report").fill("Second use")
    page.get_by_role("button", name="Save as new", exact=True).click()
    expect(page.get_by_text("“Second use” is saved.")).to_be_visible()

    page.goto(f"{live.url}/p/music/segments/?q=Storytellers")
    page.get_by_role("link", name="Storytellers", exact=True).click()
    page.get_by_role("link", name="Delete …").click()
    expect(page.get_by_text("2 reports use it:")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The segment “Storytellers” is deleted.")).to_be_visible()
    page.goto(address)
    expect(page.get_by_label("Name of segment 1")).to_have_value("Storytellers")
    expect(page.locator(".result figure").first).to_be_visible()


def test_two_people_edit_one_report_and_nothing_is_overwritten_silently(
    page, live, saved, browser, signed_in
):
    address = saved("Shared story")
    context = browser.new_context(storage_state=signed_in)
    other = context.new_page()
    other.goto(address)
    expect(other.get_by_role("button", name="Save changes")).to_be_enabled()

    page.get_by_label("Length of the window").fill("30")
    page.keyboard.press("Tab")
    expect(page.locator("#edited")).to_be_visible()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Saved: window 15 minutes → 30 minutes.")).to_be_visible()

    # The second one began before that, and goes on editing after it.
    other.get_by_label("Length of the window").fill("45")
    other.keyboard.press("Tab")
    expect(other.locator("#edited")).to_be_visible()
    other.get_by_role("button", name="Save changes").click()
    told = other.get_by_role("alert").filter(has_text="saved this report after you opened it")
    expect(told).to_be_visible()
    expect(told).to_contain_text("window 30 minutes → 45 minutes")
    page.reload()
    expect(page.get_by_label("Length of the window")).to_have_value("30")

    other.get_by_role("button", name="Save over it").click()
    expect(other.get_by_text("Saved: window 30 minutes → 45 minutes.")).to_be_visible()
    context.close()


def test_two_people_edit_one_segment_and_the_second_is_told(page, live, browser, signed_in):
    lines = [{"attribute": "country", "operator": "is", "value": [each]} for each in ("HR", "SI")]
    body = {"name": "Shared rule", "condition": {"all": lines}}
    root = f"/api/projects/{live.project}"
    made = live.call("POST", f"{root}/segments/", body)[1]
    live.call("POST", f"{root}/members/", {"email": live.sign_in[0], "role": "editor"})
    context = browser.new_context(storage_state=signed_in, viewport={"width": 360, "height": 800})
    other = context.new_page()
    for each in (page, other):
        each.goto(f"{live.url}/p/{live.project}/segments/{made['id']}/")
        # The rule is sent and drawn anew, and what was seen comes along.
        each.locator("[name=segment-0-match]").first.select_option("any")
        expect(each.get_by_text("changed, not saved")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Croats")
    page.get_by_role("button", name="Save segment").click()
    expect(page.get_by_text("“Croats” is saved.")).to_be_visible()
    other.get_by_label("Name", exact=True).fill("Those of Croatia")
    other.get_by_role("button", name="Save segment").click()
    told = other.get_by_role("alert").filter(has_text="saved this segment after you opened it")
    expect(told).to_contain_text("Croats → Those of Croatia")
    assert other.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints(other) == []
    other.get_by_role("button", name="Save over it").click()
    expect(other.get_by_text("“Those of Croatia” is saved.")).to_be_visible()
    context.close()
