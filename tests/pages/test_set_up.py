"""The first account of an installation, made on a page by whoever has the host's token."""

import pytest
from django.core.management import CommandError, call_command

from people import first
from people.models import Membership, Project, User

pytestmark = pytest.mark.django_db
GIVEN = {
    "person": "Ada Lovelace",
    "email": "ada@example.com",
    "password": "analytical engine",
    "name": "Engine",
    "timezone": "Europe/London",
    "week_start": "sunday",
}


@pytest.fixture
def address():
    return first.address().removeprefix("http://localhost:8000")


def test_nobody_is_first_without_the_token(client):
    assert client.get("/", follow=True).redirect_chain[-1] == ("/set-up/", 302)
    page = client.get("/set-up/")
    assert page.status_code == 200
    assert "python manage.py set_up" in page.content.decode()
    assert first.token() not in page.content.decode()
    for method in (client.get, client.post):
        wrong = method("/set-up/wrong/", GIVEN)
        assert wrong.status_code == 404
        assert "wrong token" in wrong.content.decode()
    assert client.post("/set-up/", GIVEN).status_code == 200
    assert not User.objects.exists()


def test_whoever_has_it_is_in_and_nobody_after(client, address):
    assert "Set up Moments" in client.get(address).content.decode()
    page = client.post(address, GIVEN, follow=True)
    assert page.redirect_chain == [("/p/engine/", 302)]
    assert "Send the first event" in page.content.decode()
    ada, project = User.objects.get(), Project.objects.get()
    assert (ada.email, ada.first_name, ada.is_superuser) == (
        "ada@example.com",
        "Ada Lovelace",
        True,
    )
    assert ada.check_password("analytical engine")
    assert (project.timezone, project.week_start) == ("Europe/London", "sunday")
    assert project.memberships.get().role == Membership.Role.OWNER
    assert project.write_keys.exists()
    client.logout()
    assert client.post(address, GIVEN | {"email": "eve@example.com"}).url == "/"
    assert client.get("/sign-in/").status_code == 200
    with pytest.raises(first.Late):
        first.set_up("Eve", "eve@example.com", "x", Project(name="Hers"))
    assert (User.objects.count(), Project.objects.count()) == (1, 1)


def test_what_is_wrong_is_said_all_at_once_and_nothing_is_made(client, address):
    wrong = {"person": "", "email": "x", "password": "short", "name": "\0", "timezone": "Nowhere"}
    page = client.post(address, GIVEN | wrong)
    assert set(page.context["form"].errors) == set(wrong)
    assert not User.objects.exists()
    like = client.post(address, GIVEN | {"password": "ada@example.com"})
    assert "too similar" in like.content.decode()
    assert not Project.objects.exists()


def test_a_command_tells_the_address_until_then(capsys, address, client):
    call_command("set_up")
    assert capsys.readouterr().out == f"http://localhost:8000{address}\n"
    client.post(address, GIVEN)
    with pytest.raises(CommandError, match="sign in"):
        call_command("set_up")
