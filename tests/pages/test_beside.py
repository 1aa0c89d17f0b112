"""The people behind a number stand beside the report: by pointer, by keys, by address."""

import re

import pytest
from playwright.sync_api import expect

FUNNEL = "funnel/?event-0=Registration&event-1=Watch+Video&event-2=Payment&value=15&unit=minute"
SEGMENTATION = "segmentation/?event-0=Song+Played&metric=people&period=last_30_days"


def panel(page):
    return page.get_by_role("complementary", name="The people behind a number")


@pytest.fixture
def funnel(page, live):
    page.goto(f"{live.url}/p/music/{FUNNEL}")
    expect(page.locator(".funnel .pillar")).to_have_count(3)
    return page


def test_people_open_beside_the_bar_and_close_again(funnel):
    page = funnel
    chart = page.locator(".funnel").bounding_box()
    bar = page.locator(".pillar").nth(1)
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 20)
    told = bar.locator(".people").inner_text()
    expect(panel(page).get_by_text(f"{told} people", exact=True)).to_be_visible()
    expect(panel(page).get_by_role("heading", name="Reached Watch Video")).to_be_focused()
    expect(page).to_have_url(re.compile("of-segment=0&of-step=1$"))
    assert page.locator(".funnel").bounding_box() == chart
    first = panel(page).locator(".persons a").first.inner_text()
    panel(page).get_by_role("button", name="Next").click()
    expect(panel(page).locator(".persons a").first).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(bar.locator("a.top")).to_be_focused()
    expect(page).not_to_have_url(re.compile("of-"))
    page.go_forward()
    expect(panel(page).get_by_text(f"{told} people", exact=True)).to_be_visible()
    page.reload()
    expect(panel(page).get_by_text(f"{told} people", exact=True)).to_be_visible()
    panel(page).get_by_role("button", name="Close").click()
    expect(panel(page)).to_be_hidden()


def test_a_point_opens_its_people_by_a_click_near_it(page, live):
    page.goto(f"{live.url}/p/music/{SEGMENTATION}")
    point = page.locator(".points a").nth(12)
    expect(point).to_be_attached()
    box = point.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 10)
    told = point.get_attribute("data-text")
    expect(panel(page).get_by_text(told, exact=True)).to_be_visible()
    page.get_by_label("Period", exact=True).select_option("last_7_days")
    expect(panel(page)).to_be_hidden()


def test_on_a_phone_they_are_a_sheet_below(page, live):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{live.url}/p/music/{FUNNEL}")
    page.locator(".pillar a.top").nth(2).click()
    expect(panel(page).locator(".persons li").first).to_be_visible()
    sheet, bar = panel(page).bounding_box(), page.locator(".pillar a.top").nth(2).bounding_box()
    assert (sheet["x"], sheet["width"]) == (0, 360)
    assert bar["y"] + bar["height"] <= sheet["y"] < 500
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_live_segment_is_made_of_them_and_asked_of(funnel):
    page = funnel
    page.locator(".pillar a.top").nth(1).focus()
    page.keyboard.press("Enter")
    panel(page).get_by_role("button", name="Make a segment of these").click()
    expect(page.locator("#keep")).to_contain_text(re.compile(r"\d+ people now\s+against these"))
    page.get_by_role("link", name="Ask the report of them").click()
    expect(page.get_by_label("Name of segment 1", exact=True)).to_have_value("Reached Watch Video")
    expect(page.locator(".funnel .pillar")).to_have_count(3)
    reached = page.locator(".pillar .people").nth(1).inner_text()
    assert int(reached.replace(",", "")) > 0


def test_a_number_of_a_formula_opens_its_parts_and_they_their_people(page, live):
    page.goto(f"{live.url}/p/music/{SEGMENTATION}&granularity=week&formula-0=A%2F2")
    cells = page.locator("table.data td a[href*='of-formula']")
    cells.nth(1).click()
    made = panel(page).get_by_role("region", name="What it is made of")
    part = made.get_by_role("link")
    told = part.inner_text().removesuffix(" people")
    expect(panel(page).get_by_text(re.compile(r"^A/2 = [\d,.]+$"))).to_be_visible()
    part.click()
    expect(panel(page).get_by_text(f"{told} people", exact=True)).to_be_visible()
    expect(panel(page).locator(".persons a").first).to_be_visible()
