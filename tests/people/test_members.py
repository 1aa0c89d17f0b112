"""Members: invited by mail, with a role; and a project that always has an owner."""

import re

import pytest
from django.core import mail
from django.test import Client

from people.members import Invitation, invite
from people.models import Membership, TokenNote, User, WriteKey

pytestmark = pytest.mark.django_db
ROOT = "/api/projects/shop/"


@pytest.fixture(autouse=True)
def at_hand(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def call(client, bearer, alice):
    headers = bearer(alice)

    def made(method, path, body=None):
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, method)(ROOT + path, **sent, headers=headers)

    return made


def link_in(letter):
    [link] = re.findall(r"http://\S+", letter.body)
    return link.partition("/")[2].partition("/")[2].partition("/")[2]


def test_who_has_no_account_is_invited_and_comes_in_once(call, project, alice):
    answer = call("post", "members/", {"email": "new@example.com", "role": "editor"})
    made = answer.json()
    assert (answer.status_code, made["invited"], made["role"]) == (201, True, "editor")
    [letter] = mail.outbox
    assert letter.to == ["new@example.com"]
    browser, address = Client(), "/" + link_in(letter)
    assert "new@example.com" in browser.get(address).content.decode()
    weak = browser.post(address, {"password": "short"})
    assert "too short" in weak.content.decode()
    assert browser.post(address, {"password": "quite long enough"}).url == "/p/shop/"
    assert browser.get("/p/shop/").status_code == 200
    assert Client().login(email="new@example.com", password="quite long enough")
    # A link is good once, and says so without telling whose it was.
    gone = Client().get(address)
    assert gone.status_code == 404
    assert "new@example.com" not in gone.content.decode()
    listed = call("get", "members/").json()["results"]
    assert {each["email"]: each["invited"] for each in listed} == {
        "alice@example.com": False,
        "new@example.com": False,
    }


def test_who_is_invited_cannot_sign_in_and_is_gone_when_taken_back(call, project, alice):
    pk = call("post", "members/", {"email": "new@example.com"}).json()["id"]
    token = Invitation(Membership.objects.get(pk=pk)).token
    assert call("delete", f"members/{pk}/").status_code == 204
    assert not User.objects.filter(email="new@example.com").exists()
    assert Client().get(f"/join/{token}/").status_code == 404


def test_an_invitation_ends_after_a_week(project, alice, time_machine):
    member = invite(project, "new@example.com", "viewer")
    token = Invitation(member).token
    time_machine.move_to("2036-01-01")
    assert Client().get(f"/join/{token}/").status_code == 404


def test_who_has_an_account_is_in_at_once(call, project, charlie):
    made = call("post", "members/", {"email": "Charlie@example.com", "role": "viewer"}).json()
    assert (made["email"], made["invited"]) == ("charlie@example.com", False)
    assert mail.outbox == []
    again = call("post", "members/", {"email": "charlie@example.com"})
    assert (again.status_code, list(again.json()["errors"])) == (409, ["email"])


def test_a_project_keeps_an_owner(call, project, alice, bob):
    own = Membership.objects.get(user=alice).pk
    other = Membership.objects.get(user=bob).pk
    assert call("patch", f"members/{own}/", {"role": "viewer"}).status_code == 409
    assert call("delete", f"members/{own}/").status_code == 409
    # Who was invited and never came owns nothing yet.
    invite(project, "new@example.com", "owner")
    assert call("delete", f"members/{own}/").status_code == 409
    assert call("patch", f"members/{other}/", {"role": "owner"}).json()["role"] == "owner"
    assert call("delete", f"members/{own}/").status_code == 204
    assert call("get", "members/").status_code == 404


def test_what_a_member_may_not_be(call, alice):
    for body, path in (({}, "email"), ({"email": "x"}, "email"),
                       ({"email": "a@b.hr", "role": "king"}, "role"),
                       ({"email": "a@b.hr", "name": "x"}, "name")):  # fmt: skip
        answer = call("post", "members/", body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [path])
    assert User.objects.count() == 1


def test_a_mail_server_that_is_away_loses_no_invitation(project, alice, settings, client):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    client.force_login(alice)
    page = client.post(
        "/p/shop/members/", {"email": "n@example.com", "role": "viewer"}, follow=True
    )
    assert "could not be sent" in page.content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    pk = Membership.objects.get(user__email="n@example.com").pk
    client.post(f"/p/shop/members/{pk}/again/")
    assert len(mail.outbox) == 1


def test_keys_are_shown_once_used_and_revoked(call, project, client):
    made = call("post", "keys/", {"name": "Web"}).json()
    sent = {"type": "track", "userId": "ann", "event": "look", "writeKey": made["key"]}
    assert client.post("/v1/track", sent, content_type="application/json").status_code == 200
    listed = {each["name"]: each for each in call("get", "keys/").json()["results"]}
    assert "key" not in listed["Web"]
    assert listed["Web"]["used_at"]
    assert listed["Default"]["used_at"] is None
    assert call("delete", f"keys/{made['id']}/").status_code == 204
    assert client.post("/v1/track", sent, content_type="application/json").status_code == 401
    assert WriteKey.objects.get(pk=made["id"]).revoked_at


def test_a_token_that_may_only_read_only_reads(client, alice, project):
    client.force_login(alice)
    page = client.post("/account/tokens/", {"name": "BI", "read_only": "on", "days": "30"})
    token = re.search(r'id="made">(\w+)<', page.content.decode())[1]
    client.logout()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get(ROOT, headers=headers).status_code == 200
    looks = {"kind": "segmentation", "metric": "people", "period": {"preset": "last_7_days"},
             "events": [{"event": "look"}]}  # fmt: skip
    asked = {"definition": looks, "wait": 0}
    kind = "application/json"
    ask = client.post(f"{ROOT}query/", asked, content_type=kind, headers=headers)
    assert ask.status_code == 202
    saved = client.post(f"{ROOT}segments/", {}, content_type=kind, headers=headers)
    assert saved.status_code == 403
    note = TokenNote.objects.get()
    assert (note.name, note.token.expiry is not None, note.used_at is not None) == (
        "BI", True, True,
    )  # fmt: skip
    assert token not in client.get("/account/").content.decode()


def test_a_forgotten_password_is_chosen_anew(client, alice):
    for email in ("alice@example.com", "nobody@example.com"):
        assert client.post("/forgotten/", {"email": email}).url == "/forgotten/sent/"
    [letter] = mail.outbox
    page = client.get("/" + link_in(letter), follow=True)
    chosen = {"new_password1": "quite long enough", "new_password2": "quite long enough"}
    assert client.post(page.redirect_chain[-1][0], chosen).url == "/"
    assert Client().login(email="alice@example.com", password="quite long enough")
    for _ in range(9):
        client.post("/forgotten/", {"email": "alice@example.com"})
    assert len(mail.outbox) == 3
