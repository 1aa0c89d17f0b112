"""`send_due` and `annotate` on the command line."""

from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from analytics.models import Annotation, Delivery, Mailing
from tests.mail.conftest import compute_all

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 6, 1, 6, tzinfo=UTC)


def said(*words, **options):
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue().strip()


def test_send_due_says_what_would_be_sent_and_sends_nothing(journeys, subscribe, post):
    journeys(ann=[(0, "look")])
    with time_machine.travel(datetime(2026, 6, 1, 5, tzinfo=UTC), tick=False) as clock:
        subscribe("alice@example.com", "board@example.org")
        Delivery.objects.all().delete()
        assert said("send_due", dry_run=True) == "Nothing is due."
        clock.move_to(SLOT)
        line = "2026-06-01 08:00 Looks → alice@example.com"
        assert said("send_due", dry_run=True) == line
        assert not Mailing.objects.filter(kind="report").exists()
        assert said("send_due") == "1 mails were due."
        assert said("send_due", dry_run=True) == "Nothing is due."
        compute_all()
        clock.shift(5)
        assert said("send_due", dry_run=True) == line
        said("send_due")
    assert post.addresses == ["alice@example.com"]


def test_a_deployment_marks_its_day(project):
    with time_machine.travel(datetime(2026, 6, 1, 23, tzinfo=UTC), tick=False):
        assert said("annotate", "Release  4.2", project="shop") == "2026-06-02: Release 4.2"
    said("annotate", "Sale", project="shop", day="2026-05-04")
    assert [str(each) for each in Annotation.objects.all()] == [
        "2026-05-04: Sale", "2026-06-02: Release 4.2"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("x", {"project": "nowhere"}, "no project “nowhere”"),
        ("x", {"project": "shop", "day": "soon"}, "“soon” is no day"),
        (" ", {"project": "shop"}, "cannot be blank"),
        ("x" * 201, {"project": "shop"}, "at most 200"),
    ],
)
def test_what_cannot_be_marked_says_why(project, text, options, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("annotate", text, **options)
    assert not Annotation.objects.exists()
