"""The listeners of the demo, and what they did."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from people.ingest.messages import Id, Identify, Kind, Message, Track
from people.models import Project
from people.values import JSON, start_of_day

DAYS = 120
PEOPLE = 2_000
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
