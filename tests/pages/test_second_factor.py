"""The second factor: codes of an app computed by RFC 6238, recovery codes, and who needs one."""

import base64
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from people.models import AuditEntry
from people.urls.second_factor import PAGES

pytestmark = pytest.mark.django_db
PASSWORD = "alicealicealicealice"
HERE = "/account/two-factor/"


@pytest.fixture(autouse=True)
def on(settings):
    settings.TWO_FACTOR = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def code(secret: str, moment: float) -> str:
    """Six digits of HMAC-SHA-1 over the count of 30 seconds (RFC 4226 5.3, RFC 6238 4.2)."""
    count = struct.pack(">Q", int(moment) // 30)
    digest = hmac.digest(base64.b32decode(secret), count, "sha1")
    at = digest[-1] & 15
    [number] = struct.unpack(">I", digest[at : at + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_code_is_that_of_the_standard():
    """RFC 6238, appendix B, its last six digits."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [code(secret, at) for at in (59, 1111111109, 20000000000)] == [
        "287082", "081804", "353130",
    ]  # fmt: skip


def sign_in(password=PASSWORD):
    browser = Client()
    given = {"username": "alice@example.com", "password": password, "next": "/help/"}
    return browser, browser.post("/sign-in/", given)


def confirmed(browser, path):
    """The page at a path, once somebody has shown again who they are."""
    asked = browser.get(path, follow=True)
    assert asked.redirect_chain[-1][0].startswith("/account/again/")
    return browser.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)


@pytest.fixture
def with_app(alice):
    """A browser that has added an app, its secret and the recovery codes."""
    browser, _ = sign_in()
    page = confirmed(browser, f"{HERE}app/")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())[1]
    assert "Incorrect code" in browser.post(f"{HERE}app/", {"code": "000000"}).content.decode()
    shown = browser.post(f"{HERE}app/", {"code": code(secret, time.time())}, follow=True)
    codes = re.search(r'<code id="codes">([\d\n]+)</code>', shown.content.decode())[1].split()
    assert len(codes) == 10
    return browser, secret, codes


def test_what_codes_come_from_opens_by_the_secret_key_alone(with_app, settings, time_machine):
    _, secret, codes = with_app
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert len(re.findall(r"'(?:secret|seed)': 'gAAAA", kept)) == 2
    settings.SECRET_KEY = "another key of more than fifty characters, as it has to be"
    time_machine.move_to(time.time() + 60)
    browser, answer = sign_in()
    # Of a seed or secret that is empty, anybody could compute the codes.
    empty = code("", time.time())
    for each in (code(secret, time.time()), codes[0], empty):
        assert "Incorrect code" in browser.post(answer.url, {"code": each}).content.decode()
    call_command("reset_two_factor", "alice@example.com")
    assert sign_in()[1].url == "/help/"


def test_a_password_alone_is_not_enough_any_more(with_app, time_machine):
    _, secret, _ = with_app
    browser, answer = sign_in()
    assert answer.url == "/sign-in/second-factor/"
    assert browser.get("/account/").status_code == 302
    assert "Incorrect code" in browser.post(answer.url, {"code": "1"}).content.decode()
    # The next period: a code is good once.
    now = time.time() + 60
    time_machine.move_to(now)
    assert browser.post(answer.url, {"code": code(secret, now)}).url == "/help/"
    assert browser.get("/account/").status_code == 200
    again, answer = sign_in()
    assert "Incorrect code" in again.post(answer.url, {"code": code(secret, now)}).content.decode()


def test_a_recovery_code_lets_in_once(with_app):
    _, _, codes = with_app
    browser, answer = sign_in()
    assert browser.post(answer.url, {"code": codes[3]}).url == "/help/"
    assert "9 left" in browser.get(HERE).content.decode()
    again, answer = sign_in()
    assert "Incorrect code" in again.post(answer.url, {"code": codes[3]}).content.decode()


def test_codes_are_not_tried_out(with_app, settings):
    _, _, codes = with_app
    browser, answer = sign_in()
    for _ in range(5):
        browser.post(answer.url, {"code": "000000"})
    refused = browser.post(answer.url, {"code": codes[0]})
    assert refused.status_code == 200
    assert "Too many" in refused.content.decode()


def test_neither_a_mail_nor_the_admin_gets_around_it(with_app, alice):
    Client().post("/forgotten/", {"email": "alice@example.com"})
    link = re.search(r"http://[^/]+(/forgotten/\S+)", mail.outbox[-1].body)[1]
    browser = Client()
    page = browser.get(link, follow=True)
    chosen = {"new_password1": "quite long enough", "new_password2": "quite long enough"}
    answer = browser.post(page.redirect_chain[-1][0], chosen)
    assert answer.url == "/sign-in/second-factor/"
    assert browser.get("/account/").status_code == 302
    admin = Client()
    assert admin.get("/admin/login/").url.startswith("/sign-in/")


@pytest.mark.django_db(transaction=True)
def test_whoever_may_be_robbed_is_told(with_app, project, alice):
    browser, _, _ = with_app
    assert [each.body.splitlines()[0] for each in mail.outbox] == [
        "Somebody added an authenticator app to your sign-in to Moments."
    ]
    browser.post(f"{HERE}codes/new/")
    browser.post(f"{HERE}app/off/")
    written = AuditEntry.objects.filter(project=project).exclude(action="signed in").order_by("pk")
    assert [each.words for each in written] == [
        "Added an authenticator app to their sign-in",
        "Made new recovery codes for their sign-in",
        "Removed an authenticator app from their sign-in",
    ]
    assert len(mail.outbox) == 3
    # Codes alone are no second factor.
    assert not Authenticator.objects.exists()
    assert sign_in()[1].url == "/help/"


def test_who_has_one_is_seen_by_owners_alone(with_app, project, client, bob):
    browser, _, _ = with_app
    assert "<td>on</td>" in browser.get("/p/shop/members/").content.decode()
    client.force_login(bob)
    assert "Two-factor" not in client.get("/p/shop/members/").content.decode()


def test_where_it_is_required_nothing_else_comes_before_it(alice, settings):
    settings.TWO_FACTOR_REQUIRED = True
    browser, _ = sign_in()
    for path in ("/", "/p/shop/", "/account/", "/admin/"):
        assert browser.get(path).url == HERE
    page = confirmed(browser, f"{HERE}app/")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())[1]
    browser.post(f"{HERE}app/", {"code": code(secret, time.time())})
    assert browser.get("/p/shop/").status_code == 200
    assert Client().get("/api/projects/").status_code == 401


def test_the_host_lets_in_who_lost_it(with_app, capsys):
    call_command("reset_two_factor", "Alice@example.com")
    assert sign_in()[1].url == "/help/"
    for email in ("alice@example.com", "nobody@example.com"):
        with pytest.raises(CommandError, match=email):
            call_command("reset_two_factor", email)


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_for_who_is_signed_in_and_there_where_it_is_on(name, alice, settings):
    path = "/" + PAGES[name][0].replace("<int:pk>", "1")
    browser, _ = sign_in()
    nobody = Client().get(path)
    assert (nobody.status_code, nobody.url.split("?")[0]) == (302, "/sign-in/") or (
        name == "mfa_list_webauthn"
    )
    assert browser.get(path).status_code in (200, 302, 403, 404)
    settings.TWO_FACTOR = False
    assert browser.get(path).status_code == Client().get(path).status_code == 404
    assert "two-factor" not in browser.get("/account/").content.decode()
    assert "passkey" not in Client().get("/sign-in/").content.decode()
