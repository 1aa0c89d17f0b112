"""From an empty installation to two people with second factors, in a browser, with mails from a
real server: set up, invite, forget a password, sign in by a code and by a passkey; then what was
given is taken back, and a link is shared and revoked."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import environment, start
from tests.mail.smtp import Post, post_office
from tests.pages.test_accessibility import complaints
from tests.pages.test_second_factor import code

ADA, BOB, CID = "ada@example.com", "bob@example.com", "cid@example.com"
FIRST, SECOND = "analytical engine", "quite another engine"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Empty:
    """A product that nobody has set up yet; passkeys work at `localhost` without https."""

    url: str
    printed: str
    post: Post

    def link_to(self, address: str, subject: str) -> str:
        [letter] = [each for each in self.post.to(address) if subject in each["Subject"]]
        return re.search(r"http\S+", letter.get_content())[0]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Empty]:
    data = tmp_path / "data"
    with post_office() as (post, port):
        environment(data)["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
        environment(data)["TWO_FACTOR"] = "1"
        process, url, printed = start(data, "--host", "localhost")
        yield Empty(url, printed, post)
        process.terminate()
        assert process.wait(60) == 0


@pytest.fixture
def someone(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Two browsers; whatever their consoles complain of fails the test."""
    heard: list[str] = []
    contexts = [browser.new_context(), browser.new_context()]
    for each in contexts:
        each.on("console", lambda m: heard.append(m.text) if m.type == "error" else 0)
        each.on("weberror", lambda error: heard.append(str(error.error)))
    yield contexts
    for each in contexts:
        each.close()
    assert heard == []


def fill(page: Page, button: str, **given: str) -> None:
    for label, text in given.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{url}/sign-in/?next=/help/")
    page.get_by_label("E-mail").fill(email)
    fill(page, "Sign in", Password=password)


def set_up(page: Page, empty: Empty) -> None:
    page.goto(re.search(r"Set it up at (\S+)", empty.printed)[1])
    page.get_by_label("E-mail").fill(ADA)
    fill(page, "Set up", Your_name="Ada", Password=FIRST, Project="Engine")
    page.wait_for_url("**/p/engine/")
    assert page.get_by_role("heading", name="Send the first event").is_visible()


def join(page: Page, guest: Page, empty: Empty) -> None:
    page.goto(f"{empty.url}/p/engine/members/")
    page.get_by_label("E-mail").fill(BOB)
    page.get_by_role("button", name="Invite").click()
    page.get_by_text(f"{BOB} is invited").wait_for()
    guest.goto(empty.link_to(BOB, "Join Engine"))
    fill(guest, "Come in", Password=FIRST)
    guest.wait_for_url("**/p/engine/")


def forget(guest: Page, empty: Empty) -> None:
    guest.context.clear_cookies()
    guest.goto(f"{empty.url}/sign-in/")
    guest.get_by_role("link", name="Forgotten your password?").click()
    guest.get_by_label("Email").fill(BOB)
    guest.get_by_role("button", name="Send the link").click()
    guest.get_by_role("heading", name="Look into your mail").wait_for()
    guest.goto(empty.link_to(BOB, "A new password"))
    for field in guest.locator("input[type=password]").all():
        field.fill(SECOND)
    guest.get_by_role("button", name="Save and sign in").click()
    guest.wait_for_url("**/p/engine/")


def by_code(guest: Page, empty: Empty) -> None:
    guest.goto(f"{empty.url}/account/two-factor/app/")
    fill(guest, "Go on", Password=SECOND)
    secret = guest.get_by_text("Or type this into it").locator("code").inner_text()
    fill(guest, "Add the app", Authenticator_code=code(secret, time.time()))
    kept = guest.locator("#codes").inner_text().split()
    sign_in(guest, empty.url, BOB, SECOND)
    guest.get_by_role("heading", name="One more step").wait_for()
    # The moment in which the app was added has had its code; the next is good already.
    fill(guest, "Sign in", Code=code(secret, time.time() + 30))
    guest.wait_for_url(f"{empty.url}/help/")
    sign_in(guest, empty.url, BOB, SECOND)
    fill(guest, "Sign in", Code=kept[0])
    guest.wait_for_url(f"{empty.url}/help/")


def by_passkey(page: Page, empty: Empty) -> None:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.goto(f"{empty.url}/account/two-factor/passkeys/add/")
    fill(page, "Go on", Password=FIRST)
    page.get_by_label("It lets me in without my password").check()
    page.get_by_role("button", name="Add the passkey").click()
    page.locator("#codes").wait_for()
    for path in ("account/two-factor/codes/", "account/two-factor/", "account/"):
        page.goto(f"{empty.url}/{path}")
        assert complaints(page) == [], path
    # Instead of the password, and besides it.
    page.context.clear_cookies()
    page.goto(f"{empty.url}/sign-in/?next=/help/")
    assert complaints(page) == []
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{empty.url}/help/")
    sign_in(page, empty.url, ADA, FIRST)
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url(f"{empty.url}/help/")
    told = [each["Subject"] for each in empty.post.to(ADA)]
    assert told == ["Your sign-in to Moments was changed"]


def answered(page: Page, url: str) -> tuple[int, str]:
    """What a browser gets at an address, which its console has nothing to say about."""
    answer = page.request.get(url)
    return answer.status, answer.text()


def take_back(page: Page, guest: Page, empty: Empty) -> None:
    """An invitation before it is taken, and a member."""
    page.goto(f"{empty.url}/p/engine/members/")
    page.get_by_label("E-mail").fill(CID)
    page.get_by_role("button", name="Invite").click()
    page.get_by_text(f"{CID} is invited").wait_for()
    link = empty.link_to(CID, "Join Engine")
    assert answered(guest, link)[0] == 200
    assert answered(guest, f"{empty.url}/p/engine/")[0] == 200
    for email in (CID, BOB):
        page.get_by_role("link", name=f"Remove {email}").click()
        page.get_by_role("button", name="Remove").click()
        page.get_by_text(f"{email} is no member any more.").wait_for()
    status, words = answered(guest, link)
    assert (status, "This invitation is used up" in words) == (404, True)
    assert answered(guest, f"{empty.url}/p/engine/")[0] == 404


def share(page: Page, guest: Page, empty: Empty) -> None:
    """A dashboard for whoever has link and password, until it is revoked."""
    guest.context.clear_cookies()
    page.goto(f"{empty.url}/p/engine/dashboards/")
    fill(page, "New dashboard", Name_of_the_new_dashboard="Notes")
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Share", exact=True).click()
    page.get_by_label("Password, if it shall ask for one").fill("difference")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#made").inner_text()
    guest.goto(link)
    fill(guest, "Open", Password="difference")
    guest.get_by_role("heading", name="Notes").wait_for()
    page.goto(page.url)
    page.locator("summary", has_text="Revoke").click()
    page.get_by_role("button", name="Revoke for good").click()
    page.get_by_text("it leads nowhere any more").wait_for()
    unknown = f"{link[:-10]}{'x' * 9}/"
    assert answered(guest, link) == answered(guest, unknown)
    assert answered(guest, link)[0] == 404


def test_two_people_come_in_and_keep_others_out(empty, someone):
    ada, bob = (each.new_page() for each in someone)
    set_up(ada, empty)
    join(ada, bob, empty)
    forget(bob, empty)
    by_code(bob, empty)
    by_passkey(ada, empty)
    ada.goto(f"{empty.url}/p/engine/members/")
    assert ada.get_by_role("cell", name="on", exact=True).count() == 2
    take_back(ada, bob, empty)
    share(ada, bob, empty)
