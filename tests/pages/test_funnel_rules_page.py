"""What a funnel may ask beside its steps, chosen by hand."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.record

STEPS = "event-0=Registration&event-1=Watch+Video&event-2=Payment&period=last_30_days"


@pytest.fixture
def funnel(page, live):
    page.goto(f"{live.url}/p/music/funnel/?{STEPS}")
    expect(page.locator(".pillar").first).to_be_visible()
    return page


def test_the_order_is_chosen_by_its_picture(funnel):
    expect(funnel.get_by_text("then", exact=True)).to_have_count(2)
    funnel.get_by_role("button", name="Order of the steps: in this order").click()
    funnel.get_by_role("radio", name="in any order").click()
    expect(funnel).to_have_url(re.compile("order=any"))
    expect(funnel.get_by_role("rowheader", name="3 of 3")).to_be_visible()
    expect(funnel.get_by_role("button", name="Order of the steps: in any order")).to_be_visible()
    expect(funnel.locator("#order")).to_be_hidden()
    expect(funnel.get_by_role("button", name="Unless they did")).to_have_count(0)


def test_an_exclusion_comes_and_goes_with_its_order(funnel):
    funnel.get_by_role("button", name="Unless they did").click()
    funnel.get_by_label("Excluded event 1").fill("Song Played")
    funnel.get_by_label("Excluded event 1").press("Tab")
    expect(funnel).to_have_url(re.compile("unless-0=Song\\+Played"))
    funnel.get_by_label("Before which step").select_option("1")
    expect(funnel).to_have_url(re.compile("unless-0-before=1"))
    expect(funnel.get_by_text("another attempt of the same person may get on")).to_be_visible()
    funnel.get_by_role("button", name="Order of the steps").click()
    funnel.get_by_role("radio", name="one right after the other").click()
    expect(funnel.get_by_label("Excluded event 1")).to_have_count(0)
    expect(funnel.get_by_text("goes with “in this order” alone")).to_be_visible()
    funnel.get_by_role("button", name="Order of the steps").click()
    funnel.get_by_role("radio", name="in this order whatever").click()
    expect(funnel.get_by_label("Excluded event 1")).to_have_value("Song Played")
    funnel.get_by_role("button", name="Remove exclusion 1").click()
    expect(funnel.get_by_label("Excluded event 1")).to_have_count(0)


def test_the_parts_of_the_answer_are_switched_above_it(funnel):
    expect(funnel.get_by_label("From step")).to_have_count(0)
    funnel.get_by_label("Time it takes", exact=True).check(force=True)
    expect(funnel.get_by_label("To step")).to_have_value("2")
    funnel.get_by_label("From step").select_option("1")
    expect(funnel).to_have_url(re.compile("times-from=1&times-to=2"))
    funnel.get_by_label("Over time", exact=True).check(force=True)
    funnel.get_by_label("Over time by").select_option("week")
    expect(funnel).to_have_url(re.compile("over-time=week"))
    funnel.get_by_label("Over time", exact=True).uncheck(force=True)
    expect(funnel).not_to_have_url(re.compile("over-time"))
