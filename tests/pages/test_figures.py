"""Reading figures off a report: bars, lines, tables, and how the page behaves while it comes."""

import re

import pytest
from playwright.sync_api import expect

SEGMENTATION = (
    "segmentation/?event-0=Song+Played&metric=adoption&denominator=registered&granularity=day"
    "&period=last_30_days&breakdown=property:songGenre&limit=3"
)
FUNNEL = "funnel/?event-0=Registration&event-1=Watch+Video&event-2=Payment&value=15&unit=minute"


@pytest.fixture
def segmentation(page, live):
    page.goto(f"{live.url}/p/music/{SEGMENTATION}")
    expect(page.locator(".canvas .plot")).to_be_visible()
    return page


@pytest.fixture
def funnel(page, live):
    page.goto(f"{live.url}/p/music/{FUNNEL}")
    expect(page.locator(".funnel .pillar")).to_have_count(3)
    return page


def test_a_bar_opens_a_card_by_hover_and_by_focus(funnel):
    bar = funnel.locator(".pillar").nth(1)
    card = bar.locator(".hover")
    expect(card).to_be_hidden()
    bar.hover()
    for text in ("Arrived", "Of the step before", "Of the first step", "Dropped", "Median time"):
        expect(card.get_by_text(text, exact=True)).to_be_visible()
    funnel.keyboard.press("Escape")
    expect(card).to_be_hidden()
    funnel.mouse.move(5, 5)
    bar.locator("a.top").focus()
    expect(card).to_be_visible()
    funnel.keyboard.press("Tab")
    funnel.keyboard.press("Tab")
    lost = funnel.evaluate("document.activeElement.innerText")
    funnel.keyboard.press("Enter")
    beside = funnel.get_by_role("complementary", name="The people behind a number")
    expect(beside.get_by_text(lost, exact=True)).to_be_visible()
    expect(beside.get_by_text("Never did").first).to_be_visible()


def test_a_card_stays_on_a_narrow_screen(page, live):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{live.url}/p/music/{FUNNEL}")
    for bar in page.locator(".pillar").all():
        bar.locator("a.top").focus()
        box = bar.locator(".hover").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_bars_stand_for_their_shares(funnel):
    heights = funnel.evaluate(
        "[...document.querySelectorAll('.column')].map(column => column.lastElementChild"
        ".getBoundingClientRect().height / column.getBoundingClientRect().height)"
    )
    people = [
        int(text.replace(",", ""))
        for text in funnel.locator(".pillar strong.people").all_inner_texts()
    ]
    assert heights == pytest.approx([each / people[0] for each in people], abs=0.01)


def test_the_crosshair_goes_by_arrow_keys_and_opens_people(segmentation):
    segmentation.locator(".canvas").focus()
    segmentation.keyboard.press("End")
    segmentation.keyboard.press("ArrowLeft")
    card = segmentation.locator(".reading")
    expect(card.locator("dt")).to_have_count(4)
    expect(card.locator("dd").first).to_have_text(re.compile(r"% = \d+ ÷ [\d,]+"))
    shares = [float(text.split(" %")[0]) for text in card.locator("dd").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    announced = segmentation.locator("#announcer")
    expect(announced).to_contain_text("÷")
    part = re.search(r"= ([\d,]+)", card.locator("dd").first.inner_text())[1]
    segmentation.keyboard.press("Enter")
    segmentation.keyboard.press("Enter")
    expect(segmentation.get_by_text(f"{part} people", exact=True)).to_be_visible()


def test_the_legend_switches_series_and_they_keep_their_colour(segmentation):
    second = segmentation.locator("button[data-series]").nth(1)
    colour = second.locator(".sign").evaluate("each => getComputedStyle(each).color")
    line = segmentation.locator("g[data-series='1'] .whole")
    assert line.evaluate("each => getComputedStyle(each).stroke") == colour
    first = segmentation.locator("button[data-series]").first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "false")
    expect(segmentation.locator("g[data-series='0'] .whole")).to_be_hidden()
    segmentation.locator(".canvas").hover(position={"x": 300, "y": 150})
    expect(segmentation.locator(".reading dt")).to_have_count(3)
    assert line.evaluate("each => getComputedStyle(each).stroke") == colour


def test_a_table_is_sorted_by_its_head_and_the_address_says_so(segmentation):
    head = segmentation.get_by_role("columnheader", name="Song Played", exact=True)
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert "sort=0-1-down" in segmentation.url
    texts = segmentation.locator("tbody tr td:nth-child(2) a").all_inner_texts()[1:]
    shares = [float(each.split()[0]) for each in texts]
    assert shares == sorted(shares, reverse=True)
    expect(segmentation.locator("tbody tr").first).to_contain_text("Whole period")
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    segmentation.get_by_label("Period", exact=True).select_option("last_7_days")
    expect(segmentation.locator("tbody tr")).to_have_count(8)
    expect(head).to_have_attribute("aria-sort", "ascending")


def test_figures_and_days_are_in_the_readers_locale(browser, page, live):
    state = page.context.storage_state()
    context = browser.new_context(locale="de-DE", storage_state=state)
    german = context.new_page()
    german.goto(f"{live.url}/p/music/{SEGMENTATION}")
    expect(german.locator(".asof")).to_contain_text(re.compile(r"\d\d\.\d\d\.\d{4} to"))
    expect(german.locator("tbody td").first).to_contain_text(re.compile(r"\d,\d"))
    context.close()


def test_a_segment_says_how_many_it_matches_while_it_is_typed(page, live):
    page.goto(
        f"{live.url}/p/music/segmentation/?segment-0=new&segment-0-match=all"
        "&segment-0-condition-0-attribute=country"
    )
    page.get_by_role("button", name="whose Country is choose …").click()
    page.locator("#segment-0-condition-0-value").press_sequentially("HR")
    expect(page.locator(".size")).to_have_text(re.compile(r"^\s*\d+ people now\s*$"))


def test_groups_of_conditions_are_put_together_by_hand(page, live):
    page.goto(f"{live.url}/p/music/segmentation/?event-0=Song+Played&segment-0=new&metric=people")
    page.get_by_role("button", name="whose choose …").click()
    page.locator("#segment-0-condition-0-attribute").fill("country")
    page.locator("#segment-0-condition-0-attribute").press("Tab")
    page.locator("#segment-0-condition-0-value").fill("HR")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="group", exact=True).click()
    expect(page.locator("#segment-0-group-0-match")).to_have_value("any")
    page.locator("#segment-0-group-0-condition-0-attribute").fill("country")
    page.locator("#segment-0-group-0-condition-0-attribute").press("Tab")
    page.locator("#segment-0-group-0-condition-0-value").fill("DE")
    page.keyboard.press("Escape")
    page.locator("#segment-0-match").select_option("any")
    expect(page.get_by_text("country is HR or (country is DE):")).to_be_visible()


def test_a_window_that_is_too_short_is_told(page, live):
    page.goto(f"{live.url}/p/music/{FUNNEL.replace('15&unit=minute', '1&unit=second')}")
    told = re.compile("Half of those who go from Registration to Watch Video take .* or longer")
    expect(page.get_by_text(told)).to_be_visible()


def test_a_comparison_is_said_in_words(page, live):
    page.goto(
        f"{live.url}/p/music/segmentation/?event-0=Song+Played&metric=events"
        "&period=previous_week&compare=previous_period"
    )
    told = re.compile(r"^Song Played: [\d,]+ events, (up|down) [\d.]+ % on the period before\.$")
    expect(page.get_by_text(told)).to_be_visible()


def test_a_report_that_is_still_computed_can_be_saved_and_stopped(client, project, alice, journeys):
    journeys(ann=[(0, "look")])
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/segmentation/?event-0=look").content.decode()
    assert "Computing" in page
    assert "Save report" in page
    assert ">Stop</button>" in page


def test_long_work_shows_that_it_goes_on(segmentation):
    waiting = "getComputedStyle(document.querySelector('.answer'), '::before').content"
    assert segmentation.evaluate(waiting) == "none"
    held = []

    def hold(route):
        held.append(route)

    segmentation.route("**/segmentation/**", hold)
    segmentation.get_by_label("Period", exact=True).select_option("last_7_days")
    for _ in range(250):
        if "Computing" in segmentation.evaluate(waiting):
            break
        segmentation.wait_for_timeout(20)
    assert "Computing" in segmentation.evaluate(waiting)
    held[0].continue_()
    expect(segmentation.locator("tbody tr")).to_have_count(8)


def test_the_cohorts_of_a_retention_stand_in_one_line_each(page, live):
    page.set_viewport_size({"width": 1440, "height": 900})
    events = "event-0=Registration&event-1=Song+Played"
    weeks = "granularity=week&intervals=8&period=last_90_days"
    page.goto(f"{live.url}/p/music/retention/?{events}&{weeks}")
    expect(page.locator(".heat tbody th").nth(1)).to_be_visible()
    lines = page.evaluate(
        "[...document.querySelectorAll('.heat tbody th')].map(each => {"
        " const range = document.createRange(); range.selectNodeContents(each);"
        " return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size; })"
    )
    assert len(lines) > 5
    assert set(lines) == {1}


def test_numbers_say_what_they_count(page, live):
    page.goto(f"{live.url}/p/music/segmentation/?event-0=Song+Played&metric=people")
    expect(page.locator("figure").get_by_text("People each day", exact=True)).to_be_visible()
    table = page.get_by_role("region", name="By day", exact=True)
    expect(table.locator("caption")).to_contain_text("People each day")
    told = re.compile(r"^[\d,]+ (people|person)$")
    expect(table.locator("tbody td").first).to_have_attribute("title", told)
    page.locator(".canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".reading dd").first).to_have_text(told)


@pytest.mark.parametrize("path", [SEGMENTATION, FUNNEL])
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_jumps_when_the_answer_arrives(page, live, path, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(
        "window.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries()"
        ".map(each => each.value))).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(f"{live.url}/p/music/{path}")
    expect(page.locator(".canvas .plot, .funnel .pillar").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("shifts.reduce((sum, each) => sum + each, 0)") < 0.02


@pytest.mark.parametrize("path", [SEGMENTATION, FUNNEL])
def test_a_page_is_light(page, live, path):
    """To whoever comes for the first time."""
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    sizes = {}
    page.on("response", lambda answer: sizes.update({answer.url: answer}))
    page.goto(f"{live.url}/p/music/{path}")
    page.wait_for_load_state("networkidle")
    own = {url: answer.request.sizes()["responseBodySize"] for url, answer in sizes.items()}
    assert 0 < sum(own.values()) <= 110_000, own


def test_it_is_read_after_a_change_of_size_and_of_theme(funnel):
    for width in (360, 768, 1440):
        funnel.set_viewport_size({"width": width, "height": 800})
        expect(funnel.locator(".pillar").first).to_be_visible()
        assert funnel.evaluate("document.documentElement.scrollWidth") <= width
    expect(funnel.locator(".builder")).to_be_visible()
    funnel.get_by_role("button", name="Switch between dark and light").click()
    expect(funnel.locator(".pillar").first).to_be_visible()


def test_two_segments_of_a_funnel_fit_side_by_side(page, live):
    page.set_viewport_size({"width": 1440, "height": 900})
    both = "".join(
        f"&segment-{n}=new&segment-{n}-name={name}&segment-{n}-condition-0-attribute=country"
        f"&segment-{n}-condition-0-value={country}"
        for n, (name, country) in enumerate((("Croatia", "HR"), ("Germany", "DE")))
    )
    page.goto(f"{live.url}/p/music/{FUNNEL}{both}")
    table = page.get_by_role("region", name="Steps", exact=True)
    expect(table.get_by_role("columnheader", name="Germany: people")).to_be_visible()
    assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
    # On a phone they do not: the name of the step stays beside its numbers.
    page.set_viewport_size({"width": 360, "height": 780})
    assert table.evaluate("each => { each.scrollLeft = 200; return each.scrollLeft }") == 200
    box = table.get_by_role("rowheader", name="3. Payment").bounding_box()
    assert box["x"] == table.bounding_box()["x"]


def test_a_narrow_screen_folds_the_definition_to_a_sentence(page, live):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{live.url}/p/music/{FUNNEL}")
    expect(page.locator(".builder")).to_be_hidden()
    page.get_by_text("Registration → Watch Video → Payment within 15 minutes").click()
    page.get_by_label("Period", exact=True).select_option("last_7_days")
    expect(page).to_have_url(re.compile("last_7_days"))
    expect(page.locator(".builder")).to_be_visible()
