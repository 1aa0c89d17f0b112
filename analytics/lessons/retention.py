"""Retention: cohorts, intervals, in and in or after."""

from typing import Any

from analytics.lessons.parts import Answer, Chapter, Lesson, day

JOIN, PLAY = "Join", "Play"
FRIENDS = {
    "Ann": (day(0, JOIN), day(1, PLAY), day(3, PLAY)),
    "Ben": (day(0, JOIN), day(2, PLAY)),
    "Cleo": (day(1, JOIN), day(2, PLAY)),
    "Dan": (day(1, JOIN),),
}


def asked(**more: Any) -> dict[str, Any]:
    return {
        "kind": "retention", "period": {"start": "2026-05-04", "end": "2026-05-05"},
        "granularity": "day", "intervals": 3, "entry": {"event": JOIN}, "return": {"event": PLAY},
        **more,
    }  # fmt: skip


def of(n: int, interval: int, words: str, *who: str) -> Answer:
    place = {"start": f"2026-05-{4 + n:02}", "interval": interval}
    return Answer(words, place, len(who), who)


RETENTION = Chapter(
    "retention",
    "How retention counts",
    "A cohort is who began in the same day, week or month; an interval, so many of them later.",
    (
        Lesson(
            "Who came back on that day",
            "“In” counts who returned in exactly this interval. Ann is counted on days 1 and 3, "
            "not on day 2. Interval 0 is everybody who began.",
            "Join, then Play, by day",
            FRIENDS,
            asked(),
            (
                of(0, 0, "Monday’s cohort", "Ann", "Ben"),
                of(0, 1, "of them on day 1", "Ann"),
                of(0, 2, "on day 2", "Ben"),
                of(0, 3, "on day 3", "Ann"),
                of(1, 1, "of Tuesday’s cohort on day 1", "Cleo"),
            ),
            by="day",
        ),
        Lesson(
            "Who was not lost by then",
            "“In or after” counts who returned in this interval or in a later one up to now: until "
            "when people stayed.",
            "Join, then Play in or after, by day",
            FRIENDS,
            asked(counting="on_or_after"),
            (
                of(0, 1, "of Monday’s cohort on day 1 or later", "Ann", "Ben"),
                of(0, 2, "on day 2 or later", "Ann", "Ben"),
                of(0, 3, "on day 3 or later", "Ann"),
            ),
            by="day",
        ),
    ),
)
