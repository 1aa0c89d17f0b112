"""The gallery of components is there while pages are built, and only then."""

import pytest

pytestmark = pytest.mark.django_db


def test_it_is_hidden_where_people_work(client, settings):
    settings.DEBUG = False
    assert client.get("/styleguide/").status_code == 404
    settings.DEBUG = True
    assert client.get("/styleguide/").status_code == 200
