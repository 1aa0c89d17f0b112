"""How the builder feels: no keystroke is lost, the focus goes to the change, nothing jumps."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

SEGMENTATION = "segmentation/?event-0=Song+Played&metric=people&period=last_30_days"
JAZZ = f"{SEGMENTATION}&event-0-filter-0-property=songGenre&event-0-filter-0-value=jazz"
FOCUSED = "document.activeElement.id"
SHIFTS = (
    "window.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries()"
    ".filter(each => !each.hadRecentInput).map(each => each.value)))"
    ".observe({type: 'layout-shift', buffered: true})"
)
PAINTS = (
    "window.paints = []; new PerformanceObserver(list => paints.push(...list.getEntries()"
    ".filter(each => each.interactionId).map(each => each.duration)))"
    ".observe({type: 'event', durationThreshold: 16, buffered: true})"
)


@pytest.fixture
def report(page, live):
    def opened(path):
        page.goto(f"{live.url}/p/music/{path}")
        expect(page.locator("main .result figure").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        return page

    return opened


def test_no_keystroke_is_lost_while_answers_arrive(report):
    page = report(JAZZ)
    page.get_by_role("button", name="Add event").click()
    field = page.get_by_label("Event 2", exact=True)
    expect(field).to_be_focused()
    text = "the quick brown fox jumps over the lazy dog " * 5
    changes = ["adoption", "events", "people", "engagement"] * 5
    answers = []
    page.on(
        "response", lambda answer: answers.append(answer) if "/segmentation/" in answer.url else 0
    )
    for n, letter in enumerate(text[:200]):
        page.keyboard.type(letter)
        if n % 10 == 5:
            # Another field of the form changes meanwhile, so an answer is on its way.
            page.evaluate(
                "metric => { const radio = document.querySelector(`[value=${metric}]`);"
                " radio.checked = true;"
                " radio.dispatchEvent(new Event('change', {bubbles: true})); }",
                changes.pop(),
            )
        page.wait_for_timeout(33)
    expect(field).to_have_value(text[:200])
    expect(field).to_be_focused()
    assert len(answers) >= 5


def test_the_focus_goes_to_what_was_added_and_its_list_opens(report):
    page = report(SEGMENTATION)
    for name, field in (
        ("where", "event-0-filter-0-property"),
        ("Add segment", "segment-0-condition-0-attribute"),
        ("who did", "segment-0-did-0-performed"),
        ("Add event", "event-1"),
    ):
        page.get_by_role("button", name=name, exact=True).first.click()
        expect(page.locator(f"#{field}")).to_be_focused()
        expect(page.locator(".picker [role=option]").first).to_be_visible()
        page.keyboard.press("Escape")


def test_a_value_is_next_once_it_is_chosen_what_is_compared(report):
    page = report(SEGMENTATION)
    page.get_by_role("button", name="where", exact=True).click()
    page.keyboard.type("genre")
    expect(page.locator(".picker").get_by_role("option", name="Song genre")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    value = page.locator("#event-0-filter-0-value")
    expect(value).to_be_focused()
    for text in ("jazz", "soul"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.locator(".chip", has_text=text)).to_be_visible()
    expect(page).to_have_url(re.compile("value=jazz&event-0-filter-0-value=soul"))
    expect(value).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator(".chip", has_text="soul")).to_have_count(0)
    expect(page).to_have_url(re.compile("value=jazz$"))


def test_a_half_filled_condition_keeps_the_last_answer(report):
    page = report(SEGMENTATION)
    total = page.locator("tbody a.number").first.inner_text()
    page.get_by_role("button", name="where", exact=True).click()
    page.get_by_label("Property", exact=True).fill("songGenre")
    page.get_by_label("Property", exact=True).press("Tab")
    expect(page).to_have_url(re.compile("property=songGenre"))
    expect(page.locator("main .result.stale")).to_be_visible()
    assert page.locator("tbody a.number").first.inner_text() == total
    missing = page.get_by_text("Choose a value of song genre.")
    expect(missing).to_be_hidden()
    page.keyboard.press("Escape")
    says = page.get_by_role("button", name="where Song genre is choose …")
    expect(says).to_be_focused()
    expect(missing).to_be_hidden()
    page.get_by_role("heading", name="among").click()
    page.evaluate("document.activeElement.blur()")
    expect(missing).to_be_visible()
    says.click()
    page.get_by_label("Value", exact=True).fill("jazz")
    page.get_by_label("Value", exact=True).press("Tab")
    expect(page.locator("main .result.stale")).to_have_count(0)
    assert page.locator("tbody a.number").first.inner_text() != total


def test_no_page_names_a_path_of_the_definition(report, page, live):
    page.goto(f"{live.url}/p/music/{SEGMENTATION}&event-0-filter-0-property=songGenre")
    expect(page.get_by_text("Choose a value of song genre.")).to_be_visible()
    page.goto(f"{live.url}/p/music/{JAZZ}&event-0-filter-0-operator=less_than")
    expect(page.locator(".clause .error")).to_be_visible()
    assert not re.search(r"events\.\d|filters\.\d", page.locator("main").inner_text())


def test_a_name_that_is_not_there_says_what_may_be_meant(page, live):
    path = f"{SEGMENTATION}&event-0-filter-0-property=genre&event-0-filter-0-value=jazz"
    page.goto(f"{live.url}/p/music/{path}")
    told = "Nothing called genre was ever sent; did you mean Song genre?"
    expect(page.get_by_text(told)).to_be_visible()


def test_undo_takes_back_the_last_change(report):
    page = report(JAZZ)
    page.get_by_label("Period", exact=True).select_option("last_7_days")
    expect(page).to_have_url(re.compile("last_7_days"))
    expect(page.locator("tbody tr")).to_have_count(8)
    page.keyboard.press("Control+z")
    expect(page).to_have_url(re.compile("last_30_days"))
    expect(page.locator("tbody tr")).to_have_count(31)
    expect(page.get_by_label("Period", exact=True)).to_have_value("last_30_days")


def test_a_wrong_value_is_marked_where_it_stands(page, live):
    path = f"{SEGMENTATION}&segment-0=new&segment-0-condition-0-attribute=registered_at"
    days = "&segment-0-condition-0-value=2026-05-09&segment-0-condition-0-value=2026-05-01"
    page.goto(f"{live.url}/p/music/{path}&segment-0-condition-0-operator=between{days}")
    wrong = page.locator("p.error", has_text="The first value is above the second.")
    expect(wrong).to_be_visible()
    page.get_by_role("button", name="whose Registered is between").click()
    fields = page.locator(".fields:popover-open").get_by_label("Value", exact=True)
    for n in range(2):
        expect(fields.nth(n)).to_have_attribute("aria-invalid", "true")
    # What is wrong stays in sight beside them.
    expect(wrong).to_be_in_viewport()


def test_a_value_that_never_occurs_is_told(page, live):
    page.goto(f"{live.url}/p/music/{JAZZ.replace('=jazz', '=Jazz')}")
    told = re.compile(r"Jazz never occurs; jazz does, [\d,]+ times\.")
    expect(page.get_by_text(told)).to_be_visible()


def test_a_segment_is_saved_from_its_card(report):
    name = f"Croats {uuid4()}"
    page = report(
        f"{SEGMENTATION}&segment-0=new&segment-0-name={name}&segment-0-match=all"
        "&segment-0-condition-0-attribute=country&segment-0-condition-0-value=HR"
    )
    page.get_by_role("button", name="More for segment 1").click()
    page.get_by_role("button", name="Save for other reports").click()
    expect(page.get_by_text(f"“{name}” is a segment now")).to_be_visible()
    expect(page.locator("#segment-0 option:checked")).to_have_text(name)


def test_typing_paints_at_once_and_nothing_jumps(page, live):
    page.add_init_script(f"{SHIFTS}; {PAINTS}")
    page.goto(f"{live.url}/p/music/{JAZZ}")
    expect(page.locator("main .result figure").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Event 1", exact=True).click()
    page.keyboard.type("Playlist Created", delay=33)
    page.wait_for_timeout(300)
    paints = sorted(page.evaluate("paints"))
    assert not paints or paints[int(len(paints) * 0.75)] < 100, paints
    assert page.evaluate("shifts.reduce((sum, each) => sum + each, 0)") < 0.02


def test_a_sentence_opens_its_fields_and_gets_the_focus_back(report):
    page = report(JAZZ)
    says = page.get_by_role("button", name="where Song genre is jazz")
    fields = page.get_by_role("dialog", name="Property, comparison and values")
    value = page.locator("#event-0-filter-0-value")
    for key in ("Enter", "Space"):
        says.focus()
        page.keyboard.press(key)
        expect(value).to_be_focused()
        expect(fields.get_by_role("option", name=re.compile(r"^jazz [\d,]+"))).to_be_visible()
        page.keyboard.press("Escape")
        expect(fields).to_be_hidden()
        expect(says).to_be_focused()
    says.click()
    expect(value).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
    expect(fields.get_by_label("Comparison")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(fields).to_be_hidden()
    expect(page.get_by_role("button", name="Remove this filter")).to_be_focused()


def test_no_keystroke_is_lost_among_the_fields_of_a_sentence(report):
    page = report(JAZZ)
    page.get_by_role("button", name="where Song genre is jazz").click()
    value = page.locator("#event-0-filter-0-value")
    expect(value).to_be_focused()
    text = "the quick brown fox jumps over the lazy dog " * 5
    for n, letter in enumerate(text[:200]):
        page.keyboard.type(letter)
        if n % 20 == 5:
            page.evaluate(
                "metric => { const radio = document.querySelector(`[value=${metric}]`);"
                " radio.checked = true;"
                " radio.dispatchEvent(new Event('change', {bubbles: true})); }",
                ["adoption", "events"][n // 20 % 2],
            )
        page.wait_for_timeout(33)
    expect(value).to_have_value(text[:200])
    expect(value).to_be_focused()


def test_what_was_typed_and_left_outlives_an_answer_to_what_was_asked_before(report):
    page = report(JAZZ)
    held = []

    def hold(route):
        held.append((route, route.fetch()))

    page.route("**/segmentation/?*", hold, times=1)
    page.get_by_role("radio", name="Events", exact=True).check()
    page.get_by_role("button", name="where Song genre is jazz").click()
    while not held:
        page.wait_for_timeout(20)
    page.locator("#event-0-filter-0-property").fill("songTitle")
    page.keyboard.press("Tab")
    [(route, answer)] = held
    route.fulfill(response=answer)
    expect(page).to_have_url(re.compile("property=songTitle"))


def test_the_fields_of_a_sentence_are_seen_where_it_is_open_alone(report):
    page = report(JAZZ)
    fields = page.locator(".fields").filter(visible=True)
    says = page.get_by_role("button", name="where Song genre is jazz")
    expect(says).to_be_visible()
    expect(fields).to_have_count(0)
    says.click()
    expect(fields).to_have_count(1)
    page.keyboard.press("Escape")
    expect(fields).to_have_count(0)
    expect(says).to_be_focused()


def test_the_fields_of_a_sentence_are_a_sheet_on_a_phone(report, page):
    page.set_viewport_size({"width": 360, "height": 780})
    page = report(JAZZ)
    page.locator("#question > summary").click()
    says = page.get_by_role("button", name="where Song genre is jazz")
    says.click()
    fields = page.locator(".fields:popover-open")
    expect(fields).to_have_css("opacity", "1")
    box = fields.bounding_box()
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 360, 780)
    expect(says).to_be_in_viewport()
    assert says.bounding_box()["y"] + says.bounding_box()["height"] < box["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 360
