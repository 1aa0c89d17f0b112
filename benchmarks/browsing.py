"""How pages of the demo feel in a browser: how far they move by themselves, how soon a key is seen
to be pressed in the builder, what comes over the wire.

    python -m benchmarks.browsing

As Lighthouse does: the layout shifts that nobody caused, summed up (good: below 0.1; ours: below
0.02), the longest interaction of what is typed (Event Timing; good: below 200 ms; ours: below 100),
and bytes as they are transferred, without and with what a browser has kept from the page before.
"""

import re
from urllib.parse import urlencode

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.http import running

FUNNEL = "funnel/?event-0=Registration&event-1=Watch+Video&event-2=Payment&value=1&unit=day"
ASKED = "segmentation/?event-0=Song+Played&metric=people&period=last_30_days"
PAGES = {
    "home": "",
    "reports": "reports/",
    "a segmentation": ASKED,
    "a segmentation with a breakdown": f"{ASKED}&breakdown=property:songGenre",
    "a funnel": FUNNEL,
    "a retention": "retention/?event-0=Registration&event-1=Song+Played&granularity=week&intervals=8"
    "&period=last_90_days",
    "dashboards": "dashboards/",
    "segments": "segments/",
    "people": "people/",
    "a person": "people/1/",
    "events": "events/",
    "an event": "events/1/",
    "live": "live/",
    "send data": "send/",
    "settings": "settings/",
}
WATCH = """
shifted = 0;
slowest = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) shifted += each.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (each.interactionId) slowest = Math.max(slowest, each.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
BYTES = """
() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, each) => sum + each.transferSize, 0)
"""


def settled(page: Page) -> None:
    """Once everything that a page asks for by itself has come."""
    busy = page.locator(".htmx-request, .waiting, [aria-busy=true] .skeleton")
    expect(busy).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(300)


def typed(page: Page, url: str) -> float:
    """The longest interaction while an event, a condition and its value are typed, in ms."""
    page.goto(f"{url}/p/music/{ASKED}")
    settled(page)
    field = page.get_by_label("Event 1", exact=True)
    field.fill("")
    for text in ("Payment", "Playlist Created"):
        field.press("Control+a")
        field.press_sequentially(text, delay=60)
        field.press("Tab")
        settled(page)
    return float(page.evaluate("slowest"))


def main() -> None:
    with running("--demo") as (url, _, printed), sync_playwright() as playwright:
        found = re.search(r"^sign in: (\S+) / (\S+)$", printed, re.MULTILINE)
        assert found
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(WATCH)
        page.goto(f"{url}/sign-in/?{urlencode({'next': '/account/'})}")
        page.get_by_label("E-mail").fill(found[1])
        page.get_by_label("Password").fill(found[2])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/account/")
        print(
            "\n| page of the demo | layout shift | KB at first | KB again |\n| --- | ---: | ---: | ---: |"
        )
        for name, path in PAGES.items():
            address = f"{url}/p/music/{path}"
            sizes = []
            for is_first in (True, False):
                session = page.context.new_cdp_session(page)
                if is_first:
                    session.send("Network.clearBrowserCache")
                page.goto(address)
                settled(page)
                sizes.append(page.evaluate(BYTES) / 1000)
            moved = page.evaluate("shifted")
            print(f"| {name} | {moved:.3f} | {sizes[0]:.0f} | {sizes[1]:.0f} |", flush=True)
        print(f"\nThe longest interaction while typing in the builder: {typed(page, url):.0f} ms.")
        browser.close()


if __name__ == "__main__":
    main()
