"""Pictures of the pages, wide and narrow, light and dark: `python -m tests.screenshots`.

Starts the product with its demo data, as users do, and writes moments/static/screenshots.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.services import free_port

ROOT = Path(__file__).parent.parent
OUT = ROOT / "moments/static/screenshots"
PATIENCE = 90
LOOKS = (("", 1440, "light"), ("-dark", 1440, "dark"), ("-360", 360, "light"))


def segment(n: int, name: str, country: str) -> dict[str, str]:
    """A segment of the people of a country."""
    stem = f"segment-{n}"
    return {
        stem: "new",
        f"{stem}-name": name,
        f"{stem}-match": "all",
        f"{stem}-condition-0-attribute": "country",
        f"{stem}-condition-0-operator": "is",
        f"{stem}-condition-0-value": country,
    }


SEGMENTATION = {
    "event-0": "Song Played",
    "event-0-filter-0-property": "songGenre",
    "event-0-filter-0-operator": "is",
    "event-0-filter-0-value": "jazz",
    "metric": "people",
    "period": "last_30_days",
    "granularity": "day",
    **segment(0, "Croatia", "HR"),
    **segment(1, "Germany", "DE"),
}
FUNNEL = {
    "event-0": "Registration",
    "event-1": "Watch Video",
    "event-2": "Payment",
    "value": "15",
    "unit": "minute",
    "period": "last_90_days",
    **segment(0, "Croatia", "HR"),
    **segment(1, "Germany", "DE"),
}
RETENTION = {
    "event-0": "Registration",
    "event-1": "Song Played",
    "granularity": "week",
    "intervals": "8",
    "period": "last_90_days",
}
DROPPED = {"of-segment": "0", "of-step": "1", "of-outcome": "dropped"}
PAGES = {
    "home": "/p/music/",
    "first-steps": "/p/music/begin/",
    "everybody": "/p/music/people/",
    "events": "/p/music/events/",
    "event": "/p/music/events/1/",
    "live": "/p/music/live/",
    "send": "/p/music/send/",
    "import": "/p/music/import/",
    "settings": "/p/music/settings/",
    "help": "/help/",
    "segmentation": f"/p/music/segmentation/?{urlencode(SEGMENTATION)}",
    "funnel": f"/p/music/funnel/?{urlencode(FUNNEL)}",
    "retention": f"/p/music/retention/?{urlencode(RETENTION)}",
    "people": f"/p/music/funnel/people/?{urlencode(FUNNEL | DROPPED)}",
    "person": "/p/music/people/1/",
    "styleguide": "/styleguide/",
}


@contextmanager
def product() -> Iterator[tuple[str, str, str]]:
    """The address of a running product, and how to sign in."""
    with tempfile.TemporaryDirectory() as folder:
        log, port = Path(folder) / "log", free_port()
        words = ["up", "--demo", "--data", folder, "--port", str(port)]
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *words],
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
            env=os.environ | {"DEBUG": "1", "MOMENTS_DATA": folder},
        )
        try:
            yield f"http://127.0.0.1:{port}", *way_in(log)
        finally:
            process.terminate()
            process.wait(20)


def way_in(log: Path) -> tuple[str, str]:
    """The address and the password that the product prints when it is up."""
    deadline = time.monotonic() + PATIENCE
    while "Stop it with" not in log.read_text():
        if time.monotonic() > deadline:
            raise TimeoutError(log.read_text())
        time.sleep(0.2)
    found = re.search(r"^sign in: (\S+) / (\S+)$", log.read_text(), re.MULTILINE)
    if not found:
        raise ValueError(log.read_text())
    return found[1], found[2]


def signed_in(browser: Browser, look: tuple[str, int, str], user: tuple[str, str, str]) -> Page:
    suffix, width, scheme = look
    size = {"width": width, "height": 900 if width > 600 else 780}
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    url, email, password = user
    page.goto(f"{url}/sign-in/")
    page.screenshot(path=OUT / f"sign-in{suffix}.png")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "sign-in" not in address)
    return page


def main() -> None:
    with product() as user, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for look in LOOKS:
            page = signed_in(browser, look, user)
            for name, path in PAGES.items():
                page.goto(user[0] + path)
                page.wait_for_load_state("networkidle")
                expect(page.locator(".waiting, .front[aria-busy]")).to_have_count(0)
                page.screenshot(path=OUT / f"{name}{look[0]}.png")
        browser.close()


if __name__ == "__main__":
    main()
