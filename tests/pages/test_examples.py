"""The two reports that everybody builds first, by mouse and by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.record


def drawn(page):
    expect(page.locator(".canvas svg, .pillar").first).to_be_visible()


def focused(page):
    return page.evaluate(
        "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
        " || '').trim()"
    )


def tab_to(page, label):
    """Press Tab until something of this name has the focus."""
    for _ in range(160):
        if focused(page) == label:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"“{label}” is not reached by Tab; the last one was “{focused(page)}”.")


def choose(field, text):
    """Fill a field and leave it, as somebody does who goes on."""
    field.fill(text)
    field.press("Tab")


def suggested(page, name):
    return page.locator(".picker").get_by_role("option", name=name)


def settled(page, parameter):
    """The form has been taken and drawn anew: it stands in the address."""
    expect(page).to_have_url(re.compile(re.escape(parameter)))


def test_jazz_listeners_in_two_segments_by_mouse(page, live):
    page.goto(f"{live.url}/p/music/segmentation/")
    page.get_by_label("Event 1", exact=True).click()
    suggested(page, "Song Played").click()
    settled(page, "event-0=Song+Played")
    page.get_by_role("button", name="where", exact=True).click()
    settled(page, "event-0-filter-0-property=")
    page.get_by_label("Property", exact=True).click()
    suggested(page, "Song genre").click()
    settled(page, "filter-0-property=songGenre")
    value = page.get_by_label("Value", exact=True).first
    value.click()
    value.press_sequentially("ja")
    suggested(page, "jazz").click()
    settled(page, "value=jazz")
    page.keyboard.press("Escape")
    for n, country in enumerate(("HR", "DE")):
        page.get_by_role("button", name="Add segment").click()
        settled(page, f"segment-{n}=new")
        page.keyboard.press("Escape")
        choose(page.get_by_label(f"Name of segment {n + 1}"), country)
        settled(page, f"segment-{n}-name={country}")
        page.get_by_role("button", name="whose choose …").click()
        choose(page.locator(f"#segment-{n}-condition-0-attribute"), "country")
        settled(page, f"segment-{n}-condition-0-attribute=country")
        page.locator(f"#segment-{n}-condition-0-value").fill(country)
        page.keyboard.press("Escape")
        settled(page, f"segment-{n}-condition-0-value={country}")
    drawn(page)
    for country in ("HR", "DE"):
        head = page.get_by_role("columnheader", name=country, exact=True)
        expect(head).to_be_visible()
    expect(page.locator(".size")).to_have_count(2)
    number = page.locator("tbody a.number").first
    count = number.inner_text()
    number.click()
    expect(page.get_by_text(f"{count} people", exact=True)).to_be_visible()
    page.go_back()
    drawn(page)
    page.reload()
    drawn(page)


def test_the_funnel_of_two_segments_by_keyboard(page, live):
    page.goto(f"{live.url}/p/music/funnel/")
    for n, event in enumerate(("Registration", "Watch Video"), start=1):
        tab_to(page, f"Event {n}")
        page.keyboard.type(event[:4].lower())
        expect(suggested(page, event)).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        settled(page, f"event-{n - 1}={event.replace(' ', '+')}")
    tab_to(page, "Add step")
    page.keyboard.press("Enter")
    settled(page, "event-2=")
    tab_to(page, "Event 3")
    page.keyboard.type("Payment")
    tab_to(page, "Length of the window")
    page.keyboard.press("Control+A")
    page.keyboard.type("15")
    tab_to(page, "Unit of the window")
    page.keyboard.type("min")
    tab_to(page, "Render graph")
    page.keyboard.press("Enter")
    settled(page, "unit=minute")
    drawn(page)
    for n, (name, country) in enumerate((("Croatia", "HR"), ("Germany", "DE"))):
        tab_to(page, "Add segment")
        page.keyboard.press("Enter")
        settled(page, f"segment-{n}=new")
        tab_to(page, f"Name of segment {n + 1}")
        page.keyboard.type(name)
        tab_to(page, "whose choose …")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Attribute", exact=True).last).to_be_focused()
        page.keyboard.type("country")
        page.keyboard.press("Tab")
        settled(page, f"segment-{n}-condition-0-attribute=country")
        tab_to(page, "Value")
        page.keyboard.type(country)
        page.keyboard.press("Tab")
        settled(page, f"segment-{n}-condition-0-value={country}")
    tab_to(page, "2 more sentences")
    page.keyboard.press("Enter")
    told = re.compile("^Croatia: .* got from Registration to Payment")
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text(re.compile("Croatia converts"))).to_be_visible()
    page.get_by_role("link", name=re.compile(r"^\d+$")).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^[\d,]+ people$"))).to_be_visible()


def test_steps_are_reordered_by_drag_and_by_their_menu(page, live):
    page.goto(f"{live.url}/p/music/funnel/?event-0=Registration&event-1=Payment&value=1&unit=day")
    drawn(page)
    page.locator("[data-card='1'] .mark").drag_to(page.locator("[data-card='0']"))
    settled(page, "event-0=Payment&event-1=Registration")
    page.get_by_role("button", name="More for step 2").click()
    page.get_by_role("button", name="Move step 2 up").click()
    settled(page, "event-0=Registration&event-1=Payment")
    page.get_by_role("button", name="More for step 2").click()
    page.get_by_role("button", name="Duplicate step 2").click()
    settled(page, "event-1=Payment&event-2=Payment")


def test_a_rate_over_everybody_is_mended_by_one_click(page, live):
    page.goto(f"{live.url}/p/music/segmentation/?event-0=Song+Played&metric=adoption")
    page.get_by_role("link", name="Count only those registered by then").click()
    drawn(page)
    expect(page.get_by_text("People are counted who could not")).to_have_count(0)
    page.go_back()
    page.get_by_role("link", name=re.compile("^Only people registered by")).click()
    drawn(page)
    expect(page.get_by_text("People are counted who could not")).to_have_count(0)


def test_nothing_to_see_says_why(page, live):
    page.goto(f"{live.url}/p/music/segmentation/?event-0=Nothing&metric=people")
    expect(page.get_by_text(re.compile("Nobody in the segments did “Nothing”"))).to_be_visible()
    expect(page.locator(".canvas .y text")).to_have_text("0")
