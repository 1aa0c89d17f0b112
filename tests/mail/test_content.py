"""What a mail says: the same numbers as the page, in text, in HTML, in the file."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.html import strip_tags

from analytics.definitions.reports import read_stored
from analytics.mails.sending import send_due
from analytics.models import Mailing
from analytics.presentation.kinds import presentation
from analytics.results import parse_result
from people.templatetags.formats import figure
from tests.mail.conftest import LOOKS, compute_all, whole

pytestmark = pytest.mark.django_db
ALICE, BOARD = "alice@example.com", "board@example.org"
FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "look"}, {"event": "buy"}],
    "compare": "previous_period",
}
RETENTION = {
    "kind": "retention",
    "period": {"start": "2026-05-01", "end": "2026-05-05"},
    "granularity": "day",
    "intervals": 3,
    "entry": {"event": "look"},
    "return": {"event": "buy"},
}
WEEK = LOOKS | {
    "period": {"start": "2026-05-04", "end": "2026-05-10"},
    "events": [{"event": "look"}, {"event": "buy"}],
    "compare": "previous_period",
}


@pytest.fixture
def mailed(journeys, report, subscribe, post):
    """mailed(definition): the mail of a report, to Alice."""
    journeys(
        ann=[{"email": "ann@example.com"}, (0, "look", {"page": "a"}), (5, "buy")],
        ben=[(0, "look", {"page": "b"})],
        cid=[(-3 * 24 * 60, "look")],
    )

    def made(definition, *emails):
        report.definition, report.kind = whole(definition), definition["kind"]
        report.save()
        found = subscribe(*(emails or [ALICE]))
        found.send_now()
        compute_all()
        send_due()
        return post.to(emails[-1] if emails else ALICE)[-1]

    return made


def part(message, kind):
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def attached(message):
    [file] = [each for each in message.iter_attachments() if each.get_filename()]
    return file


def picture(message):
    [found] = [each for each in message.walk() if each.get_content_type() == "image/png"]
    return found.get_content()


def cells(html):
    """The rows of every table of numbers, as they are read."""
    tables = re.findall(r'<table class="numbers".*?</table>', html, re.DOTALL)
    rows = [re.findall(r"<tr>(.*?)</tr>", each, re.DOTALL) for each in tables]
    return [
        [strip_tags(cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for table in rows
        for row in table
    ]


def test_the_subject_says_the_finding(mailed):
    # Of several numbers each is told with whose it is.
    two = "Looks: look: 2 people, up 100 % on the period before; buy: 1 person"
    assert mailed(WEEK)["Subject"] == two
    looks = WEEK | {"events": WEEK["events"][:1]}
    assert mailed(looks)["Subject"] == "Looks: 2 people, up 100 % on the period before"
    assert mailed(FUNNEL)["Subject"] == "Looks: 33.3 %"
    assert mailed(LOOKS)["Subject"] == "Looks: 3 people"
    assert mailed(RETENTION)["Subject"] == "Looks: 0 % in day 3"


def test_the_subject_names_the_segments_that_are_compared(mailed):
    some = {"attribute": "country", "operator": "is", "value": ["HR"]}
    rest = {"attribute": "country", "operator": "is_not", "value": ["HR"]}
    segments = [
        {"name": name, "condition": {"all": [each]}}
        for name, each in (("Croatia", some), ("Elsewhere", rest))
    ]
    subject = mailed(LOOKS | {"segments": segments})["Subject"]
    assert subject == "Looks: Croatia: 0 people; Elsewhere: 3 people"


def test_the_parts_are_where_mail_programs_look_for_them(mailed):
    message = mailed(WEEK)
    assert message.get_content_type() == "multipart/mixed"
    alternative, file = message.iter_parts()
    text, related = alternative.iter_parts()
    html, picture = related.iter_parts()
    kinds = [each.get_content_type() for each in (alternative, text, related, html, picture, file)]
    assert kinds == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "text/csv",
    ]  # fmt: skip
    assert picture["Content-ID"] == "<chart>"
    assert picture.get_content().startswith(b"\x89PNG")
    assert 'src="cid:chart"' in html.get_content()
    assert re.search(r'alt="[^"]*look[^"]*"', html.get_content())
    assert "style=" in html.get_content()
    assert len(html.get_content().encode()) < 100_000


def test_every_number_is_that_of_the_page_and_of_the_file(mailed):
    for definition in (WEEK, FUNNEL, RETENTION):
        message = mailed(definition)
        mailing = Mailing.objects.latest("created_at")
        shown_by = presentation(parse_result(mailing.result), read_stored(mailing.definition))
        expected = []
        for table in shown_by.tables():
            expected.append(table.head)
            expected += [
                [figure(c.value, c.kind) + " partial" * (c.partial and not n)
                 for n, c in enumerate(row)] for row in table.all_rows
            ]  # fmt: skip
        shown = cells(part(message, "html"))
        assert [row[: len(shown[0])] for row in expected] == [
            [re.sub(r"\s+", " ", cell) for cell in row] for row in shown
        ]
        rows = list(csv.reader(io.StringIO(attached(message).get_content())))
        exact = [
            ["" if c.value is None else str(c.value) for c in row]
            for table in shown_by.sheets()
            for row in table.all_rows
        ]
        assert [row for row in rows if row in exact] == exact


def test_the_text_reads_well(mailed):
    text = part(mailed(WEEK), "plain")
    assert text.startswith("look is up 100 % on the period before; buy: 1 person\n\n")
    assert "look: 2 people (▲ 100 % on the period before)" in text
    assert re.search(
        r"^Day +Compared with +look +look, before +buy +buy, before$", text, re.MULTILINE
    )
    assert re.search(r"^Whole period +Whole period before +2 +1 +1 +0$", text, re.MULTILINE)
    assert "Open the report: https://moments.example/p/shop/mails/sent/" in text
    assert re.search(r"^Stop these mails .*https://moments.example/mails/stop/", text, re.MULTILINE)
    assert "\n\n\n" not in text


def test_outside_there_are_numbers_and_nobodys_name(mailed, project):
    project.outside_addresses.create(email=BOARD, confirmed_at=datetime(2026, 5, 1, tzinfo=UTC))
    message = mailed(WEEK | {"breakdown": {"attribute": "email"}, "compare": None}, BOARD)
    for kind in ("plain", "html"):
        assert "ann@example.com" not in part(message, kind)
        assert "/p/shop/" not in part(message, kind)
    assert "ann@example.com" not in attached(message).get_content()
    inside = mailed(WEEK | {"breakdown": {"attribute": "email"}, "compare": None}, ALICE)
    assert "ann@example.com" in part(inside, "html")
    assert picture(inside) != picture(message)


def test_what_was_noted_on_a_day_stands_in_the_mail(mailed, project):
    project.annotations.create(day="2026-05-06", text="Release 4.2")
    project.annotations.create(day="2026-06-06", text="Release 5")
    message = mailed(WEEK)
    assert "May 6, 2026: Release 4.2" in part(message, "plain")
    assert "Release 5" not in part(message, "html")


def test_the_link_shows_the_same_numbers_whatever_arrived_since(mailed, journeys, client, alice):
    message = mailed(WEEK)
    link = re.search(r"https://moments.example(/p/\S+)", part(message, "plain"))[1]
    journeys(eve=[(1, "look")], fay=[(2, "look")])
    client.force_login(alice)
    page = client.get(link).content.decode()
    assert "look: 2 people, up 100 % on the period before." in page
    assert "look: 4 people" not in page


def test_names_cannot_break_out_of_their_place(mailed, project, report):
    project.name = 'Shop"\r\nBcc: eve@example.com\u202e'
    project.save()
    report.name = "<script>alert(1)</script>\nX-Evil: yes"
    message = mailed(WEEK)
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert "\n" not in str(message["Subject"])
    assert message["From"].addresses[0].display_name.startswith('Moments · Shop" Bcc')
    assert "<script>" not in part(message, "html")
    assert "&lt;script&gt;" in part(message, "html")


def test_a_large_report_is_a_small_mail(mailed):
    year = LOOKS | {"period": {"start": "2024-05-01", "end": "2026-05-31"}}
    message = mailed(year)
    assert len(part(message, "html").encode()) < 100_000
    assert "There is more in the attached file." in part(message, "html")
    assert len(attached(message).get_content().splitlines()) > 760


def test_the_same_numbers_at_every_try(mailed, journeys, post, subscribe):
    """A mail that is tried again is the same mail, though the report is not what it was."""
    post.of_data = ["451 later"]
    with time_machine.travel(datetime(2026, 6, 1, 9, tzinfo=UTC), tick=False) as clock:
        with pytest.raises(IndexError):
            mailed(WEEK)
        journeys(eve=[(1, "look")])
        clock.shift(120)
        send_due()
        [message] = post.to(ALICE)
    assert message["Subject"].startswith("Looks: look: 2 people, up 100 % on the period before")


# Of other days, and of another event: they are none of the mail's.
ELSE = {"gus": [(60 * 24 * 30, "look")], "fay": [(3, "other")]}


@pytest.mark.parametrize(
    ("late", "text"),
    [
        ({"eve": [(1, "look"), (2, "look")]},
         "2 events of its days came in late. look was 3 people and is 4 people now."),
        ({"ann": [(1, "look")]}, "1 event of its days came in late. Its totals are the same."),
    ],
)  # fmt: skip
def test_whether_what_came_in_late_changed_the_number_is_said(
    mailed, journeys, project, post, late, text
):
    """Of days that were over when the mail before was made."""
    mailed(LOOKS)
    Mailing.objects.update(slot=datetime(2026, 6, 1, 6, tzinfo=UTC))
    # An answer says to the second when it was computed.
    with time_machine.travel(timezone.now() + timedelta(seconds=5)) as clock:
        journeys(**late, **ELSE)
        project.subscriptions.get().send_now()
        for _ in range(3):
            send_due()
            compute_all()
            clock.shift(10)
        [first, second] = (part(each, "plain") for each in post.to(ALICE))
    assert "came in late" not in first
    assert f"Since the mail of Jun 1, 2026 {text}" in " ".join(second.split())
