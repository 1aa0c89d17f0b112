"""Somebody's own account: another address for it."""

import re

import pytest
from django.core import mail
from django.test import Client

from people.models import User
from people.new_address import Change
from people.tries import MOST_FROM_ONE

pytestmark = pytest.mark.django_db
PASSWORD = "alicealicealicealice"


@pytest.fixture(autouse=True)
def at_hand(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def account(client, alice):
    client.force_login(alice)
    return client


def ask(account, email, password=PASSWORD):
    given = {"address-email": email, "address-password": password}
    return account.post("/account/address/", given, follow=True).content.decode()


def link_to(address):
    [letter] = [each for each in mail.outbox if each.to == [address]]
    return re.search(r"http://localhost:8000(/\S+)", letter.body)[1]


def test_a_new_address_counts_once_it_is_confirmed(account, alice, project):
    assert "on its way to ada@example.com" in ask(account, "Ada@Example.com".lower())
    link = link_to("ada@example.com")
    # Programs that look into mails open what is in them.
    stranger = Client()
    assert "ada@example.com" in stranger.get(link).content.decode()
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert stranger.post(link).url == "/account/"
    alice.refresh_from_db()
    assert alice.email == "ada@example.com"
    [told] = [each for each in mail.outbox if each.to == ["alice@example.com"]]
    assert "ada@example.com" in told.body
    assert project.audit.filter(words="Changed their address from alice@example.com").exists()
    assert account.get("/account/").status_code == 200
    # Once.
    assert stranger.get(link).status_code == stranger.post(link).status_code == 404
    assert stranger.login(email="ada@example.com", password=PASSWORD)


def test_whether_an_address_is_taken_is_told_to_its_owner_alone(account, alice, bob):
    free, taken = ask(account, "free@example.com"), ask(account, "Bob@example.com")
    tokens = re.compile(r'value="[^"]{64}"')
    assert tokens.sub("", taken) == tokens.sub("", free.replace("free@", "Bob@"))
    [letter] = [each for each in mail.outbox if each.to == ["Bob@example.com"]]
    assert "nothing was changed" in letter.body
    assert "http" not in letter.body
    # One that is taken meanwhile.
    User.objects.create_user("free@example.com", "x")
    assert Client().post(link_to("free@example.com")).status_code == 404


def test_a_link_ends_with_time_and_with_the_password(account, alice, time_machine):
    token = Change(alice, "ada@example.com").token
    alice.set_password("something else")
    alice.save()
    assert Change.read(token) is None
    token = Change(alice, "ada@example.com").token
    assert Change.read(token)
    time_machine.move_to("2036-01-01")
    assert Change.read(token) is None
    assert Change.read("x") is None


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("alice@example.com", PASSWORD, "This is your address already."),
        ("x", PASSWORD, "Enter a valid email address."),
        ("ada@example.com", "wrong", "This is not your password."),
    ],
)
def test_what_is_wrong_is_said_and_no_mail_goes(account, email, password, words):
    assert words in ask(account, email, password)
    assert mail.outbox == []


def test_the_password_is_not_guessed_here(account):
    for _ in range(MOST_FROM_ONE):
        ask(account, "ada@example.com", "wrong")
    assert "too many wrong passwords" in ask(account, "ada@example.com")
    assert mail.outbox == []


def test_nobodys_box_is_filled(account):
    for _ in range(9):
        ask(account, "ada@example.com")
    assert len(mail.outbox) == 3
