"""Signing in, and trying to."""

import pytest
from django.core.cache import cache

from people.models import User
from people.tries import MOST_FROM_ALL, MOST_FROM_ONE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, email, password, address="10.0.0.1", path="/sign-in/"):
    return client.post(path, {"username": email, "password": password}, REMOTE_ADDR=address)


@pytest.mark.parametrize("path", ["/sign-in/", "/admin/login/"])
def test_who_tries_passwords_has_to_wait_and_nobody_else(client, alice, bob, path):
    User.objects.update(is_staff=True)
    for _ in range(MOST_FROM_ONE):
        assert sign_in(client, "alice@example.com", "wrong", path=path).status_code == 200
    refused = sign_in(client, "Alice@example.com", "alicealicealicealice", path=path)
    assert "too many wrong passwords" in refused.content.decode()
    if path == "/sign-in/":
        assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert sign_in(client, "bob@example.com", "bobbobbobbob").status_code == 302
    assert sign_in(client, "alice@example.com", "alice" * 4, "10.0.0.2").status_code == 302


def test_an_account_is_not_tried_from_everywhere(client, alice):
    for n in range(MOST_FROM_ALL):
        sign_in(client, "alice@example.com", "wrong", f"10.0.1.{n}")
    assert sign_in(client, "alice@example.com", "alice" * 4, "10.0.2.1").status_code == 429


def test_what_is_no_name_is_refused_like_any_other(client):
    assert sign_in(client, "a b\n" * 50, "wrong").status_code == 200
