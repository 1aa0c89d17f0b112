"""What the mails of each kind say, gathered from what was kept when they became due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.text import slugify

from analytics.definitions.alerts import COMPARISONS, Comparison, sentence
from analytics.definitions.reports import Definition, read_stored
from analytics.mails.addresses import address_of
from analytics.models.alerts import said
from analytics.models.mailings import Mailing
from analytics.models.parts import MailingPart
from analytics.models.subscriptions import Subscription
from analytics.models.uses import archived_in
from analytics.presentation.charts import Setting, Threshold
from analytics.presentation.kinds import headlines
from analytics.presentation.mail import (
    PICTURE,
    Content,
    Section,
    of_part,
    of_report,
    picture_of,
)
from analytics.presentation.marked import lines_of, setting_of, threshold
from analytics.results import Result, parse_result
from people import locale
from people.attributes import is_personal

KIND = Mailing.Kind


def content(mailing: Mailing, *, for_members: bool) -> Content:
    """What a mailing says to members, or to addresses outside: numbers, and nobody's name."""
    if mailing.kind == KIND.CONFIRM:
        return question(mailing)
    if mailing.is_of_dashboard:
        return dashboard(mailing, list(mailing.parts.all()), for_members=for_members)
    # Its report may have been deleted while an alert was checked.
    kept = mailing.result if mailing.definition else None
    result = parse_result(kept) if kept else None
    if mailing.kind == KIND.REPORT and result:
        return report(mailing, result, for_members=for_members)
    return alert(mailing, result, for_members=for_members)


def question(mailing: Mailing) -> Content:
    """The one mail to an address outside before it says yes."""
    address = mailing.address
    asked_by = f"{address.asked_by} asks" if address and address.asked_by else "You are asked"
    project = mailing.project.name
    what = f"{asked_by} whether reports and alerts of {project} may be sent to this address."
    return Content(
        project=project,
        title=project,
        subject=f"Do you want the reports of {project}?",
        heading=f"Do you want the reports of {project}?",
        paragraphs=(
            f"{what} They have numbers, and nobody’s name.",
            "If you do not want them, do nothing: no other mail comes.",
        ),
        link=address_of("mail-confirm", address.token if address else ""),
        link_words="Yes, send them",
        why="because a member of the project named it.",
    )


# --- Reports ------------------------------------------------------------------------------------


def report(mailing: Mailing, result: Result, *, for_members: bool) -> Content:
    subscription = mailing.subscription
    lines = lines_of(subscription.report if subscription else None, mailing.definition or {})
    setting = setting_of(mailing.project, result, lines)
    told = told_to(mailing, result, for_members=for_members)
    fields = of_report(told, asked_by(mailing), mailing.title, mailing.project.zone, setting)
    marks = [f"{locale.day(each.day)}: {each.words}" for each in setting.annotations]
    return Content(
        project=mailing.project.name,
        title=mailing.title,
        picture=drawn(mailing, result, setting, for_members=for_members),
        link=sent_page(mailing) if for_members else "",
        why=why(subscription, by_hand=mailing.by_hand) if subscription else "",
        file_name=file_name_of(mailing),
        **(fields | {"notes": (*late(mailing), *archived(mailing), *marks, *fields["notes"])}),
    )


def archived(mailing: Mailing, parts: Sequence[MailingPart] = ()) -> list[str]:
    """What of that which it tells of is archived."""
    return archived_in(mailing.project)([mailing.definition, *(each.definition for each in parts)])


def file_name_of(mailing: Mailing) -> str:
    return f"{mailing.project.slug}-{mailing.slot.astimezone(mailing.project.zone):%Y-%m-%d}"


def asked_by(told: Mailing | MailingPart) -> Definition:
    """What its numbers answer."""
    return read_stored(told.definition)


def drawn(mailing: Mailing, result: Result, setting: Setting, *, for_members: bool) -> bytes:
    """The chart, drawn once for all and kept with the numbers that it shows; where groups must not
    go outside, another one."""
    if not for_members and names_people(result, mailing.definition or {}):
        return picture_of(result.without_groups(), asked_by(mailing), setting)
    if mailing.picture is None:
        # Another sender may have drawn it meanwhile.
        mailing.refresh_from_db(fields=["picture"])
    if mailing.picture is None:
        mailing.picture = picture_of(result, asked_by(mailing), setting)
        mailing.save(update_fields=["picture"])
    return bytes(mailing.picture)


def why(subscription: Subscription, *, by_hand: bool) -> str:
    by = f"by {subscription.created_by}" if subscription.created_by else "by Moments"
    return f"{by}, {'now and ' if by_hand else ''}{subscription.timing}."


def sent_page(mailing: Mailing) -> str:
    """Where a member finds these very numbers, whatever arrived since."""
    return address_of("mail-sent", mailing.project.slug, mailing.pk)


def names_people(result: Result, definition: dict[str, Any]) -> bool:
    """Whether its groups say who somebody is."""
    values = [group.value or "" for group in result.groups]
    by = definition.get("breakdown") or {}
    return is_personal(by.get("attribute") or "") or any("@" in each for each in values)


def late(told: Mailing | MailingPart) -> list[str]:
    """What changed under the numbers of the mail before this one."""
    events, gone = (told.facts.get(key, 0) for key in ("late", "gone"))
    counted = [
        f"{locale.count(number)} {one if number == 1 else many}"
        for number, one, many in (
            (events, "event of its days came in late", "events of its days came in late"),
            (gone, "person was merged or erased", "people were merged or erased"),
        )
        if number
    ]
    if not counted:
        return []
    when = datetime.fromisoformat(told.facts["since"]).astimezone(told.project.zone)
    since = f"Since the mail of {locale.day(when.date())} {' and '.join(counted)}"
    if told.again is None or told.before is None:
        return [f"{since}: its numbers may be others now."]
    return [f"{since}. {changes(told.before.result, told.again, asked_by(told))}"]


def changes(before: object, again: object, asked: Definition) -> str:
    """What became of the numbers of a mail, of the same days asked once more."""
    was, now = (headlines(parse_result(each).without_groups(), asked) for each in (before, again))
    moved = [
        f"{one.name} was {one.value} and is {other.value} now"
        for one, other in zip(was, now, strict=False)
        if one.value != other.value
    ]
    return f"{'; '.join(moved)}." if moved else "Its totals are the same."


def told_to(mailing: Mailing, result: Result, *, for_members: bool) -> Result:
    """What of a result a reader may have: outside go numbers, and nobody's name."""
    if for_members or not names_people(result, mailing.definition or {}):
        return result
    return result.without_groups()


# --- Dashboards ---------------------------------------------------------------------------------


def dashboard(mailing: Mailing, parts: Sequence[MailingPart], *, for_members: bool) -> Content:
    """All tiles in one mail, as they were answered over one load of data."""
    sections = tuple(section(each, for_members=for_members) for each in parts)
    told = [each.heading for each in sections if each.heading]
    subscription = mailing.subscription
    return Content(
        project=mailing.project.name,
        title=mailing.title,
        subject=f"{mailing.title}: {told[0]}" if told else mailing.title,
        heading=mailing.title,
        preview=" ".join(told)[:200],
        link=sent_page(mailing) if for_members else "",
        link_words="Open these numbers",
        why=why(subscription, by_hand=mailing.by_hand) if subscription else "",
        sections=sections,
        notes=tuple(archived(mailing, parts)),
    )


def section(part: MailingPart, *, for_members: bool) -> Section:
    if part.text:
        return Section(text=part.text)
    if part.result is None:
        return Section(title=part.title, missing=part.error)
    result, project = parse_result(part.result), part.mailing.project
    hides = not for_members and names_people(result, part.definition or {})
    told = result.without_groups() if hides else result
    setting = setting_of(project, told, [])
    name = f"{PICTURE}-{part.position}"
    asked = asked_by(part)
    picture = picture_of_part(part, told, asked, setting, hides=hides)
    found = of_part(told, asked, part.title, name, picture, setting)
    file_name = f"{file_name_of(part.mailing)}-{part.position + 1}-{slugify(part.title)[:60]}"
    return replace(found, notes=tuple(late(part)), file_name=file_name.rstrip("-"))


def picture_of_part(
    part: MailingPart, told: Result, asked: Definition, setting: Setting, *, hides: bool
) -> bytes:
    """Drawn once for all and kept; where groups must not go outside, another one."""
    if hides:
        return picture_of(told, asked, setting)
    if part.picture is None:
        part.picture = picture_of(told, asked, setting)
        # Of a draft nothing is kept.
        if part.pk:
            part.save(update_fields=["picture"])
    return bytes(part.picture)


# --- Alerts -------------------------------------------------------------------------------------


def alert(mailing: Mailing, result: Result | None, *, for_members: bool) -> Content:
    """What an alert saw: that it fires, that it is over, or that nothing is known."""
    text, facts = saw(mailing), mailing.facts
    setting = setting_of(mailing.project, result, line_seen(facts)) if result else Setting()
    shown = told_to(mailing, result, for_members=for_members) if result else None
    zone = mailing.project.zone
    fields = of_report(shown, asked_by(mailing), mailing.title, zone, setting) if shown else {}
    return Content(
        project=mailing.project.name,
        title=mailing.title,
        subject=text,
        heading=text,
        about=f"{mailing.title} · {facts.get('number', '')}",
        picture=drawn(mailing, result, setting, for_members=for_members) if result else b"",
        picture_words=fields.get("picture_words", ""),
        as_of=fields.get("as_of", ""),
        notes=tuple(archived(mailing)),
        link=address_of("alert", mailing.project.slug, mailing.alert_id) if for_members else "",
        link_words="Open the alert",
        why="once when it fires and once when it is over.",
    )


def line_seen(facts: dict[str, Any]) -> list[Threshold]:
    """The line on the chart as it was when the alert fired; a change has none of its own."""
    if facts["operator"] == Comparison.CHANGES_BY or not facts.get("bucket"):
        return []
    return [threshold(facts["operator"], facts["limit"], facts["granularity"])]


def saw(mailing: Mailing) -> str:
    facts, title = mailing.facts, mailing.title
    condition = sentence(COMPARISONS[facts["operator"]], facts["limit"])
    if mailing.kind == KIND.UNKNOWN:
        return f"{title}: unknown whether it {condition}. {facts['reason']}"
    number = said(facts)
    if mailing.kind == KIND.FIRES:
        return f"{title} {condition}: {number}"
    return f"Over: {title} no longer {condition}: {number}"
