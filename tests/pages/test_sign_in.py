"""Signing in, and trying to."""

import re
from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people import sign_ins
from people.models import User
from people.tries import MOST_FROM_ALL, MOST_FROM_ONE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, email, password, address="10.0.0.1", path="/sign-in/", **more):
    given = {"username": email, "password": password}
    return client.post(path, given, REMOTE_ADDR=address, **more)


def test_who_tries_passwords_has_to_wait_and_nobody_else(client, alice, bob):
    for _ in range(MOST_FROM_ONE):
        assert sign_in(client, "alice@example.com", "wrong").status_code == 200
    refused = sign_in(client, "Alice@example.com", "alicealicealicealice")
    assert "too many wrong passwords" in refused.content.decode()
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert sign_in(client, "bob@example.com", "bobbobbobbob").status_code == 302
    assert sign_in(client, "alice@example.com", "alice" * 4, "10.0.0.2").status_code == 302


def test_an_account_is_not_tried_from_everywhere(client, alice):
    for n in range(MOST_FROM_ALL):
        sign_in(client, "alice@example.com", "wrong", f"10.0.1.{n}")
    assert sign_in(client, "alice@example.com", "alice" * 4, "10.0.2.1").status_code == 429


def test_what_is_no_name_is_refused_like_any_other(client):
    assert sign_in(client, "a b\n" * 50, "wrong").status_code == 200


def test_the_admin_has_no_sign_in_of_its_own(client, alice):
    asked = client.get("/admin/people/project/", follow=True)
    address = "/sign-in/?next=%2Fadmin%2Fpeople%2Fproject%2F"
    assert asked.redirect_chain[-1][0] == address
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).url.startswith(
        "/sign-in/"
    )
    # Whoever is in already, and may not, is not asked for another account in a circle.
    assert sign_in(client, "alice@example.com", "alice" * 4, path=address).status_code == 302
    assert client.get("/admin/", follow=True).status_code == 403
    User.objects.update(is_staff=True, is_superuser=True)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/logout/").status_code == 405


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


@pytest.fixture
def browsers(alice):
    """Three that alice is signed in with, the first on Linux."""
    found = [Client(), Client(), Client()]
    for n, (browser, agent) in enumerate(zip(found, (FIREFOX, IPHONE, EDGE), strict=True)):
        sign_in(
            browser, "alice@example.com", "alice" * 4, f"10.0.0.{n}", headers={"User-Agent": agent}
        )
    return found


def rows(page):
    found = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', page.content.decode())
    return [(re.sub(" <.*>", " here", name), address) for name, address in found if "." in address]


def is_in(browser):
    return browser.get("/account/", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_sign_ins_are_listed_and_ended(browsers, bob):
    here, phone, work = browsers
    page = here.get("/account/", REMOTE_ADDR="10.0.0.0")
    assert rows(page) == [
        ("Firefox on Linux here", "10.0.0.0"),
        ("Edge on Windows", "10.0.0.2"),
        ("Safari on iPhone", "10.0.0.1"),
    ]
    # Just now, in words and to the minute.
    assert re.search(r">(today|yesterday), \d+:\d\d\s[AP]M UTC<", page.content.decode())
    pks = [each.pk for each in page.context["sign_ins"]]
    stranger = Client()
    stranger.force_login(bob)
    stranger.post(f"/account/sign-ins/{pks[2]}/")
    assert is_in(phone)
    here.post(f"/account/sign-ins/{pks[2]}/")
    assert (is_in(here), is_in(phone), is_in(work)) == (True, False, True)
    here.post("/account/sign-ins/others/")
    assert (is_in(here), is_in(work)) == (True, False)
    assert len(here.get("/account/").context["sign_ins"]) == 1


def test_an_account_has_not_endlessly_many(browsers, monkeypatch):
    monkeypatch.setattr(sign_ins, "MOST", 2)
    newest = Client()
    sign_in(newest, "alice@example.com", "alice" * 4)
    assert [is_in(each) for each in (*browsers, newest)] == [False, False, True, True]


def test_another_password_ends_the_others(browsers):
    here, *others = browsers
    given = {"old_password": "alice" * 4}
    given |= {"new_password1": "quite long enough", "new_password2": "quite long enough"}
    assert here.post("/account/", given).status_code == 302
    assert [is_in(each) for each in (here, *others)] == [True, False, False]
    [only] = here.get("/account/").context["sign_ins"]
    assert only.is_here


def test_who_was_here_when_is_not_written_each_time(browsers):
    here = browsers[0]
    cache.clear()
    here.get("/help/")
    with CaptureQueriesContext(connection) as asked:
        for _ in range(5):
            here.get("/help/")
    writes = [each["sql"] for each in asked if not each["sql"].startswith("SELECT")]
    assert writes == []
    UserSession.objects.update(last_seen_at=datetime(2026, 1, 1, tzinfo=UTC))
    cache.clear()
    here.get("/help/", REMOTE_ADDR="10.9.9.9")
    assert (
        UserSession.objects.filter(ip="10.9.9.9")
        .exclude(last_seen_at__lt="2026-01-02T00:00Z")
        .count()
        == 1
    )
