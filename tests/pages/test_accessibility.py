"""Every page against WCAG 2.1 A and AA with axe, in light and in dark, wide and narrow."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

AXE = Path(__file__).parents[1] / "clients/node_modules/axe-core/axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
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
}
PAGES = {
    "home": "",
    "reports": "reports/",
    "dashboards": "dashboards/",
    "segments": "segments/",
    "attributes": "attributes/",
    "new segment": "segments/new/",
    "ids": "segments/ids/",
    "empty builder": "segmentation/",
    **REPORTS,
    "people": "people/",
    "behind": "funnel/people/?event-0=Registration&event-1=Payment&value=1&unit=day&of-step=1"
    "&of-outcome=dropped",
    "events": "events/",
    "search": "search/?q=o",
    "live": "live/",
    "send": "send/",
    "import": "import/",
}


def violations(page):
    """What axe complains of, in a form that says where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("levels => axe.run(document, {runOnly: levels})", LEVELS)
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_violation(page, live, name, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{live.url}/p/music/{PAGES[name]}")
    if name in REPORTS:
        expect(page.locator(".canvas svg, .pillar").first).to_be_visible()
    assert violations(page) == []


def test_the_sign_in_page_and_a_person_have_none(page, live):
    page.goto(f"{live.url}/p/music/people/")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="Attributes")).to_be_visible()
    assert violations(page) == []
    page.context.clear_cookies()
    page.goto(f"{live.url}/sign-in/")
    assert violations(page) == []
