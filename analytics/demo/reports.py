"""What is saved in the demo: segments, reports, days that are marked, a dashboard."""

from datetime import date, timedelta
from typing import Any

from analytics.demo.listeners import BROKEN_FROM, BROKEN_UNTIL, LAUNCH
from analytics.models import Annotation, Dashboard, Placed, Report, Segment
from people.models import Project, User


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


# Beside every page.
PINNED = ("Checkout while release 4.2.0 was out", "Weekly listeners")


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
        report.is_pinned = name in PINNED
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
