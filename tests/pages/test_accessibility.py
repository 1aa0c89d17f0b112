"""Every page against WCAG 2.1 A and AA with axe, in light and in dark; that nothing on it moves by
itself, and that nothing sticks out of a narrow screen."""

from contextvars import copy_context
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from playwright.sync_api import expect

from tests.pages.table import OPEN, ROWS

AXE = Path(__file__).parents[1] / "clients/node_modules/axe-core/axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
ORIGIN = "http://moments.test"
# How far a page may move by itself: https://web.dev/articles/cls calls 0.1 good.
MOST_SHIFTED = 0.02
NARROW = {"width": 360, "height": 780}
REPORTS = {
    "segmentation": "segmentation/?event-0=Song+Played&metric=adoption&period=last_7_days"
    "&segment-0=new&segment-0-condition-0-attribute=country&segment-0-condition-0-value=HR"
    "&segment-0-did-0-performed=Payment&segment-0-did-0-times=at_least&segment-0-did-0-count=1"
    "&breakdown=property:songGenre&compare=previous_period",
    "computed": "segmentation/?event-0=Payment&event-0-measure=sum&event-0-of=amount&metric=measure"
    "&formula-0=A%2F2&formula-0-name=Half&period=last_7_days",
    "rolling": "segmentation/?event-0=Song+Played&metric=people&over=rolling&rolling=28"
    "&segment-0=new&segment-0-condition-0-attribute=country&segment-0-condition-0-value=HR"
    "&segment-1=new&segment-1-condition-0-attribute=country&segment-1-condition-0-value=DE"
    "&exclusive=on&period=last_7_days",
    "funnel": "funnel/?event-0=Registration&event-1=Watch+Video&event-2=Payment&value=1&unit=day"
    "&breakdown=attribute:country",
    "funnel with rules": "funnel/?event-0=Registration&event-1=Watch+Video&event-2=Payment"
    "&value=1&unit=day&unless-0=Song+Played&hold-0=&over=on&over-time=week&times=on",
    "retention": "retention/?event-0=Registration&event-1=Song+Played&granularity=week&intervals=8"
    "&period=last_90_days",
    "people beside": "funnel/?event-0=Registration&event-1=Payment&value=1&unit=day"
    "&of-segment=0&of-step=1",
    "home": "",
    "event": "events/1/",
}
# What has no page: parts of others, mails as they were sent, files.
NO_PAGES = {
    "mail-preview",
    "mail-draft-preview",
    "kept-mail",
    "person-export",
    "import-rejected",
    "export-file",
}
GROUPS = 4
# What moves without anybody having done something, summed up.
SHIFTS = """
shifted = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) shifted += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def complaints(page):
    """What axe says of a page in light, and of its colours in dark, with the place."""
    page.evaluate(AXE.read_text())
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = violations(page, {"runOnly": LEVELS})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + violations(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})


def violations(page, options):
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("name", REPORTS)
def test_an_answer_has_no_violation_and_does_not_move(page, live, name):
    page.add_init_script(SHIFTS)
    page.goto(f"{live.url}/p/music/{REPORTS[name]}")
    expect(page.locator(".canvas svg, .pillar, .lead").first).to_be_visible()
    assert page.evaluate("shifted") < MOST_SHIFTED
    assert complaints(page) == []


def test_the_fields_of_a_sentence_have_no_violation(page, live):
    page.goto(f"{live.url}/p/music/{REPORTS['segmentation']}")
    for says, field in (("whose Country is HR", "Value"), ("who did Payment", "Did the event")):
        page.get_by_role("button", name=says).click()
        page.locator(".fields:popover-open").get_by_label(field, exact=True).focus()
        expect(page.locator(".fields:popover-open [role=option]").first).to_be_visible()
        assert complaints(page) == []


@pytest.fixture
def shown(browser, things, client, alice):
    """shown(path): a page as the owner sees it; the browser asks the test client for everything."""
    client.force_login(alice)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    # Playwright calls in a context of its own, which would have another connection.
    here = copy_context()

    def hand(route):
        path = route.request.url.removeprefix(ORIGIN)
        if path.startswith("/static/"):
            return route.fulfill(path=finders.find(urlsplit(path).path.removeprefix("/static/")))
        is_part = "hx-request" in route.request.headers
        given = here.run(client.get, path, headers={"HX-Request": "true"} if is_part else {})
        headers = {name: value for name, value in given.items() if name != "Set-Cookie"}
        return route.fulfill(status=given.status_code, headers=headers, body=given.content)

    page.route(f"{ORIGIN}/**", hand)

    def show(path):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(ORIGIN + path)
        expect(page.locator(".htmx-request")).to_have_count(0)
        return page

    yield show
    context.close()


def wrong_with(page):
    """Whatever is wrong with a page that has come; nothing with a part of another one."""
    if not page.title():
        return []
    found = []
    if (moved := page.evaluate("shifted")) >= MOST_SHIFTED:
        found.append(f"It moves by {moved:.3f}.")
    found += complaints(page)
    page.set_viewport_size(NARROW)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
        found.append(f"It is {width} wide where there is room for {NARROW['width']}.")
    return found


def addresses(things):
    """Every page of the table, and the one behind a shared link."""
    own = [name for name, row in ROWS.items() if "get" in row and row["get"].status == 200]
    others = [name for name, row in OPEN.items() if "get" in row and row["get"][1] == 200]
    # One of those that lead nowhere says how all do.
    for name in [*own, *others, "join"]:
        if name not in NO_PAGES:
            yield name, things.address(name)
    yield "a shared report", reverse("shared", args=[things.token])


@pytest.mark.django_db
def test_no_part_in_no_state_has_a_violation(shown, settings):
    settings.DEBUG = True
    assert wrong_with(shown("/styleguide/")) == []


@pytest.mark.django_db
@pytest.mark.parametrize("group", range(GROUPS))
def test_no_page_has_a_violation_moves_or_is_too_wide(shown, things, group):
    pages = list(addresses(things))[group::GROUPS]
    wrong = {name: found for name, path in pages if (found := wrong_with(shown(path)))}
    assert wrong == {}
