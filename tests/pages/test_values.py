"""The values of a condition: chosen and taken away again in their list, pasted, given as days."""

import re

import pytest
from playwright.sync_api import expect

SEGMENTATION = "segmentation/?event-0=Song+Played&metric=people&period=last_30_days"
JAZZ = f"{SEGMENTATION}&event-0-filter-0-property=songGenre&event-0-filter-0-value=jazz"
REGISTERED = "segment-0=new&segment-0-match=all&segment-0-condition-0-attribute=registered_at"
BETWEEN = f"{REGISTERED}&segment-0-condition-0-operator=between"
DID = (
    "segment-0=new&segment-0-match=all&segment-0-did-0-performed=Song+Played"
    "&segment-0-did-0-within=between"
)
PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text", text);
  const given = { clipboardData: data, bubbles: true, cancelable: true };
  const field = document.activeElement;
  if (field.dispatchEvent(new ClipboardEvent("paste", given))) field.value += text;
}"""


@pytest.fixture
def opened(page, live):
    """The fields of the sentence that has a text, on a page of the demo."""

    def opened(path, sentence):
        page.goto(f"{live.url}/p/music/{path}")
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name=sentence).click()
        return page.locator(".fields:popover-open")

    return opened


@pytest.fixture
def genres(opened):
    fields = opened(JAZZ, "where Song genre is jazz")
    expect(fields.locator(".picker [role=option]").first).to_be_visible()
    return fields


def chips(fields):
    return fields.locator(".chip")


def test_what_is_chosen_is_marked_and_chosen_again_it_goes(genres, page):
    def option(name):
        return genres.get_by_role("option", name=re.compile(rf"^{name} [\d,]+"))

    expect(genres.locator("[aria-checked=true]")).to_have_count(1)
    expect(option("jazz")).to_have_attribute("aria-checked", "true")
    option("rock").click()
    expect(chips(genres)).to_have_text(["jazz", "rock"])
    expect(option("rock")).to_have_attribute("aria-checked", "true")
    expect(page).to_have_url(re.compile("value=jazz&event-0-filter-0-value=rock"))
    option("jazz").click()
    expect(chips(genres)).to_have_text(["rock"])
    expect(option("jazz")).to_have_attribute("aria-checked", "false")
    expect(page).to_have_url(re.compile("filter-0-value=rock$"))
    chips(genres).click()
    expect(option("rock")).to_have_attribute("aria-checked", "false")


def test_keys_choose_several_and_take_one_away_where_they_stand(genres, page):
    values = genres.locator(".picker [role=option]")
    values = [values.nth(n).get_attribute("data-value") for n in range(3)]
    [other, last] = [each for each in values if each != "jazz"]

    def down_to(value):
        for _ in range(10):
            page.keyboard.press("ArrowDown")
            if genres.locator("[aria-selected=true]").get_attribute("data-value") == value:
                return

    down_to(other)
    page.keyboard.press("Enter")
    expect(chips(genres)).to_have_text(["jazz", other])
    expect(genres.locator("[aria-checked=true]")).to_have_count(2)
    # It stands where it stood: the same key takes away what it chose.
    page.keyboard.press("Enter")
    expect(chips(genres)).to_have_text(["jazz"])
    expect(genres.locator("[aria-checked=true]")).to_have_count(1)
    down_to(last)
    page.keyboard.press("Enter")
    expect(chips(genres)).to_have_text(["jazz", last])
    page.keyboard.press("Backspace")
    expect(genres.locator("[aria-checked=true]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(genres).to_be_hidden()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("soul\nrock\r\npop\n", ["soul", "rock", "pop"]),
        ("soul, rock;pop", ["soul", "rock", "pop"]),
        ("soul\trock", ["soul", "rock"]),
        ("Smith, John\nDoe, Jane", ["Smith, John", "Doe, Jane"]),
        ('"Smith, John",Ann', ["Smith, John", "Ann"]),
        ('"Smith, John"', ["Smith, John"]),
        ('"Smith, John",Ann\nBo, Bob', ["Smith, John", "Ann", "Bo, Bob"]),
        ('a "b", "say ""so"", Ann"', ['a "b"', 'say "so", Ann']),
    ],
)
def test_a_list_is_pasted_as_values(genres, page, text, values):
    page.evaluate(PASTE, text)
    expect(chips(genres)).to_have_text(["jazz", *values])
    assert genres.get_by_label("Value", exact=True).input_value() == ""


def test_one_value_is_pasted_as_it_is(genres, page):
    page.evaluate(PASTE, "drum & bass")
    expect(genres.get_by_label("Value", exact=True)).to_have_value("drum & bass")
    expect(chips(genres)).to_have_count(1)


def test_a_comma_belongs_to_a_value_that_is_there_with_it(genres, page):
    page.route(
        "**/suggestions/**",
        lambda route: route.fulfill(body='<div role="option" data-value="Smith, John"></div>'),
    )
    page.evaluate(PASTE, "Smith, John")
    expect(chips(genres)).to_have_text(["jazz", "Smith, John"])


def test_what_is_typed_while_a_paste_is_looked_up_stays(genres, page):
    held = []

    def hold(route):
        held.append((route, route.fetch()))

    page.keyboard.type("so")
    page.route("**/suggestions/?*rock*", hold, times=1)
    page.evaluate(PASTE, "ul, rock")
    page.keyboard.type("fo")
    while not held:
        page.wait_for_timeout(20)
    [(route, answer)] = held
    route.fulfill(response=answer)
    expect(chips(genres)).to_have_text(["jazz", "soul", "rock"])
    page.keyboard.type("lk")
    expect(page).to_have_url(re.compile("value=rock$"))
    expect(genres.get_by_label("Value", exact=True)).to_have_value("folk")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (f"{SEGMENTATION}&{BETWEEN}", "whose Registered is between"),
        (f"{SEGMENTATION}&{DID}", "who did Song Played at least"),
        (f"segments/new/?{BETWEEN}", "whose Registered is between"),
        (f"segments/new/?{DID}", "who did Song Played at least"),
    ],
)
def test_two_days_are_chosen_in_one_calendar(opened, page, path, sentence):
    fields = opened(path, sentence)
    days = fields.locator("input[type=date]")
    days.first.focus()
    page.keyboard.press("Alt+ArrowDown")
    first = page.evaluate("document.activeElement.dataset.day")
    for key in ("Enter", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(days.first).to_have_value(first)
    last = days.last.input_value()
    assert last[:8] > first[:8] or int(last[8:]) == int(first[8:]) + 2
    expect(days.last).to_be_focused()
    expect(page).to_have_url(re.compile(f"{first}.*{last}"))
    expect(fields.locator("[data-day][aria-pressed=true]")).to_have_count(3)
    fields.get_by_role("button", name="last 7 days").click()
    expect(fields.locator("[data-day][aria-pressed=true]")).to_have_count(7)
    expect(page).to_have_url(re.compile(f"{days.first.input_value()}.*{days.last.input_value()}"))


def test_two_days_stand_beside_each_other_and_their_calendar_on_the_screen(opened, page):
    page.set_viewport_size({"width": 1440, "height": 900})
    fields = opened(f"{SEGMENTATION}&{BETWEEN}", "whose Registered is between")
    expect(fields.get_by_role("grid")).to_be_visible()
    expect(fields).to_have_css("opacity", "1")
    first, last = (fields.locator("input[type=date]").nth(n).bounding_box() for n in range(2))
    assert first["y"] == last["y"]
    box = fields.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900


def test_one_day_of_a_segment_has_the_calendar(opened, page):
    since = f"{REGISTERED}&segment-0-condition-0-operator=since"
    fields = opened(f"segments/new/?{since}", "whose Registered is since")
    fields.get_by_role("button", name="yesterday").click()
    day = fields.locator("input[type=date]").input_value()
    expect(page).to_have_url(re.compile(f"value={day}"))


def test_two_days_keep_their_order_when_the_first_is_given_again(opened, page):
    days = "value=2026-05-01&segment-0-condition-0-value=2026-05-09"
    path = f"{SEGMENTATION}&{BETWEEN}&segment-0-condition-0-{days}"
    fields = opened(path, "whose Registered is between").locator("input[type=date]")
    fields.last.fill("2026-05-20")
    fields.first.focus()
    expect(page).to_have_url(re.compile("value=2026-05-01.*value=2026-05-20"))
