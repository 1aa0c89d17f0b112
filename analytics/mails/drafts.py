"""A mail as it would go out now: nothing of it is kept or sent."""

from dataclasses import dataclass, replace

from django.utils import timezone

from analytics.definitions.parts import Invalid
from analytics.mails import letters
from analytics.mails.addresses import address_of
from analytics.models import Dashboard, Mailing, MailingPart, Report, Subscription, ask
from analytics.models.parts import part_of
from analytics.presentation.mail import Content, picture_of
from analytics.presentation.marked import lines_of, setting_of
from people.models import Project

# So many seconds it waits for its numbers.
PATIENCE = 20.0


@dataclass(frozen=True)
class NotNow:
    """Why there is no such mail."""

    why: str


def draft(
    project: Project,
    source: Report | Dashboard | None,
    subscription: Subscription | None = None,
    wait: float = PATIENCE,
) -> Content | NotNow:
    """What a mail of a report or a dashboard would say to members now."""
    mailing = Mailing(
        project=project, subscription=subscription, kind=Mailing.Kind.REPORT, slot=timezone.now(),
        title=str(source),
    )  # fmt: skip
    match source:
        case Report():
            found = of_report(mailing, source, wait)
            link = address_of("report", project.slug, source.pk)
        case Dashboard():
            parts = parts_of(mailing, source, wait)
            found = letters.dashboard(mailing, parts, for_members=True)
            link = address_of("dashboard", project.slug, source.pk)
        case None:
            return NotNow("Choose what to send.")
    # What is not sent has no page of its own.
    return replace(found, link=link) if isinstance(found, Content) else found


def of_report(mailing: Mailing, report: Report, wait: float) -> Content | NotNow:
    try:
        run = ask(mailing.project, report.definition, wait=wait)
    except Invalid as error:
        return NotNow(f"The report can no longer be computed: {error.problems}")
    if run.answer is None:
        return NotNow(run.error or "The report is still being computed. Try again in a moment.")
    setting = setting_of(mailing.project, run.answer, lines_of(report, report.definition))
    mailing.definition, mailing.result = run.definition, run.result
    mailing.picture = picture_of(run.answer, run.asked, setting)
    return letters.content(mailing, for_members=True)


def parts_of(mailing: Mailing, dashboard: Dashboard, wait: float) -> list[MailingPart]:
    """A part for each tile; those that are not computed say so."""
    tiles = dashboard.tiles.select_related("report")
    parts = []
    for n, (tile, run) in enumerate(zip(tiles, dashboard.answers(wait), strict=True)):
        part = part_of(mailing, tile, n)
        if run and run.is_finished:
            part.definition = run.definition or part.definition
            part.result, part.error = run.result, run.error
        elif run:
            part.error = "It is still being computed."
        parts.append(part)
    return parts
