"""One of everything in a project, and a browser for each who may see something of it."""

import pytest
from django.test import Client

from analytics.views import alerts, reports
from people.models import Membership
from tests.conftest import member
from tests.pages.table import Things


@pytest.fixture
def things(project, alice, journeys, settings, tmp_path, monkeypatch):
    settings.EMAIL_BACKEND = "analytics.mails.outbox.Outbox"
    settings.MEDIA_ROOT = tmp_path
    # No worker answers here.
    monkeypatch.setattr(reports, "POLL", 0)
    monkeypatch.setattr(reports, "PATIENCE", 0)
    monkeypatch.setattr(alerts, "PATIENCE", 0)
    monkeypatch.setattr(alerts, "SOON", 0)
    journeys(ann=[(0, "look", {"n": 1}), {"plan": "pro"}])
    return Things(project, alice, tmp_path)


@pytest.fixture
def people(project, alice, bob, charlie):
    """A browser of each role."""
    users = {"stranger": charlie, "viewer": bob, "owner": alice}
    users["editor"] = member(project, "eve", Membership.Role.EDITOR)
    browsers = {"nobody": Client()}
    for role, user in users.items():
        browsers[role] = Client()
        browsers[role].force_login(user)
    return browsers
