"""Funnels: attempts, equal times, the edge of the window, orders, exclusions, what is held."""

from typing import Any

from analytics.lessons.parts import Answer, Chapter, Did, Lesson

PERIOD = {"start": "2026-05-04", "end": "2026-05-04"}
STEPS = [{"event": "Look"}, {"event": "Choose"}, {"event": "Buy"}]
LOOK, CHOOSE, BUY = "Look", "Choose", "Buy"


def funnel(*steps: dict[str, Any], minutes: int = 30, **more: Any) -> dict[str, Any]:
    window = {"value": minutes, "unit": "minute"}
    return {
        "kind": "funnel", "period": PERIOD, "window": window, "steps": list(steps or STEPS), **more,
    }  # fmt: skip


def reached(step: int, name: str, *who: str) -> Answer:
    return Answer(f"reached {name}", {"step": step, "outcome": "reached"}, len(who), who)


FUNNELS = Chapter(
    "funnels",
    "How funnels count",
    "A funnel asks of each person: how far did they get within the window? Everybody counts once.",
    (
        Lesson(
            "Every attempt counts, the best one is taken",
            "Somebody may begin again and again. Each first step begins an attempt with a window "
            "of its own, and the person counts by the attempt that gets furthest. Ann’s first "
            "attempt ended at Choose, her second one went through.",
            "Look, Choose, Buy within 30 minutes",
            {
                "Ann": (Did(0, LOOK), Did(5, CHOOSE), Did(60, LOOK), Did(65, CHOOSE), Did(80, BUY)),
                "Ben": (Did(0, LOOK), Did(5, CHOOSE), Did(60, BUY)),
                "Cleo": (Did(0, CHOOSE), Did(5, LOOK)),
            },
            funnel(),
            (
                reached(0, LOOK, "Ann", "Ben", "Cleo"),
                reached(1, CHOOSE, "Ann", "Ben"),
                reached(2, BUY, "Ann"),
            ),
        ),
        Lesson(
            "The window’s end is part of it",
            "The window begins with the first step and is as long for all steps together. What "
            "happens exactly at its end still counts; a second later it does not.",
            "Look, Buy within 30 minutes",
            {
                "Ann": (Did(0, LOOK), Did(30, BUY)),
                "Ben": (Did(0, LOOK), Did(30 + 1 / 60, BUY)),
            },
            funnel({"event": LOOK}, {"event": BUY}),
            (reached(0, LOOK, "Ann", "Ben"), reached(1, BUY, "Ann")),
        ),
        Lesson(
            "What happens at the same time counts in either order",
            "Clients often send several events with one time. Then nobody knows which came first, "
            "and whoever can have gone through has.",
            "Look, Choose within 30 minutes",
            {
                "Ann": (Did(0, CHOOSE), Did(0, LOOK)),
                "Ben": (Did(0, CHOOSE), Did(5, LOOK)),
            },
            funnel({"event": LOOK}, {"event": CHOOSE}),
            (reached(0, LOOK, "Ann", "Ben"), reached(1, CHOOSE, "Ann")),
        ),
        Lesson(
            "One event never stands for two steps",
            "Where two steps are the same, somebody has to do it twice; at one time will do.",
            "Look, Look within 30 minutes",
            {
                "Ann": (Did(0, LOOK),),
                "Ben": (Did(0, LOOK, {"item": "hat"}), Did(0, LOOK, {"item": "shoes"})),
            },
            funnel({"event": LOOK}, {"event": LOOK}),
            (reached(0, LOOK, "Ann", "Ben"), reached(1, "Look a second time", "Ben")),
        ),
        Lesson(
            "In any order",
            "All steps within the window, whichever comes first. Step by step, a person counts at "
            "as many steps as they did.",
            "Look, Choose, Buy in any order within 30 minutes",
            {
                "Ann": (Did(0, BUY), Did(5, LOOK), Did(10, CHOOSE)),
                "Ben": (Did(0, CHOOSE), Did(10, LOOK)),
                "Cleo": (Did(0, LOOK), Did(10, CHOOSE), Did(45, BUY)),
            },
            funnel(order="any"),
            (
                reached(0, "one of them", "Ann", "Ben", "Cleo"),
                reached(1, "two of them", "Ann", "Ben", "Cleo"),
                reached(2, "all three", "Ann"),
            ),
        ),
        Lesson(
            "One right after the other",
            "In strict order nothing at all may come between two steps, whatever it is.",
            "Look, Choose, one right after the other, within 30 minutes",
            {
                "Ann": (Did(0, LOOK), Did(5, CHOOSE)),
                "Ben": (Did(0, LOOK), Did(2, "Help Opened"), Did(5, CHOOSE)),
            },
            funnel({"event": LOOK}, {"event": CHOOSE}, order="strict"),
            (reached(0, LOOK, "Ann", "Ben"), reached(1, CHOOSE, "Ann")),
        ),
        Lesson(
            "What must not happen in between",
            "An exclusion ends an attempt where it happens after one step and before the next. Ben "
            "put the thing back between Choose and Buy; what Cleo put back after buying is no "
            "matter, and Dan’s second attempt is a clean one.",
            "Look, Choose, Buy within 30 minutes, no Put Back between Choose and Buy",
            {
                "Ben": (Did(0, LOOK), Did(5, CHOOSE), Did(8, "Put Back"), Did(10, BUY)),
                "Cleo": (Did(0, LOOK), Did(5, CHOOSE), Did(10, BUY), Did(12, "Put Back")),
                "Dan": (
                    Did(0, LOOK),
                    Did(5, CHOOSE),
                    Did(8, "Put Back"),
                    Did(12, LOOK),
                    Did(15, CHOOSE),
                    Did(20, BUY),
                ),
            },
            funnel(exclusions=[{"event": "Put Back", "after": 1, "before": 2}]),
            (
                reached(1, CHOOSE, "Ben", "Cleo", "Dan"),
                reached(2, BUY, "Cleo", "Dan"),
            ),
        ),
        Lesson(
            "The same thing at each step",
            "With a property held, all steps of an attempt have the same value of it: the item "
            "that was looked at is the one that is bought.",
            "Look, Buy of the same item within 30 minutes",
            {
                "Ann": (Did(0, LOOK, {"item": "hat"}), Did(5, BUY, {"item": "hat"})),
                "Ben": (Did(0, LOOK, {"item": "hat"}), Did(5, BUY, {"item": "shoes"})),
            },
            funnel({"event": LOOK}, {"event": BUY}, hold=["item"]),
            (reached(0, LOOK, "Ann", "Ben"), reached(1, BUY, "Ann")),
        ),
    ),
)
