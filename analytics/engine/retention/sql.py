"""The SQL of a retention: who began in which bucket, and who came back in which.

People are counted as sets: a bitmap a cohort and segment, one a bucket in which people came back,
and of each pair how many are in both. So what it takes grows with the buckets and not with what
people did in them, and the people of several shards are put together exactly.
"""

from analytics.definitions.retention import CohortEntry, Counting
from analytics.engine.buckets import bucket_of
from analytics.engine.conditions import matches
from analytics.engine.query import Span, Statement
from analytics.engine.retention.plan import Calendar
from analytics.engine.segments import members
from analytics.engine.writer import Writer

# The place of no bucket: its number is the size of the cohort.
WHOLE = -1


def counts(asked: Calendar) -> Statement:
    """Rows: (place of the cohort, place of a bucket after it, a number for each segment): who came
    back in it or, where later ones count too, in that or a later one. At the place -1 stands how
    many the cohort has. What nobody came back in has no row."""
    w = asked.plan.writer()
    segments = range(len(asked.plan.segments))
    numbers = ", ".join(number(asked, f"m{n}") for n in segments)
    reach = w.bind(asked.report.intervals, "Int64")
    return w.statement(
        f"SELECT began, came, {numbers} FROM ({cohorts(w, asked)}) AS c"
        f" CROSS JOIN ({comebacks(w, asked)}) AS r"
        f" WHERE came = {WHOLE} OR (came > began AND came - began <= {reach})"
    )


def number(asked: Calendar, members: str) -> str:
    """How many of some people came back; of all that did in a bucket or a later one each once."""
    back = f"bitmapAndCardinality({members}, who)"
    if asked.report.counting is Counting.ON_OR_AFTER:
        back = (
            f"groupBitmapMerge(bitmapAnd({members}, who)) OVER (PARTITION BY began"
            " ORDER BY came DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        )
    return f"if(came = {WHOLE}, bitmapCardinality({members}), {back})"


def cohorts(w: Writer, asked: Calendar) -> str:
    """SELECT the place of each cohort, and its people of each segment as the sets m0 …"""
    sets = ", ".join(
        f"groupBitmapStateIf(person, {members(w, each)}) AS m{n}"
        for n, each in enumerate(asked.plan.segments)
    )
    bucket = bucket_of(w, "since", asked.buckets)
    return (
        f"SELECT {place(w, asked, 'bucket')} AS began, * EXCEPT (bucket) FROM"
        f" (SELECT {bucket} AS bucket, {sets} FROM ({entered(w, asked, asked.plan.span)})"
        " GROUP BY bucket)"
    )


def comebacks(w: Writer, asked: Calendar) -> str:
    """SELECT the place of each bucket, and who came back in it; and nobody at the place of none, so
    that there is a row for each cohort."""
    bucket = bucket_of(w, "at", asked.buckets)
    back = came(w, asked, asked.span)
    return (
        f"SELECT {place(w, asked, 'bucket')} AS came, who FROM"
        f" (SELECT {bucket} AS bucket, groupBitmapState(person) AS who {back} GROUP BY bucket)"
        f" UNION ALL SELECT toInt64({WHOLE}), groupBitmapState(number) FROM numbers(0)"
    )


def entered(w: Writer, asked: Calendar, span: Span) -> str:
    """SELECT person and since when they are in a cohort: since their very first entry, if it lies
    in the span, or since each that does."""
    entry = asked.report.entry
    if asked.report.cohort is CohortEntry.EVERY:
        return f"SELECT person, at AS since {w.events(entry.names, span)} AND {matches(w, entry)}"
    in_span = f"since >= {w.instant(span.start)} AND since < {w.instant(span.end)}"
    return (
        f"SELECT person, min(at) AS since {w.events(entry.names)} AND {matches(w, entry)}"
        f" GROUP BY person HAVING {in_span}"
    )


def came(w: Writer, asked: Calendar, span: Span) -> str:
    """FROM the events by which people came back in a span."""
    back = asked.report.returning
    return f"{w.events(back.names, span)} AND {matches(w, back)}"


def place(w: Writer, asked: Calendar, column: str) -> str:
    """SQL for the place of a bucket by its start. One of no length has no start of its own: what
    lies there lies in the one after it."""
    places = {each.start: n for n, each in enumerate(asked.buckets) if each.start < each.end}
    starts, numbers = (w.bind(list(each), "Array(Int64)") for each in (places, places.values()))
    return f"transform({column}, {starts}, {numbers}, toInt64({WHOLE}))"
