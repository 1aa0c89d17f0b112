"""A demo project: a music service whose planted stories the saved reports show.

The same on every machine on a given day. Planted are: jazz listeners in Croatia take up a new
feature while others hardly do, a broken release halves one step of the checkout for a week, and
of those who come two in five stay.
"""

import secrets
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from analytics.demo.listeners import messages
from analytics.demo.reports import mark_days, place_reports, save_reports
from people.ingest.record import record
from people.models import Membership, Project, User

SLUG = "music"
ZONE = "Europe/Zagreb"
EMAIL = "demo@example.com"
CHUNK = 5_000


@dataclass(frozen=True)
class Account:
    email: str
    password: str


def ensure() -> Account:
    """The demo account, and its project the first time."""
    account = Account(EMAIL, kept_password())
    user, _ = User.objects.get_or_create(
        email=EMAIL, defaults={"is_staff": True, "is_superuser": True}
    )
    if not user.check_password(account.password):
        user.set_password(account.password)
        user.save()
    if not Project.objects.filter(slug=SLUG).exists():
        create(user)
    return account


def kept_password() -> str:
    file = settings.DATA_DIR / "demo_password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9))
    return str(file.read_text())


@transaction.atomic
def create(user: User) -> None:
    """All or nothing: a start that is interrupted leaves no half demo."""
    project = Project.objects.create(name="Music", slug=SLUG, timezone=ZONE)
    project.memberships.create(user=user, role=Membership.Role.OWNER)
    project.write_keys.create()
    now = timezone.now()
    story = messages(now.astimezone(project.zone).date(), now, project)
    with tqdm(desc="Demo data", unit=" messages") as bar:
        while chunk := list(islice(story, CHUNK)):
            record(project, chunk, source="demo", received_at=now)
            bar.update(len(chunk))
    save_reports(project, user, now.astimezone(project.zone).date())
    place_reports(project, user)
    mark_days(project, user, now.astimezone(project.zone).date())
