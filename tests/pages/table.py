"""The table of all pages: what each method answers, and from which role on; and one of each thing
that an address can name."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from django.core.files.base import ContentFile
from django.urls import reverse

from analytics.definitions.conditions import Catalogue
from analytics.definitions.reports import dump, parse
from analytics.exports import jobs
from analytics.mails.sending import send_due
from analytics.models import Address, Alert, KeptMail, Placed, Report, Share, Subscription
from analytics.models.questions import Question, answer
from analytics.store import loader
from analytics.urls import mails as mail_pages
from analytics.urls import pages as report_pages
from moments import urls as roots
from people.members import invite
from people.models import Batch, Event, EventDefinition, Person, RefusedMessage
from people.urls import pages as people_pages
from people.urls import second_factor

ALICE = "alice@example.com"
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
}
CROATIA = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
STEPS = "event-0=look&event-1=buy&value=1&unit=day&period=last_7_days"
COHORTS = "event-0=look&event-1=buy&granularity=week&intervals=2&period=last_7_days"
LOOKED = "event-0=look&period=custom&start=2026-05-01&end=2026-05-31"
CARD = (
    "segment-0=new&segment-0-name=Few&segment-0-condition-0-attribute=plan"
    "&segment-0-condition-0-operator=is&segment-0-condition-0-value=pro"
)
PLACE = "of-segment=0&of-event=0"

VIEWER, EDITOR, OWNER = "viewer", "editor", "owner"


@dataclass(frozen=True)
class Answer:
    """What a method answers to who may use it."""

    status: int
    role: str = VIEWER
    body: dict[str, Any] = field(default_factory=dict)


def seen(status: int = 200, role: str = VIEWER) -> Answer:
    return Answer(status, role)


def done(status: int = 302, role: str = EDITOR, **body: Any) -> Answer:
    return Answer(status, role, body)


Row: TypeAlias = dict[str, Answer]
WATCH = {"operator": "below", "value": "1", "recipients": ALICE}
MAIL = {"recipients": ALICE, "every": "day", "hour": "7"}
# Whoever is not signed in is sent to do so; a stranger finds nothing; a member of a lower role is
# refused; another method is none.
ROWS: dict[str, Row] = {
    "project": {"get": seen()},
    "search": {"get": seen()},
    "project-delete": {"get": seen(role=OWNER), "post": done(role=OWNER, name="Shop")},
    "settings": {
        "get": seen(),
        "post": done(role=OWNER, name="Shop", timezone="UTC", week_start="sunday"),
    },
    "members": {"get": seen(), "post": done(role=OWNER, email="new@example.com", role_="viewer")},
    "member": {"post": done(role=OWNER, role_="editor")},
    "member-again": {"post": done(role=OWNER)},
    "member-remove": {"get": seen(role=OWNER), "post": done(role=OWNER, sure="")},
    "leave": {"get": seen(), "post": done(role=VIEWER, sure="")},
    "keys": {"get": seen(role=OWNER), "post": done(200, OWNER, name="Web")},
    "audit": {"get": seen(role=OWNER)},
    "status": {"get": seen(role=OWNER)},
    "key": {"get": seen(role=OWNER), "post": done(role=OWNER, name="Web")},
    "key-revoke": {"post": done(role=OWNER)},
    "project-demo": {
        "get": done(role=VIEWER),
        "post": done(role=OWNER, do="fill"),
    },
    "news": {"get": seen()},
    "begin": {"get": seen()},
    "live": {"get": seen()},
    "fresh": {"get": done(role=VIEWER)},
    "try-again": {"post": done()},
    "send": {"get": seen(), "post": done()},
    "imports": {"get": seen(), "post": done(format="csv", file=ContentFile(b"a", "a.csv"))},
    "import": {"get": seen(), "post": done(person="user_id")},
    "exports": {"get": seen(), "post": done(role=VIEWER, what="people", format="csv")},
    "export-file": {"get": seen()},
    "export-delete": {"post": done()},
    "import-rejected": {"get": seen()},
    "segmentation": {"get": seen(), "post": done(name="Mine")},
    "funnel": {"get": seen(), "post": done(name="Mine")},
    "retention": {"get": seen(), "post": done(name="Mine")},
    "reports": {"get": seen()},
    "report-about": {"post": done(name="Mine")},
    "report-duplicate": {"post": done()},
    "report-pin": {"post": done()},
    "report-trash": {"get": seen(role=EDITOR), "post": done(sure="")},
    "report-delete": {"get": seen(role=EDITOR), "post": done(name="Old")},
    "report": {"get": seen(), "post": done(name="Mine", update="")},
    "report-versions": {"get": seen()},
    "report-restore": {"post": done()},
    "dashboards": {"get": seen(), "post": done(name="Weekly")},
    "dashboard": {"get": seen()},
    "dashboard-tile": {"get": seen()},
    "dashboard-arrange": {"get": seen(role=EDITOR), "post": done(do="text", text="Hello")},
    "dashboard-delete": {"post": done(name="Weekly")},
    "report-shares": {"get": seen(role=EDITOR), "post": done(200, days="7")},
    "dashboard-shares": {"get": seen(role=EDITOR), "post": done(200, minimum_group="5")},
    "share-revoke": {"post": done()},
    "run": {"get": seen()},
    "stop": {"post": done(200)},
    "suggestions": {"get": seen()},
    "save-segment": {"post": done(card="segment-0")},
    "noticed": {"get": seen()},
    "usual": {"get": seen()},
    "size": {"get": seen()},
    "people": {"get": seen()},
    "behind": {"get": seen(), "post": done(name="Lookers")},
    "separates": {"get": seen()},
    "person": {"get": seen()},
    "person-attribute": {"post": done(name="plan", value="pro")},
    "attributes": {"get": seen(), "post": done(name="score", type="number")},
    "attribute": {"get": seen(), "post": done(description="Which plan")},
    "person-export": {"get": seen()},
    "person-erase": {"post": done(name="ann")},
    "events": {"get": seen(), "post": done(name="Signed")},
    "event": {"get": seen(), "post": done(title="Look")},
    "event-volume": {"get": done(role=VIEWER)},
    "segments": {"get": seen()},
    "segment": {"get": seen(), "post": done(name="Croatia")},
    "segment-new": {"get": seen(role=EDITOR), "post": done(name="Few")},
    "segment-ids": {"get": seen(role=EDITOR), "post": done(name="Some", ids="ann")},
    "segment-delete": {"get": seen(role=EDITOR), "post": done()},
    "mails": {"get": seen(), "post": done(**MAIL)},
    "subscription": {"get": seen(), "post": done(**MAIL)},
    "mail-draft": {"get": seen(role=EDITOR)},
    "mail-draft-preview": {"get": seen()},
    "mail-preview": {"get": seen()},
    "mail-send": {"post": done()},
    "mail-pause": {"post": done()},
    "mail-delete": {"post": done()},
    "mail-sent": {"get": seen()},
    "mail-again": {"post": done()},
    "outbox": {"get": seen()},
    "kept-mail": {"get": seen()},
    "alert-new": {"get": seen(role=EDITOR), "post": done(**WATCH)},
    "alert": {"get": seen(), "post": done(**WATCH)},
    "alert-delete": {"post": done()},
    "webhooks": {
        "get": seen(role=OWNER),
        "post": done(200, OWNER, url="https://8.8.8.8/x", format="slack"),
    },
    "webhook-trial": {"post": done(role=OWNER)},
    "webhook-delete": {"post": done(role=OWNER)},
    "annotations": {"get": seen(), "post": done(day="2026-05-04", text="Release")},
    "annotation-delete": {"post": done()},
}
QUERIES = {
    "search": "q=o",
    "segmentation": f"{LOOKED}&{CARD}",
    "funnel": STEPS,
    "retention": COHORTS,
    "suggestions": "of=value&name=plan",
    "save-segment": f"{LOOKED}&{CARD}",
    "noticed": "name=plan&value=pro",
    "usual": STEPS,
    "size": CARD,
    "segment-new": CARD,
    "separates": f"{STEPS}&of-segment=0&of-step=1",
    "behind": f"{LOOKED}&{PLACE}",
    "alert-new": PLACE,
}
# Pages of nobody's project: what each method answers to nobody and to somebody.
NONE = (405, 405)
METHODS = ("get", "post", "put", "patch", "delete")
OPEN: dict[str, dict[str, tuple[int, int]]] = {
    "home": {"get": (302, 302)} | dict.fromkeys(("post", "put", "patch", "delete"), (302, 405)),
    "sign-in": {"get": (200, 200), "post": (200, 200)},
    "set-up": dict.fromkeys(("get", "post"), (302, 302)),
    "set-up-by": dict.fromkeys(("get", "post"), (302, 302)),
    "sign-out": {"post": (302, 302)},
    "project-new": dict.fromkeys(("get", "post"), (302, 200))
    | dict.fromkeys(("put", "patch", "delete"), (302, 405)),
    "lessons": {"get": (302, 200)} | dict.fromkeys(("post", "put", "patch", "delete"), (302, 405)),
    "help": {"get": (302, 200)} | dict.fromkeys(("post", "put", "patch", "delete"), (302, 405)),
    "account": dict.fromkeys(("get", "post"), (302, 200))
    | dict.fromkeys(("put", "patch", "delete"), (302, 405)),
    "sign-in-end": {"post": (302, 302)}
    | dict.fromkeys(("get", "put", "patch", "delete"), (302, 405)),
    "sign-ins-end": {"post": (302, 302)}
    | dict.fromkeys(("get", "put", "patch", "delete"), (302, 405)),
    # The second factor is off here, and so is whoever else signs people in; where they are on, see
    # test_second_factor.py and test_providers.py.
    **{each.name: dict.fromkeys(METHODS, (404, 404)) for each in second_factor.urlpatterns},
    "account_login": {"get": (200, 200), "post": (200, 200)},
    "address-new": {"post": (302, 200)}
    | dict.fromkeys(("get", "put", "patch", "delete"), (302, 405)),
    "address-confirm": dict.fromkeys(("get", "post"), (404, 404)),
    "token-new": {"post": (302, 200)}
    | dict.fromkeys(("get", "put", "patch", "delete"), (302, 405)),
    "token-end": {"post": (302, 404)}
    | dict.fromkeys(("get", "put", "patch", "delete"), (302, 405)),
    "join": dict.fromkeys(("get", "post"), (404, 404)),
    "forgotten": dict.fromkeys(("get", "post"), (200, 200)),
    "forgotten-sent": {"get": (200, 200)},
    # What leads nowhere says so whoever asks, and how.
    "new-password": dict.fromkeys(("get", "post", "put", "patch", "delete"), (200, 200)),
    # What leads nowhere says so whoever asks.
    "shared": dict.fromkeys(("get", "post"), (404, 404)),
    "shared-embed": dict.fromkeys(("get", "post"), (404, 404)),
    "styleguide": {"get": (404, 404)},
    "mail-stop": {"get": (200, 200), "post": (200, 200)},
    "mail-confirm": {"get": (200, 200), "post": (200, 200)},
}
# Tested with the API (tests/test_api_access.py, tests/test_api_schema.py).
OF_THE_API = {"schema", "api-docs", "api-elsewhere", "mcp"}
PATTERNS = [
    *people_pages.urlpatterns,
    *second_factor.urlpatterns,
    *report_pages.urlpatterns,
    *mail_pages.urlpatterns,
]
ROOTS = [each for each in roots.urlpatterns if getattr(each, "name", None)]


class Things:
    """One of everything in a project, in the state in which most can be done with it."""

    def __init__(self, project: Any, owner: Any, behind: Path) -> None:
        self.project, self.owner = project, owner
        self.places: dict[str, dict[str, Any]] = {}
        self.queries = dict(QUERIES)
        self.recorded()
        self.imported(behind)
        self.saved()
        self.mailed()

    def recorded(self) -> None:
        person, event = Person.objects.get(), EventDefinition.objects.get(name="look")
        RefusedMessage.objects.create(
            project=self.project, batch=Batch.objects.latest("pk"), item={}, errors={"": ["No."]}
        )
        guest = invite(self.project, "guest@example.com", "viewer")
        for name in ("member", "member-again", "member-remove"):
            self.places[name] = {"pk": guest.pk}
        self.places["key"] = self.places["key-revoke"] = {"pk": self.project.write_keys.get().pk}
        self.places |= {"token-end": {"key": "x"}, "join": {"token": "x"}}
        self.places["address-confirm"] = {"token": "x"}
        self.places["sign-in-end"] = {"pk": 1}
        for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
            self.places[name] = {"pk": 1}
        for name in ("openid_connect_login", "openid_connect_callback"):
            self.places[name] = {"provider_id": "oidc"}
        self.places["lessons"] = {"chapter": "funnels"}
        self.places["set-up-by"] = {"token": "x"}
        self.places["new-password"] = {"uidb64": "x", "token": "x"}
        plan = self.project.attribute_definitions.get(name="plan")
        self.places["attribute"] = {"pk": plan.pk}
        for name in ("person", "person-attribute", "person-export", "person-erase"):
            self.places[name] = {"pk": person.pk}
        self.places["event"] = self.places["event-volume"] = {"pk": event.pk}
        Batch.objects.update(source="demo")
        assert Event.objects.exists()

    def imported(self, folder: Path) -> None:
        file = ContentFile(b"user_id,event,time\nann,look,2026-05-04\n", "a.csv")
        draft, over = (
            self.project.imports.create(name="a.csv", format="csv", state=state, file=file)
            for state in ("draft", "failed")
        )
        over.rejected_path.write_text("{}")
        assert folder.exists()
        self.places |= {"import": {"pk": draft.pk}, "import-rejected": {"pk": over.pk}}
        export = self.project.exports.create(what="people", format="csv")
        jobs.run(export)
        self.places |= {"export-file": {"pk": export.pk}, "export-delete": {"pk": export.pk}}

    def saved(self) -> None:
        definition = dump(parse(LOOKS, Catalogue()))
        report = Report(project=self.project, name="Looks", definition=definition)
        report.full_clean(exclude=["kind"])
        report.save()
        report.name, report.definition = "Visits", definition | {"metric": "events"}
        report.change(self.owner)
        segment = self.project.segments.create(name="Croats", condition=CROATIA)
        run = self.project.runs.create(definition=definition, question="q", state="running")
        self.report = report
        loader.drain(self.project.pk)
        answer(Question.of(self.project, report.definition))
        board = self.project.dashboards.create(name="Weekly")
        board.arrange([Placed(report=report)])
        for name in (
            "dashboard",
            *(f"dashboard-{each}" for each in ("arrange", "delete", "shares")),
        ):
            self.places[name] = {"pk": board.pk}
        self.places["dashboard-tile"] = {"pk": board.pk, "tile": board.tiles.get().pk}
        old = self.project.reports.create(name="Old", kind=report.kind, definition=definition)
        old.put_in_trash()
        self.places["report-delete"] = {"pk": old.pk}
        actions = ("about", "duplicate", "pin", "trash", "versions", "shares")
        for name in ("report", *(f"report-{each}" for each in actions)):
            self.places[name] = {"pk": report.pk}
        share, self.token = Share.make(project=self.project, report=report)
        self.places |= {
            "share-revoke": {"pk": share.pk},
            "shared": {"token": "x"},
            "shared-embed": {"token": "x"},
            "report-restore": {"pk": report.pk, "number": 1},
            "segment": {"pk": segment.pk},
            "segment-delete": {"pk": segment.pk},
            "run": {"pk": run.pk},
            "stop": {"pk": run.pk},
            "save-segment": {"kind": "segmentation"},
            "behind": {"kind": "segmentation"},
        }
        self.queries["alert-new"] += f"&report={report.pk}"
        self.queries |= dict.fromkeys(("mail-draft", "mail-draft-preview"), f"report={report.pk}")

    def mailed(self) -> None:
        what = {"project": self.project, "report": self.report, "created_by": self.owner}
        subscription = Subscription(**what, schedule={"every": "day", "hour": 8})
        subscription.keep([ALICE, "board@example.org"], self.owner)
        mailing = subscription.send_now()
        assert mailing
        send_due()
        delivery = mailing.deliveries.get(recipient=ALICE)
        mailing.deliveries.update(state="failed")
        alert = Alert(**what, operator="below", value=5, figure={}, schedule={"every": "hour"})
        alert.keep([ALICE], self.owner)
        hook = self.project.webhooks.create(url="https://8.8.8.8/x")
        mark = self.project.annotations.create(day="2026-05-04", text="Release")
        for name in ("subscription", "mail-preview", "mail-send", "mail-pause", "mail-delete"):
            self.places[name] = {"pk": subscription.pk}
        self.places |= {
            "mail-sent": {"pk": mailing.pk},
            "mail-again": {"pk": delivery.pk},
            "kept-mail": {"pk": KeptMail.objects.latest("created_at").pk},
            "alert": {"pk": alert.pk},
            "alert-delete": {"pk": alert.pk},
            "webhook-trial": {"pk": hook.pk},
            "webhook-delete": {"pk": hook.pk},
            "annotation-delete": {"pk": mark.pk},
            "mail-stop": {"token": subscription.recipients.first().token},
            "mail-confirm": {"token": Address.objects.get().token},
        }

    def path(self, name: str) -> str:
        place = self.places.get(name, {})
        own = {"slug": self.project.slug} if name in ROWS else {}
        return reverse(name, kwargs=own | place)

    def address(self, name: str) -> str:
        query = self.queries.get(name, "")
        return f"{self.path(name)}?{query}" if query else self.path(name)

    def body(self, name: str, method: str) -> dict[str, Any]:
        given = ROWS[name][method].body if method in ROWS[name] else {}
        # A role that is given stands beside the role that may give it.
        body = {key.removesuffix("_"): value for key, value in given.items()}
        if name in ("mails", "subscription"):
            body["report"] = self.report.pk
        if "file" in body:
            body["file"].seek(0)
        return body
