"""How long the server takes for a page of the demo, and how much a page weighs before charts.

    python -m benchmarks.pages

Whole requests over HTTP on this machine, answers from the cache as when somebody comes back; the
95th percentile of each page.
"""

import re
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from statistics import quantiles

from benchmarks.http import running

TIMES = 60
PAGES = {
    "reports": "",
    "people over 30 days by day": "segmentation/?event-0=Song+Played&metric=people&period=last_30_days",
    "adoption over 90 days by day and by week, broken down by 10 values": "segmentation/?event-0=Song+Played&metric=adoption"
    "&period=last_90_days&granularity=day&granularity=week&breakdown=property:songGenre",
    "funnel": "funnel/?event-0=Registration&event-1=Watch+Video&event-2=Payment&value=1&unit=day",
    "people": "people/",
    "people behind a number": "funnel/people/?event-0=Registration&event-1=Payment&value=1"
    "&unit=day&of-step=1&of-outcome=dropped",
    "events": "events/",
    "live": "live/",
    "suggested events": "suggestions/?of=event",
}


def signed_in(url: str, printed: str) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = opener.open(f"{url}/sign-in/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    found = re.search(r"^sign in: (\S+) / (\S+)$", printed, re.MULTILINE)
    assert token
    assert found
    form = {"username": found[1], "password": found[2], "csrfmiddlewaretoken": token[1]}
    opener.open(f"{url}/sign-in/", urllib.parse.urlencode(form).encode()).read()
    return opener


def main() -> None:
    with running("--demo") as (url, _, printed):
        browser = signed_in(url, printed)
        print("\n| page of the demo | p50 ms | p95 ms | KB |\n| --- | ---: | ---: | ---: |")
        for name, path in PAGES.items():
            taken, size = [], 0
            for _again in range(TIMES + 3):
                began = time.perf_counter()
                size = len(browser.open(f"{url}/p/music/{path}").read())
                taken.append((time.perf_counter() - began) * 1000)
            cuts = quantiles(taken[3:], n=20)
            print(f"| {name} | {cuts[9]:.0f} | {cuts[18]:.0f} | {size / 1000:.0f} |")


if __name__ == "__main__":
    main()
