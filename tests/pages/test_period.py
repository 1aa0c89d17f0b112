"""The period of a report: words, a calendar, a drag across the chart, and back to the whole."""

import re

import pytest
from playwright.sync_api import expect

from analytics.forms import Builder

SEGMENTATION = "segmentation/?event-0=Song+Played&metric=people"
ZOOMED = "period=custom&start=2026-05-03&end=2026-05-05&whole=2026-05-01..2026-05-31"


@pytest.mark.django_db
def test_words_are_days_and_others_are_told(client, project, alice, store):
    client.force_login(alice)
    address = f"/p/{project.slug}/segmentation/?event-0=look&period=last_7_days&days="
    page = client.get(f"{address}3+May+2024+to+9+May+2024").content.decode()
    assert 'value="2024-05-03"' in page
    assert "May 3 – 9, 2024" in page.replace("\u2009", " ")
    page = client.get(f"{address}whenever").content.decode()
    assert "“whenever” names no days. Say “last 14 days”" in page
    assert '<option value="last_7_days" selected>' in page


@pytest.mark.django_db
def test_what_is_a_part_leads_to_the_whole(client, project, alice, rf):
    query = rf.get(f"/?event-0=look&{ZOOMED}").GET
    whole = Builder.of(project, "segmentation", query).whole
    assert whole.startswith("period=custom&start=2026-05-01&end=2026-05-31&")
    assert "whole" not in whole
    query = rf.get("/?event-0=look&period=last_7_days&whole=last_30_days").GET
    form = Builder.of(project, "segmentation", query)
    assert form.whole == ""
    assert "whole" not in form.address()


@pytest.fixture
def report(page, live):
    page.goto(f"{live.url}/p/music/{SEGMENTATION}&period=last_30_days")
    expect(page.locator(".canvas .plot")).to_be_visible()
    page.wait_for_load_state("networkidle")
    return page


def test_a_drag_across_the_chart_zooms_and_nothing_moves(report):
    page = report
    box = page.locator(".canvas").bounding_box()
    points = page.locator("[data-from]")
    first, last = (points.nth(n).get_attribute("data-from") for n in (10, 15))
    middle = [points.nth(n).bounding_box()["x"] + 4 for n in (10, 15)]
    page.mouse.move(middle[0], box["y"] + 100)
    page.mouse.down()
    page.mouse.move(middle[1], box["y"] + 120, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(f"start={first}&end={last}"))
    expect(page.locator("[data-from]")).to_have_count(6)
    assert page.locator(".canvas").bounding_box() == box
    expect(page.get_by_role("complementary")).to_be_hidden()
    page.get_by_role("link", name="Back to the whole period").click()
    expect(page).to_have_url(re.compile("period=last_30_days"))
    expect(page.locator("[data-from]")).to_have_count(30)


def test_days_are_chosen_by_keys_and_by_words(report):
    page = report
    page.get_by_role("button", name="Days", exact=True).click()
    words = page.get_by_label("In words")
    expect(words).to_be_focused()
    page.locator(".calendar [data-day][tabindex='0']").focus()
    end = page.evaluate("document.activeElement.dataset.day")
    for key in ("ArrowUp", "Enter", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#days-panel")).to_be_hidden()
    expect(page.locator("[data-from]")).to_have_count(3)
    assert page.locator("[data-from]").last.get_attribute("data-from") < end
    page.get_by_role("button", name="Days", exact=True).click()
    words.fill("last 14 days")
    words.press("Enter")
    expect(page.locator("[data-from]")).to_have_count(14)
    expect(page.get_by_label("Period", exact=True)).to_have_value("custom")


def test_a_day_of_a_condition_has_the_calendar_of_the_project(page, live):
    page.goto(
        f"{live.url}/p/music/{SEGMENTATION}&segment-0=new&segment-0-match=all"
        "&segment-0-condition-0-attribute=registered_at&segment-0-condition-0-operator=since"
    )
    page.get_by_role("button", name="whose Registered is since choose …").click()
    page.locator("#segment-0-condition-0-value").press("Alt+ArrowDown")
    expect(page.get_by_role("grid").locator("th").first).to_have_text("Mon")
    day = page.evaluate("document.activeElement.dataset.day")
    page.keyboard.press("Enter")
    field = page.locator("#segment-0-condition-0-value")
    expect(field).to_have_value(day)
    expect(field).to_be_focused()
    expect(page).to_have_url(re.compile(f"value={day}"))
