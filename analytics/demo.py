"""A demo project: a music service whose planted stories the saved reports show.

The same on every machine on a given day. Planted are: jazz listeners in Croatia take up a new
feature while others hardly do, a broken release halves one step of the checkout for a week, and
of those who come two in five stay.
"""

import math
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from analytics.models import Annotation, Dashboard, Placed, Report, Segment
from people.ingest.messages import Id, Identify, Kind, Message, Track
from people.ingest.record import record
from people.models import Membership, Project, User
from people.values import JSON, start_of_day

SLUG = "music"
ZONE = "Europe/Zagreb"
EMAIL = "demo@example.com"
DAYS = 120
PEOPLE = 2_000
CHUNK = 5_000
LAUNCH = 45
BROKEN_FROM, BROKEN_UNTIL = 40, 34
# Which part of the listeners stays, and in how many weeks the interest of the others fades.
STAY, FADES_IN = 0.4, 1.5

# Chance of each choice, in per cent.
COUNTRIES = {"HR": 30, "DE": 20, "SI": 14, "AT": 12, "IT": 10, "FR": 8, "GB": 6}
GENRES = {"pop": 30, "rock": 24, "jazz": 18, "hip hop": 14, "classical": 8, "electronic": 6}
CITIES = {
    "HR": ["Zagreb", "Split", "Rijeka", "Osijek"],
    "DE": ["Berlin", "Hamburg", "München"],
    "SI": ["Ljubljana", "Maribor"],
    "AT": ["Wien", "Graz"],
    "IT": ["Milano", "Trieste"],
    "FR": ["Paris", "Lyon"],
    "GB": ["London", "Leeds"],
}
FIRST_NAMES = [
    "Ana",
    "Ivan",
    "Marija",
    "Luka",
    "Petra",
    "Marko",
    "Sara",
    "Jan",
    "Eva",
    "Tim",
    "Lea",
]
LAST_NAMES = ["Horvat", "Novak", "Kovač", "Weber", "Rossi", "Martin", "Babić", "Jurić", "Smith"]
HOURS = [1, 1, 1, 1, 1, 2, 5, 9, 9, 7, 6, 6, 7, 6, 6, 6, 8, 10, 11, 12, 12, 10, 6, 3]


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


# --- People and what they do --------------------------------------------------------------------


@dataclass
class Listener:
    """One invented person."""

    number: int
    random: Random
    country: str
    genre: str
    registered: datetime
    keenness: float
    stays: bool
    premium: bool = False

    @property
    def ids(self) -> tuple[Id, ...]:
        return (Id(f"listener-{self.number:04}", Kind.EXTERNAL),)

    @property
    def device(self) -> tuple[Id, ...]:
        return (Id(f"device-{self.number:04}", Kind.ANONYMOUS),)


def messages(today: date, now: datetime, project: Project) -> Iterator[Message]:
    """Everything that happened in the 120 days up to now, person by person."""
    random = Random(f"moments {today}")  # noqa: S311 - a story, no secret
    for number in range(PEOPLE):
        listener = invent(number, Random(random.random()), today, project)  # noqa: S311 - the same
        for count, message in enumerate(life(listener, today, project)):
            if message.at <= now:
                yield with_uid(message, f"demo-{number}-{count}")


def with_uid(message: Message, uid: str) -> Message:
    if not isinstance(message, Track):
        return message
    return Track(message.ids, message.event, message.at, uid, message.properties)


def invent(number: int, random: Random, today: date, project: Project) -> Listener:
    """Registrations grow: the newer half of the time has two thirds of them."""
    age = int(1.9 * DAYS * (1 - math.sqrt(random.random())))
    return Listener(
        number,
        random,
        pick(random, COUNTRIES),
        pick(random, GENRES),
        instant(random, today - timedelta(age), project),
        keenness=random.lognormvariate(0, 0.7),
        stays=random.random() < STAY,
    )


def pick(random: Random, chances: dict[str, int]) -> str:
    return random.choices(list(chances), list(chances.values()))[0]


def instant(random: Random, day: date, project: Project) -> datetime:
    """A moment of a local day, evenings more likely than nights."""
    hour = random.choices(range(24), HOURS)[0]
    seconds = hour * 3600 + random.randrange(3600)
    return start_of_day(day, project.zone) + timedelta(
        seconds=seconds, milliseconds=random.randrange(1000)
    )


def life(who: Listener, today: date, project: Project) -> Iterator[Message]:
    first = start_of_day(today - timedelta(DAYS - 1), project.zone)
    if who.registered >= first:
        yield from arrival(who)
    yield Identify(who.ids, max(who.registered, first), described(who))
    start = max(who.registered, first).astimezone(project.zone).date()
    for offset in range((today - start).days + 1):
        yield from one_day(who, start + timedelta(offset), today, project)
    if who.premium:
        yield Identify(who.ids, start_of_day(today, project.zone), {"plan": "premium"})


def arrival(who: Listener) -> Iterator[Message]:
    """A look around, the registration, a video, and for some the payment."""
    random, at = who.random, who.registered
    for minutes in sorted(random.sample(range(1, 40), random.randrange(1, 4)), reverse=True):
        page = random.choice(["/", "/pricing", "/artists", "/about"])
        yield Track(who.device, "Page Viewed", at - timedelta(minutes=minutes), "", {"path": page})
    source = pick(random, {"search": 40, "friend": 30, "ad": 20, "press": 10})
    yield Track(who.ids + who.device, "Registration", at, "", {"source": source})
    if random.random() < (0.78 if who.country == "HR" else 0.62):
        watched = at + timedelta(minutes=random.triangular(1, 20, 3))
        yield Track(
            who.ids,
            "Watch Video",
            watched,
            "",
            {"video": "welcome", "seconds": random.randrange(15, 90)},
        )
        if random.random() < 0.4:
            who.premium = True
            paid = watched + timedelta(minutes=random.triangular(1, 25, 4))
            yield Track(
                who.ids, "Payment", paid, "", {"amount": 9.99, "currency": "EUR", "plan": "premium"}
            )


def interest(who: Listener, day: date) -> float:
    """How keen somebody still is: of most it fades in the weeks after they came."""
    if who.stays or who.premium:
        return who.keenness
    weeks = max((day - who.registered.date()).days, 0) / 7
    return who.keenness * math.exp(-weeks / FADES_IN)


def one_day(who: Listener, day: date, today: date, project: Project) -> Iterator[Message]:
    """Songs, sometimes the new feature, sometimes the checkout."""
    random = who.random
    weekend = 1.35 if day.weekday() >= 5 else 1.0
    if random.random() > min(0.9, 0.32 * interest(who, day) * weekend):
        return
    begin = max(instant(random, day, project), who.registered)
    ago = (today - day).days
    device = pick(random, {"phone": 60, "desktop": 28, "speaker": 12})
    songs = min(30, 1 + int(random.expovariate(1 / (2.2 * weekend))))
    for song in range(songs):
        at = begin + timedelta(minutes=4 * song, seconds=random.randrange(60))
        yield Track(who.ids, "Song Played", at, "", song_of(who, device))
    if ago <= LAUNCH and random.random() < taken_up(who, ago):
        at = begin + timedelta(minutes=2)
        yield Track(who.ids, "Sing Along", at, "", {"device": device, "songGenre": who.genre})
    if random.random() < 0.1:
        at = begin + timedelta(minutes=6)
        yield Track(who.ids, "Playlist Created", at, "", {"songs": random.randrange(3, 40)})
    if not who.premium and random.random() < 0.14:
        yield from checkout(who, begin, ago)


def song_of(who: Listener, device: str) -> dict[str, JSON]:
    genre = who.genre if who.random.random() < 0.7 else pick(who.random, GENRES)
    return {"songGenre": genre, "seconds": who.random.randrange(20, 320), "device": device}


def taken_up(who: Listener, ago: int) -> float:
    """The first story: jazz listeners in Croatia take the feature up, week by week."""
    if who.genre == "jazz" and who.country == "HR":
        return 0.12 + 0.6 * (LAUNCH - ago) / LAUNCH
    return 0.03


def checkout(who: Listener, begin: datetime, ago: int) -> Iterator[Message]:
    """The second story: in one week a release breaks the form, and half of the payments fail."""
    random, at = who.random, begin + timedelta(minutes=8)
    yield Track(
        who.ids, "Pricing Viewed", at, "", {"from": pick(random, {"banner": 60, "menu": 40})}
    )
    if random.random() > 0.6:
        return
    at += timedelta(seconds=random.randrange(20, 240))
    version = (
        "4.2.0" if BROKEN_UNTIL <= ago <= BROKEN_FROM else "4.1.9" if ago > BROKEN_FROM else "4.2.1"
    )
    yield Track(who.ids, "Checkout Opened", at, "", {"appVersion": version})
    if random.random() < (0.25 if version == "4.2.0" else 0.5):
        at += timedelta(seconds=random.randrange(40, 400))
        yield Track(
            who.ids, "Payment", at, "", {"amount": 4.99, "currency": "EUR", "plan": "day pass"}
        )


def described(who: Listener) -> dict[str, JSON]:
    random = who.random
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}.{who.number}@example.com".lower(),
        "country": who.country,
        "city": random.choice(CITIES[who.country]),
        "birth_date": str(date(2026, 1, 1) - timedelta(days=random.randrange(16 * 365, 70 * 365))),
        "registered_at": who.registered.isoformat(),
        "favouriteGenre": who.genre,
        "plan": "free",
        "newsletter": random.random() < 0.4,
    }


# --- Saved segments and reports -----------------------------------------------------------------


def attribute(name: str, *values: str) -> dict[str, Any]:
    return {"attribute": name, "operator": "is", "value": list(values)}


SEGMENTS = {
    "Croatia": {"all": [attribute("country", "HR")]},
    "Jazz listeners": {"all": [attribute("favouriteGenre", "jazz")]},
    "Jazz listeners in Croatia": {
        "all": [attribute("favouriteGenre", "jazz"), attribute("country", "HR")]
    },
    "Premium": {"all": [attribute("plan", "premium")]},
}
ELSEWHERE: dict[str, Any] = {
    "name": "Elsewhere",
    "condition": {"all": [{"attribute": "country", "operator": "is_not", "value": ["HR"]}]},
}
OTHER_JAZZ = {
    "name": "Jazz listeners elsewhere",
    "condition": {"all": [attribute("favouriteGenre", "jazz"), *ELSEWHERE["condition"]["all"]]},
}


def mark_days(project: Project, user: User, today: date) -> None:
    """What the charts would not say by themselves."""
    marks = {LAUNCH: "Sing Along", BROKEN_FROM: "Release 4.2.0", BROKEN_UNTIL - 1: "Release 4.2.1"}
    Annotation.objects.bulk_create(
        Annotation(project=project, day=today - timedelta(ago), text=text, created_by=user)
        for ago, text in marks.items()
    )


def save_reports(project: Project, user: User, today: date) -> None:
    """Newest last: the project's page shows the stories first."""
    saved = {
        name: Segment.objects.create(
            project=project, name=name, condition=condition, created_by=user
        )
        for name, condition in SEGMENTS.items()
    }
    chosen = {name: {"segment": str(segment.pk)} for name, segment in saved.items()}
    for name, definition in reports(chosen, today).items():
        report = Report(project=project, name=name, definition=definition, created_by=user)
        report.clean()
        report.save()


def place_reports(project: Project, user: User) -> None:
    """A dashboard with the stories, on the project's home."""
    saved = {each.name: each for each in project.reports.all()}
    board = Dashboard.objects.create(
        project=project, name="Listening, weekly", is_pinned=True, created_by=user
    )
    board.arrange(
        [
            Placed(2, saved["Weekly listeners"]),
            Placed(1, saved["Payments by day"]),
            Placed(3, text="Release 4.2.0 broke the form of the checkout for a week."),
            Placed(1, saved["Checkout in the week before"]),
            Placed(2, saved["Checkout while release 4.2.0 was out"]),
            Placed(2, saved["Jazz listeners in Croatia take up Sing Along"]),
            Placed(1, saved["Songs played, and jazz among them"]),
        ]
    )


def reports(chosen: dict[str, dict[str, str]], today: date) -> dict[str, dict[str, Any]]:
    jazz = {"property": "songGenre", "operator": "is", "value": ["jazz"]}
    month, quarter = {"preset": "last_30_days"}, {"preset": "last_90_days"}
    checkout_steps = [{"event": name} for name in ("Pricing Viewed", "Checkout Opened", "Payment")]

    def week(first: int, last: int) -> dict[str, str]:
        return {"start": str(today - timedelta(first)), "end": str(today - timedelta(last))}

    def checkout_in(period: dict[str, str]) -> dict[str, Any]:
        window = {"value": 1, "unit": "hour"}
        return {"kind": "funnel", "period": period, "window": window, "steps": checkout_steps}

    return {
        "Payments by day": {
            "kind": "segmentation",
            "metric": "events",
            "period": quarter,
            "granularities": ["day", "week"],
            "events": [{"event": "Payment"}],
        },
        "Weekly listeners": {
            "kind": "segmentation",
            "metric": "people",
            "period": quarter,
            "granularities": ["week"],
            "segments": [chosen["Croatia"], ELSEWHERE],
            "events": [{"event": "Song Played"}],
        },
        "Checkout in the week before": checkout_in(week(BROKEN_FROM + 7, BROKEN_FROM + 1)),
        "Checkout while release 4.2.0 was out": checkout_in(week(BROKEN_FROM, BROKEN_UNTIL)),
        "Registration to payment within 15 minutes": {
            "kind": "funnel",
            "period": quarter,
            "window": {"value": 15, "unit": "minute"},
            "segments": [chosen["Croatia"], ELSEWHERE],
            "steps": [{"event": name} for name in ("Registration", "Watch Video", "Payment")],
        },
        "Jazz listeners in Croatia take up Sing Along": {
            "kind": "segmentation",
            "metric": "adoption",
            "period": quarter,
            "granularities": ["week"],
            "segments": [chosen["Jazz listeners in Croatia"], OTHER_JAZZ],
            "events": [{"event": "Sing Along"}],
            "denominator": "registered",
        },
        "Do listeners come back?": {
            "kind": "retention",
            "period": quarter,
            "granularity": "week",
            "intervals": 8,
            "entry": {"event": "Registration"},
            "return": {"event": "Song Played"},
        },
        "Songs played, and jazz among them": {
            "kind": "segmentation",
            "metric": "people",
            "period": month,
            "granularities": ["day", "week"],
            "events": [{"event": "Song Played"}, {"event": "Song Played", "filters": [jazz]}],
        },
    }
