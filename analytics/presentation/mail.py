"""What a mail says: subject, text and HTML of one content, made in one place.

The content is the same for all who get a mail; a letter is written to one of them.
"""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from django.template.loader import render_to_string

from analytics.definitions.reports import Definition
from analytics.presentation.charts import Chart, FunnelChart, Setting, png
from analytics.presentation.csv import to_csv
from analytics.presentation.headlines import Headline
from analytics.presentation.kinds import headlines, presentation
from analytics.presentation.tables import Cell, Table
from analytics.results import Result
from people import locale

# The name by which the HTML shows its picture.
PICTURE = "chart"
# What fits into a mail; the attached file has everything.
MOST_ROWS, MOST_COLUMNS, MOST_IN_SUBJECT = 35, 6, 3
NOTHING_MARKED = Setting()


@dataclass(frozen=True)
class Content:
    """What is said to all who get it."""

    project: str
    title: str
    subject: str
    heading: str
    about: str = ""
    preview: str = ""
    paragraphs: tuple[str, ...] = ()
    figures: tuple[Headline, ...] = ()
    tables: tuple["Excerpt", ...] = ()
    picture: bytes = b""
    picture_words: str = ""
    notes: tuple[str, ...] = ()
    link: str = ""
    link_words: str = "Open the report"
    as_of: str = ""
    why: str = ""
    csv: str = ""
    file_name: str = "report"
    sections: "tuple[Section, ...]" = ()


@dataclass(frozen=True)
class Section:
    """What a mail of several reports says of one of them; or a text between them."""

    title: str = ""
    heading: str = ""
    about: str = ""
    text: str = ""
    figures: tuple[Headline, ...] = ()
    picture: bytes = b""
    picture_words: str = ""
    # The name by which the HTML shows its picture.
    picture_name: str = ""
    missing: str = ""
    notes: tuple[str, ...] = ()
    csv: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class Excerpt:
    """What of a table has room in a mail, and how much that leaves out."""

    table: Table
    rows: list[list[Cell]]

    @property
    def head(self) -> list[str]:
        return self.table.head[:MOST_COLUMNS]

    @property
    def has_partial(self) -> bool:
        return any(cell.partial for row in self.rows for cell in row)

    @property
    def left_out(self) -> int:
        return max(len(self.table.rows) - MOST_ROWS, 0)

    @property
    def hidden_columns(self) -> int:
        return max(len(self.table.head) - MOST_COLUMNS, 0)


@dataclass(frozen=True)
class Letter:
    """A content written to one address."""

    subject: str
    text: str
    html: str
    picture: bytes
    csv: str
    file_name: str
    sections: tuple[Section, ...] = ()


def letter(content: Content, email: str, stop: str) -> Letter:
    """Subject, text and HTML to one address, which `stop` takes off the list by one click."""
    context = {"content": content, "email": email, "stop": stop, "picture": PICTURE}
    html = css_inline.inline(render_to_string("emails/letter.html", context))
    text = render_to_string("emails/letter.txt", context)
    return Letter(
        content.subject, tidied(text), html, content.picture, content.csv, content.file_name,
        content.sections,
    )  # fmt: skip


def tidied(text: str) -> str:
    """Without the empty lines that a template leaves where it says nothing."""
    kept: list[str] = []
    for line in text.splitlines():
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    return "\n".join(kept).strip() + "\n"


# --- A report -----------------------------------------------------------------------------------


def of_report(
    result: Result,
    asked: Definition,
    title: str,
    zone: ZoneInfo,
    setting: Setting = NOTHING_MARKED,
) -> dict[str, Any]:
    """What the answer of a report fills of a content."""
    shown, drawn = presentation(result, asked, setting), chart_of(result, asked, setting)
    heading = shown.finding()
    told = [each for each in shown.sentences() if each.rstrip(".") not in heading]
    rest = [*told, *shown.emptiness(), *shown.overlap()]
    return {
        "heading": heading,
        "subject": f"{title}: {subject_of(result, asked, heading)}",
        "preview": " ".join(rest)[:200],
        "about": f"{title} · {days(result)}",
        "paragraphs": tuple(rest),
        "figures": tuple(headlines(result, asked)),
        "tables": tuple(excerpt(each) for each in shown.tables()),
        "as_of": f"As of {locale.moment(result.as_of.astimezone(zone))} · {result.timezone}",
        "notes": tuple(drawn.notes) if isinstance(drawn, Chart) else (),
        "picture_words": drawn.summary if drawn else "",
        "csv": to_csv(result, asked),
    }


def of_part(
    result: Result,
    asked: Definition,
    title: str,
    name: str,
    picture: bytes,
    setting: Setting = NOTHING_MARKED,
) -> Section:
    """What the answer of a report fills of a mail of several."""
    drawn = chart_of(result, asked, setting)
    return Section(
        title=title,
        heading=presentation(result, asked, setting).finding(),
        about=days(result),
        figures=tuple(headlines(result, asked)),
        picture=picture,
        picture_words=drawn.summary if drawn else "",
        picture_name=name,
        csv=to_csv(result, asked),
    )


def picture_of(result: Result, asked: Definition, setting: Setting = NOTHING_MARKED) -> bytes:
    """The drawing of the page as a PNG; nothing where there is none."""
    drawn = chart_of(result, asked, setting)
    return png(drawn) if drawn else b""


def chart_of(
    result: Result, asked: Definition, setting: Setting = NOTHING_MARKED
) -> Chart | FunnelChart | None:
    """The funnel, or the first chart."""
    shown = presentation(result, asked, setting)
    return shown.funnel() or next(iter(shown.charts()), None)


def days(result: Result) -> str:
    """The period and, where it is compared, what with."""
    text = f"{locale.day(result.period.start)} to {locale.day(result.period.end)}"
    past = result.previous_period
    if past is None:
        return text
    return f"{text} against {locale.day(past.start)} to {locale.day(past.end)}"


def subject_of(result: Result, asked: Definition, heading: str) -> str:
    """The figure and its change, short enough for a list of mails; of several the first three, each
    with whose it is."""
    found = headlines(result, asked)
    told = [f"{each.value}, {word_of(each)}" if each.change else each.value for each in found]
    if len(found) > 1:
        named = [f"{each.name}: {said}" for each, said in zip(found, told, strict=True)]
        return "; ".join(named[:MOST_IN_SUBJECT]) + ("; …" if named[MOST_IN_SUBJECT:] else "")
    return told[0] if told else heading


def word_of(figure: Headline) -> str:
    """The change in words: mail lists show no colours and few signs."""
    words = {"up": "up ", "down": "down ", "same": "", "": ""}
    return f"{words[figure.direction]}{figure.change}"


def excerpt(table: Table) -> Excerpt:
    """The newest rows of what goes by time, the first ones of everything else."""
    rows = table.rows
    if len(rows) > MOST_ROWS:
        rows = rows[-MOST_ROWS:] if table.total else rows[:MOST_ROWS]
    shown = [table.total, *rows] if table.total else rows
    return Excerpt(table, [row[:MOST_COLUMNS] for row in shown])
