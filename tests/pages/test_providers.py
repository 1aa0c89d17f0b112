"""Signing in with a provider of OpenID Connect, a real one on loopback with signed tokens."""

import subprocess
from urllib.request import HTTPErrorProcessor, build_opener

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.utils.http import urlsafe_base64_encode

from people import first
from people.members import Invitation, invite
from people.models import User
from tests.conftest import command, environment
from tests.pages.provider import CLIENT, SECRET, provider

pytestmark = pytest.mark.django_db
DOOR = "/sign-in/with/oidc/"


class Stay(HTTPErrorProcessor):
    """Tells where an answer leads, and does not go there."""

    def http_response(self, request, response):
        return response


@pytest.fixture(scope="module")
def running():
    with provider() as found:
        yield found


@pytest.fixture
def them(running, settings):
    running.claims = {"sub": "1", "email": "alice@example.com", "email_verified": True}
    running.error, running.audience = "", CLIENT
    app = {
        "provider_id": "oidc",
        "name": "Keycloak",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": running.url},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return running


def walk(client, door=f"{DOOR}?next=/help/"):
    """To the provider and back: the last answer."""
    there = client.get(door)
    assert there.status_code == 302, there.content
    back = build_opener(Stay).open(there.url).headers["Location"]
    path = back.removeprefix("http://testserver")
    assert path.startswith(f"{DOOR}back/?")
    return client.get(path)


def said(client):
    return client.get("/sign-in/").content.decode()


def test_whose_verified_address_has_an_account_is_in(client, them, alice, project):
    assert f'href="{DOOR}?next=/help/"' in client.get("/sign-in/?next=/help/").content.decode()
    assert walk(client).url == "/help/"
    assert client.get("/account/").context["user"] == alice
    # From then on it is they who are known, by whatever address.
    client.logout()
    them.claims |= {"email": "other@example.com", "email_verified": False}
    assert walk(client).url == "/help/"
    assert client.get("/account/").context["user"] == alice
    alice.refresh_from_db()
    assert (alice.email, alice.check_password("alice" * 4)) == ("alice@example.com", True)
    assert SocialAccount.objects.count() == 1
    assert project.audit.filter(action="signed in", email=alice.email).count() == 2


def test_an_address_that_is_not_verified_lets_nobody_in(client, them, alice, settings):
    for claim in ({"email_verified": False}, {"email": ""}):
        them.claims |= claim
        assert walk(client).url == "/sign-in/"
        assert "does not say that your address is yours" in said(client)
    assert client.get("/account/").status_code == 302
    settings.OIDC_TRUST_EMAIL = True
    them.claims |= {"email": "alice@example.com"}
    assert walk(client).url == "/help/"


def test_who_has_no_account_is_told_how_to_get_one(client, them, project, settings):
    them.claims |= {"email": "new@example.com", "given_name": "Ada"}
    User.objects.create_user("x@example.com")
    assert walk(client).url == "/sign-in/"
    assert "Nobody has an account with new@example.com here." in said(client)
    assert not User.objects.filter(email="new@example.com").exists()
    settings.OIDC_SIGN_UP = True
    assert walk(client).url == "/help/"
    made = User.objects.get(email="new@example.com")
    assert (made.first_name, made.has_usable_password(), made.is_staff) == ("Ada", False, False)
    assert client.get("/p/shop/").status_code == 404


def test_an_invitation_is_taken_by_it_and_a_switched_off_account_stays_off(client, them, project):
    member = invite(project, "alice@example.com", "viewer")
    assert walk(client).url == "/help/"
    assert client.get("/p/shop/").status_code == 200
    client.logout()
    User.objects.filter(pk=member.user.pk).update(is_active=False)
    for claims in ({}, {"sub": "2"}):
        them.claims |= claims
        assert walk(client).url == "/sign-in/"
        assert "switched off" in said(client)


def test_the_second_factor_is_asked_for_here_too(client, them, alice, settings):
    Authenticator.objects.create(user=alice, type="totp", data={"secret": "A" * 32})
    settings.TWO_FACTOR = True
    assert walk(client).url == "/sign-in/second-factor/"
    assert client.get("/account/").status_code == 302
    # Who has none was asked by the provider for whatever it wants.
    Authenticator.objects.all().delete()
    settings.TWO_FACTOR_REQUIRED = True
    assert walk(client).url == "/help/"
    assert client.get("/p/shop/").status_code == 200


def test_what_goes_wrong_there_leads_back_with_words(client, them, alice, settings):
    for error in ("access_denied", "server_error"):
        them.error = error
        assert walk(client).url == "/sign-in/"
        assert "Keycloak did not sign you in." in said(client)
    them.error, them.audience = "", "somebody else"
    assert walk(client).url == "/sign-in/"
    them.audience = CLIENT
    # A state or a code that nobody gave out.
    for query in ("state=x&code=y", "code=y", ""):
        assert client.get(f"{DOOR}back/?{query}").url == "/sign-in/"
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    assert client.get(DOOR).url == "/sign-in/"
    assert "Keycloak does not answer." in said(client)
    assert client.get("/account/").status_code == 302
    assert client.get("/sign-in/with/another/").status_code == 404


@pytest.fixture
def alone(them, settings):
    """Passwords let nobody in."""
    settings.PASSWORD_SIGN_IN = False
    settings.TWO_FACTOR = True
    return them


def test_without_passwords_the_provider_is_the_only_way_in(client, alone, alice):
    page = said(client)
    assert "Sign in with Keycloak" in page
    assert 'type="password"' not in page
    assert "passkey" not in page
    assert "/forgotten/" not in page
    given = {"username": "alice@example.com", "password": "alice" * 4}
    for path in ("/sign-in/", "/sign-in/passkey/"):
        answer = client.post(path, given)
        assert (answer.status_code, "No passwords here" in answer.content.decode()) == (404, True)
    assert client.get("/account/").status_code == 302
    assert walk(client).url == "/help/"
    assert client.get("/account/").context["user"] == alice


def test_without_passwords_none_is_asked_for_sent_or_changed(client, alone, alice):
    link = f"/forgotten/{urlsafe_base64_encode(str(alice.pk).encode())}/set-password/"
    for path in ("/forgotten/", "/forgotten/sent/", link):
        for call in (client.get, client.post):
            answer = call(path, {"email": alice.email} if call == client.post else None)
            assert answer.status_code == 404
            assert "Sign in with Keycloak" in answer.content.decode()
    assert mail.outbox == []
    client.force_login(alice)
    page = client.get("/account/").content.decode()
    assert "You sign in with Keycloak" in page
    assert "Change the" not in page
    new = {"old_password": "alice" * 4, "new_password1": "q" * 20, "new_password2": "q" * 20}
    assert client.post("/account/", new).status_code == 404
    to = {"address-email": "b@example.com", "address-password": "alice" * 4}
    assert client.post("/account/address/", to).status_code == 404
    alice.refresh_from_db()
    assert alice.check_password("alice" * 4)


def test_without_passwords_an_invitation_and_the_first_account_have_none(client, alone, project):
    page = client.post(f"/set-up/{first.token()}/", {"name": "Shop"}).content.decode()
    assert 'type="password"' not in page
    given = {"person": "Al", "email": "root@example.com", "name": "New", "timezone": "UTC",
             "week_start": "monday"}  # fmt: skip
    assert client.post(f"/set-up/{first.token()}/", given).url == "/p/new/"
    assert not User.objects.get(email="root@example.com").has_usable_password()
    client.logout()
    member = invite(project, "alice@example.com", "viewer")
    assert "password" not in mail.outbox[-1].body
    link = f"/join/{Invitation(member).token}/"
    for answer in (client.get(link), client.post(link, {"password": "q" * 20})):
        assert "Sign in with Keycloak" in answer.content.decode()
        assert 'type="password"' not in answer.content.decode()
    member.user.refresh_from_db()
    assert not member.user.is_active
    assert walk(client, DOOR).url == "/"
    assert client.get("/p/shop/").status_code == 200


def test_without_passwords_and_without_a_provider_nothing_starts(tmp_path):
    told = subprocess.run(
        command("check"),
        env=environment(tmp_path) | {"PASSWORD_SIGN_IN": "0"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode != 0
    assert "PASSWORD_SIGN_IN=0 locks everybody out" in told.stderr
    assert "Set OIDC_URL" in told.stderr
