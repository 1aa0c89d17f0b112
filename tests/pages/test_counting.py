"""Options of a segmentation in a browser: measures, formulas, longer times, exclusive segments."""

import re

import pytest
from playwright.sync_api import expect

START = "segmentation/?event-0=Payment&metric=people&granularity=day&period=last_7_days"


@pytest.fixture
def segmentation(page, live):
    page.goto(f"{live.url}/p/music/{START}")
    expect(page.locator(".canvas .plot")).to_be_visible()
    return page


def heads(page):
    return page.get_by_role("columnheader")


def test_a_measure_is_chosen_by_its_property(segmentation):
    page = segmentation
    page.get_by_role("radio", name="Measure").check()
    expect(page.get_by_text("Choose a property to measure.")).to_be_visible()
    page.get_by_label("Measured property of event 1").select_option(label="Amount")
    expect(heads(page).filter(has_text="Payment · sum of amount")).to_be_visible()
    page.get_by_label("Aggregate of event 1").select_option(label="median")
    expect(heads(page).filter(has_text="Payment · median of amount")).to_be_visible()


def test_a_formula_says_what_is_wrong_and_is_drawn(segmentation):
    page = segmentation
    page.get_by_role("button", name="Add formula").click()
    field = page.get_by_role("textbox", name="Formula 1", exact=True)
    expect(field).to_be_focused()
    field.fill("A / B")
    field.press("Tab")
    expect(page.get_by_text("Character 5: there is no event B; the last one is A.")).to_be_visible()
    field.fill("A / 2")
    field.press("Tab")
    expect(heads(page).filter(has_text="A / 2")).to_be_visible()
    # A formula has no groups, so none are offered.
    expect(page.get_by_label("Broken down by", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Remove formula 1").click()
    expect(page.get_by_label("Broken down by", exact=True)).to_be_visible()


def test_longer_times_are_folded_until_they_are_used(segmentation):
    page = segmentation
    choice = page.get_by_label("Each number counts")
    expect(choice).to_be_hidden()
    page.get_by_text("Over longer times").click()
    choice.select_option(label="people of the last days")
    page.get_by_label("Rolling days").fill("28")
    page.get_by_label("Rolling days").press("Tab")
    expect(
        page.get_by_text("Each day counts people of the 28 days that end with it.")
    ).to_be_visible()
    expect(page).to_have_url(re.compile("rolling=28"))
    for name in ("Events", "Engagement", "Measure"):
        expect(page.get_by_role("radio", name=name)).to_be_disabled()
    expect(page.get_by_role("checkbox", name="Week")).to_be_disabled()
    choice.select_option(label="all since the period began")
    expect(page.get_by_text("Each number counts from the start of the period.")).to_be_visible()
    expect(page.get_by_role("radio", name="Adoption")).to_be_disabled()


def test_who_is_in_several_segments_is_told_and_left_out(segmentation):
    page = segmentation
    for n, operator in enumerate(("is", "is_not")):
        page.goto(
            page.url + f"&segment-{n}=new&segment-{n}-name=S{n}"
            f"&segment-{n}-condition-0-attribute=country&segment-{n}-condition-0-value=HR"
            f"&segment-{n}-condition-0-operator={operator}"
        )
    expect(page.get_by_role("rowheader", name="S0 and S1")).to_be_visible()
    page.get_by_label("Leave out who is in several of them").check()
    expect(page).to_have_url(re.compile("exclusive=on"))
