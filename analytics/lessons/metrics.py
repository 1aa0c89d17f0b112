"""Segmentations: what each metric counts, and over which time."""

from typing import Any

from analytics.lessons.parts import Answer, Chapter, Did, Lesson, day

PLAY = "Play"
DAYS = {"start": "2026-05-04", "end": "2026-05-06"}
WEEK = {
    "Ann": (day(0, PLAY), day(0, PLAY, song="b"), day(1, PLAY)),
    "Ben": (day(0, PLAY), day(2, PLAY)),
    "Cleo": (day(1, "Sign Up"),),
}


def asked(metric: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "segmentation", "metric": metric, "period": DAYS, "granularities": ["day"],
        "events": [{"event": PLAY}], **more,
    }  # fmt: skip


def on(n: int, words: str, value: float, *who: str) -> Answer:
    place = {"event": 0, "granularity": "day", "start": f"2026-05-{4 + n:02}"}
    return Answer(words, place, value, who or None)


METRICS = Chapter(
    "metrics",
    "How metrics count",
    "A segmentation counts what happened, or who did it, bucket by bucket of your time zone.",
    (
        Lesson(
            "Events, and people",
            "Events count each time; people count everybody once in each bucket. The people of two "
            "days together are not the sum of both: Ann is in two of them.",
            "People who Play, day by day",
            WEEK,
            asked("people"),
            (
                on(0, "on Monday", 2, "Ann", "Ben"),
                on(1, "on Tuesday", 1, "Ann"),
                on(2, "on Wednesday", 1, "Ben"),
            ),
            by="day",
        ),
        Lesson(
            "How often",
            "Frequency is events by each of those who did it: on Monday three plays of two people.",
            "Play, times a person, day by day",
            WEEK,
            asked("frequency"),
            (on(0, "on Monday", 1.5), on(1, "on Tuesday", 1.0)),
            by="day",
        ),
        Lesson(
            "Adoption and engagement",
            "Adoption is which part of all people of the segment did it, engagement how often by "
            "each of them. Here the segment is everybody, three people, Cleo included who never "
            "played.",
            "Adoption of Play, day by day",
            WEEK,
            asked("adoption"),
            (on(0, "on Monday", 2 / 3), on(1, "on Tuesday", 1 / 3)),
            by="day",
        ),
        Lesson(
            "Rolling, and cumulative",
            "Rolling counts who did it in so many days that end with this one; cumulative, in all "
            "days since the start of the period.",
            "People who Play, rolling over 2 days",
            WEEK,
            asked("people", rolling=2),
            (
                on(0, "on Monday", 2, "Ann", "Ben"),
                on(1, "on Monday and Tuesday", 2, "Ann", "Ben"),
                on(2, "on Tuesday and Wednesday", 2, "Ann", "Ben"),
            ),
            by="day",
        ),
        Lesson(
            "For the first time",
            "An event’s first time is the very first one that is known of somebody, whenever that "
            "was: whoever did it before the period is not counted in it.",
            "People who Play for the first time, day by day",
            {
                "Ann": (Did(-1440, PLAY), day(0, PLAY)),
                "Ben": (day(0, PLAY), day(1, PLAY)),
            },
            asked("people", events=[{"event": PLAY, "first_time": True}]),
            (on(0, "on Monday", 1, "Ben"), on(1, "on Tuesday", 0)),
            by="day",
        ),
        Lesson(
            "Measures of a property",
            "The sum of what was paid, the average, the median, how many different things: of the "
            "events that have the property as a number, and of no others.",
            "Sum of price of Buy, day by day",
            {
                "Ann": (day(0, "Buy", price=10), day(0, "Buy", price=2.5)),
                "Ben": (day(0, "Buy", price=5), day(1, "Buy", price="free")),
            },
            asked(
                "measure",
                events=[{"event": "Buy", "measure": {"aggregate": "sum", "property": "price"}}],
            ),
            (on(0, "on Monday", 17.5),),
            by="day",
        ),
    ),
)
