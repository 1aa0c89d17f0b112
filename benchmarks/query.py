"""How long reports take, beside what else would answer them over the same rows.

    python -m tests.services postgres python -m benchmarks.query

The contestants take turns; the tables show the median of the rounds, and ratios within this run.
"""

import argparse
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

import duckdb
import numba
import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.core.management import call_command
from django.db import connection

from analytics import engine
from analytics.engine.funnel.sql import persons
from analytics.models import Question, fetch
from analytics.store import client
from benchmarks import kernels, world
from people.models import Project

WINDOW = 86_400_000
STEPS = ["Page Viewed", "Song Played", "Payment"]
CHOSEN = ["Page Viewed", "Song Played", "Searched", "Shared"]
PERIOD = {"start": "2026-05-02", "end": "2026-05-31"}
HR = {"name": "HR", "condition": {"attribute": "country", "operator": "is", "value": ["HR"]}}
DE = {"name": "DE", "condition": {"attribute": "country", "operator": "is", "value": ["DE"]}}
FUNNEL = {
    "kind": "funnel", "period": PERIOD, "window": {"value": 1, "unit": "day"},
    "steps": [{"event": name} for name in STEPS],
}  # fmt: skip
FILTERED = FUNNEL | {
    "segments": [HR, DE],
    "steps": [
        {"event": "Page Viewed"},
        {"event": "Song Played",
         "filters": [{"property": "genre", "operator": "is_not", "value": ["folk"]}]},
        {"event": "Payment",
         "filters": [{"property": "price", "operator": "at_least", "value": 10}]},
    ],
}  # fmt: skip
DAILY = {
    "kind": "segmentation", "metric": "people", "period": PERIOD, "granularities": ["day"],
    "segments": [HR, DE], "events": [{"event": name} for name in CHOSEN],
}  # fmt: skip


def report(project: Project, definition: dict[str, Any]) -> dict[str, Any]:
    """As a worker computes it, from the definition to the result."""
    question = Question.of(project, definition)
    rows = {name: fetch(each) for name, each in question.query.statements.items()}
    return engine.result(question.plan, rows).dump()


def levels(project: Project) -> list[int]:
    """The statement at the heart of a funnel alone: how many people got to each step."""
    plan = Question.of(project, FUNNEL).plan
    w = plan.writer()
    rows = client.ask(f"SELECT level, count() FROM ({persons(w, plan)}) GROUP BY level", w.binds)
    stopped = dict(rows)
    return [sum(stopped.get(n, 0) for n in range(step, 4)) for step in (1, 2, 3)]


# --- Contestants --------------------------------------------------------------------------------

LEVEL = """max(CASE WHEN step = 1 AND third <= at + {window} THEN 3
    WHEN step = 1 AND second <= at + {window} THEN 2 WHEN step = 1 THEN 1 ELSE 0 END)"""


def nested_windows() -> list[int]:
    """One window function a step over all rows, the way SQL is generated for any engine."""
    sql = """
    SELECT level, count() FROM (
      SELECT person, max(multiIf(s0 = 1 AND t1 >= t0 AND t1 <= t0 + {w:Int64} AND t2 >= t1 AND t2 <= t0 + {w:Int64}, 3,
                                 s0 = 1 AND t1 >= t0 AND t1 <= t0 + {w:Int64}, 2, s0 = 1, 1, 0)) AS level
      FROM (
        SELECT person, ms, s0, t0, t1,
          minIf(t2, t2 > 0) OVER (PARTITION BY person ORDER BY ms DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS t2
        FROM (
          SELECT person, ms, s0, t0, t1, if(t1 = 0 OR t2 < t1, 0, t2) AS t2
          FROM (
            SELECT person, ms, s0, s1, t0,
              minIf(t1, t1 > 0) OVER (PARTITION BY person ORDER BY ms DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS t1,
              minIf(t2, t2 > 0) OVER (PARTITION BY person ORDER BY ms DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS t2
            FROM (
              SELECT person, toUnixTimestamp64Milli(at) AS ms,
                event = 'Page Viewed' AS s0, if(s0, ms, 0) AS t0,
                event = 'Song Played' AS s1, if(s1, ms, 0) AS t1,
                event = 'Payment' AS s2, if(s2, ms, 0) AS t2
              FROM events WHERE event IN ('Page Viewed', 'Song Played', 'Payment')
                AND at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
            )
          )
        )
      ) GROUP BY person
    ) GROUP BY level"""
    stopped = dict(client.ask(sql, {"w": WINDOW, "start": START, "end": END}))
    return [sum(stopped.get(n, 0) for n in range(step, 4)) for step in (1, 2, 3)]


START = 1_777_680_000_000
END = START + 30 * 86_400_000

POSTGRES_FUNNEL = """
WITH own AS (
  SELECT person, ms, CASE event WHEN 'Page Viewed' THEN 1 WHEN 'Song Played' THEN 2 ELSE 3 END AS step
  FROM bench_events WHERE event IN ('Page Viewed', 'Song Played', 'Payment') AND ms >= %s AND ms < %s
), one AS (
  SELECT person, ms, step, min(ms) FILTER (WHERE step = 3) OVER later AS after
  FROM own WINDOW later AS (PARTITION BY person ORDER BY ms ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
), two AS (
  SELECT person, ms, step, min(ms) FILTER (WHERE step = 2) OVER later AS second,
    min(after) FILTER (WHERE step = 2) OVER later AS third
  FROM one WINDOW later AS (PARTITION BY person ORDER BY ms ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
), people AS (
  SELECT person, max(CASE WHEN step <> 1 THEN 0 WHEN third <= ms + %s THEN 3
    WHEN second <= ms + %s THEN 2 ELSE 1 END) AS level FROM two GROUP BY person
) SELECT level, count(*) FROM people GROUP BY level"""

DAILY_SQL = """
SELECT (ms - {start}) / 86400000 AS day, {numbers}
FROM bench_events JOIN bench_people USING (person)
WHERE event IN ('Page Viewed', 'Song Played', 'Searched', 'Shared') AND ms >= {start} AND ms < {end}
  AND country IN ('HR', 'DE')
GROUP BY 1"""


def daily_sql(division: str) -> str:
    numbers = [
        f"{count} FILTER (WHERE event = '{event}' AND country = '{country}')"
        for country in ("HR", "DE")
        for event in CHOSEN
        for count in ("count(*)", "count(DISTINCT person)")
    ]
    sql = DAILY_SQL.format(numbers=", ".join(numbers), start=START, end=END)
    return sql.replace("/", division, 1)


def in_postgres(rows: pa.Table, countries: Any) -> None:
    """The same rows with the indexes that fit these questions."""
    names = list(world.NAMES)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_events, bench_people")
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_events (person int, event text, ms bigint, genre text, price float8)"
        )
        cursor.execute("CREATE UNLOGGED TABLE bench_people (person int PRIMARY KEY, country text)")
        sql = "COPY bench_events FROM STDIN WITH (FORMAT csv)"
        with cursor.copy(sql) as copy:
            for batch in rows.to_batches(max_chunksize=200_000):
                named = pa.DictionaryArray.from_arrays(
                    batch["event"].cast(pa.int8()), pa.array(names)
                )
                columns = [batch["person"], named.cast(pa.string()), *list(batch.columns[2:])]
                sink = pa.BufferOutputStream()
                options = pa.csv.WriteOptions(include_header=False)
                table = pa.Table.from_arrays(columns, names=batch.schema.names)
                pa.csv.write_csv(table, sink, options)
                copy.write(sink.getvalue().to_pybytes())
        with cursor.copy("COPY bench_people FROM STDIN") as copy:
            for person, country in enumerate(countries[1:], start=1):
                copy.write_row((person, world.COUNTRIES[country]))
        cursor.execute("CREATE INDEX ON bench_events (event, ms) INCLUDE (person)")
        cursor.execute("CREATE INDEX ON bench_events (person, ms) INCLUDE (event)")
        cursor.execute("VACUUM ANALYZE bench_events")
        cursor.execute("ANALYZE bench_people")


def in_duckdb(rows: pa.Table, countries: Any) -> duckdb.DuckDBPyConnection:
    named = pa.DictionaryArray.from_arrays(
        rows["event"].combine_chunks().cast(pa.int8()), pa.array(list(world.NAMES))
    )
    given = rows.set_column(1, "event", named.cast(pa.string()))  # noqa: F841
    people = pa.table(  # noqa: F841
        {
            "person": np.arange(1, len(countries), dtype=np.uint32),
            "country": [world.COUNTRIES[each] for each in countries[1:]],
        }
    )
    duck = duckdb.connect()
    duck.execute("SET threads = 2")
    duck.execute("CREATE TABLE bench_events AS SELECT * FROM given ORDER BY event, ms")
    duck.execute("CREATE TABLE bench_people AS SELECT * FROM people")
    return duck


def postgres(sql: str, *values: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


# --- Measuring ----------------------------------------------------------------------------------


def turns(contestants: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median milliseconds of each, after one round that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            if name.startswith("Postgres") and turn > 2:
                continue
            gc.collect()
            began = time.perf_counter()
            run()
            if turn:
                taken[name].append((time.perf_counter() - began) * 1000)
    return {name: median(each) for name, each in taken.items()}


def on_one_core(run: Callable[[], Any]) -> Any:
    numba.set_num_threads(1)
    try:
        return run()
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


def table(title: str, measured: dict[str, float], ours: str) -> None:
    print(f"\n| {title} | ms | {ours} takes |\n| --- | ---: | ---: |")
    for name, taken in measured.items():
        print(f"| {name} | {taken:,.1f} | {measured[ours] / taken:.2f} × |")


def peak(run: Callable[[], Any]) -> float:
    """How many MB the process holds at most while it runs."""
    Path("/proc/self/clear_refs").write_text("5")
    run()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--growth", type=int, nargs="*", default=[1, 10, 100], help="millions")
    options.add_argument("--only-ours", action="store_true")
    given = options.parse_args()
    call_command("migrate", verbosity=0)
    project = world.project()
    began = time.perf_counter()
    world.fill(project, given.events, 90)
    print(f"{given.events:,} events are in after {time.perf_counter() - began:.0f} s", flush=True)
    ours = {
        "Moments: the funnel's levels": lambda: levels(project),
        "Moments: the whole report": lambda: report(project, FUNNEL),
        "Moments: with 2 segments, 2 filters and median times": lambda: report(project, FILTERED),
    }
    daily = {
        "Moments: people of each day": lambda: report(project, DAILY),
        "Moments: events of each day": lambda: report(project, DAILY | {"metric": "events"}),
    }
    if given.only_ours:
        for name, taken in turns(ours | daily, given.rounds).items():
            print(f"{taken:8.1f} ms  {name}")
        return
    compete(project, ours, daily, given.rounds)
    for name, run in (ours | daily).items():
        print(f"| {name}, peak memory of the process | {peak(run):,.0f} MB | |")
    growth(project, given.growth, given.rounds)


def compete(project: Project, ours: Any, daily: Any, rounds: int) -> None:
    rows, countries = world.rows(), world.countries()
    in_postgres(rows, countries)
    duck = in_duckdb(rows, countries)
    events, times = rows["event"].to_numpy(), rows["ms"].to_numpy()
    counts = np.bincount(rows["person"].to_numpy(), minlength=world.PEOPLE + 1)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    places = list(world.NAMES)
    steps = np.array([STEPS.index(name) + 1 if name in STEPS else 0 for name in places])
    chosen = np.array([CHOSEN.index(name) if name in CHOSEN else -1 for name in places])
    kernel = lambda: kernels.funnel(offsets, events, times, steps, START, END, WINDOW)  # noqa: E731
    reached = kernel()
    expected = [int(reached[n:].sum()) for n in (1, 2, 3)]
    assert levels(project) == expected == nested_windows(), (levels(project), expected)
    stopped = dict(postgres(POSTGRES_FUNNEL, START, END, WINDOW, WINDOW))
    assert [sum(stopped.get(n, 0) for n in range(k, 4)) for k in (1, 2, 3)] == expected
    limit = lambda: kernels.segmentation(  # noqa: E731
        offsets, events, times, chosen, countries, START, 30, len(CHOSEN)
    )
    _, did = limit()
    result: Any = report(project, DAILY)
    for series in result["series"]:
        days = [point["value"] for point in series["points"]]
        assert days == did[:, series["segment"], series["event"]].tolist()
    funnel_times = turns(
        ours
        | {
            "kernel over sorted arrays in memory, both cores": kernel,
            "kernel, one core": lambda: on_one_core(kernel),
            "nested window functions on the same engine": nested_windows,
            "Postgres, window functions": lambda: postgres(
                POSTGRES_FUNNEL, START, END, WINDOW, WINDOW
            ),
        },
        rounds,
    )
    table("3-step funnel over 30 days", funnel_times, "Moments: the funnel's levels")
    daily_times = turns(
        daily
        | {
            "kernel over sorted arrays in memory, both cores (both)": limit,
            "kernel, one core (both)": lambda: on_one_core(limit),
            "DuckDB (both)": lambda: duck.execute(daily_sql("//")).fetchall(),
            "Postgres (both)": lambda: postgres(daily_sql("/")),
        },
        rounds,
    )
    table("4 events × 2 segments by day", daily_times, "Moments: people of each day")


def growth(project: Project, millions: list[int], rounds: int) -> None:
    """The same million rows in the period, and ever more before it."""
    names = [name for name, share in world.NAMES.items() for _ in range(share)]
    measured: dict[str, float] = {}
    for size in millions:
        world.fill(project, 1_000_000, 30)
        if size > 1:
            world.add(
                project, names, 1_000_000, (size - 1) * 1_000_000, START - 900 * 86_400_000, START
            )
            client.command("OPTIMIZE TABLE events FINAL")
        for name, definition in (("funnel", FUNNEL), ("by day", DAILY)):
            [taken] = turns({"": lambda: report(project, definition)}, rounds).values()  # noqa: B023
            measured[f"{size} million events, {name}"] = taken
    print("\n| the same rows in the period | ms |\n| --- | ---: |")
    for name, taken in measured.items():
        print(f"| {name} | {taken:,.1f} |")


if __name__ == "__main__":
    main()
