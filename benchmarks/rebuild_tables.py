"""Rebuild of the projections from a Parquet ledger, beside DuckDB SQL that computes the same tables.

Both read the same file, on one thread, and their results are compared before a ratio is printed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.mixed_log import entries
from untaken.projections.definition import Projection
from untaken.projections.guard_effectiveness import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.log_health import SIGNAL_HEALTH
from untaken.projections.shadow_performance import SHADOW_PERFORMANCE
from untaken.streams.engine import Engine
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State

ROWS = 1_000_000
ROUNDS = 5

IN_TURN = "(resolved AND NOT overlapped)"
COUNTS = f"({IN_TURN} AND pnl_e8 IS NOT NULL)"
IN_R = f"({IN_TURN} AND milli_r IS NOT NULL)"
FIRST = "first = guard"
COMPLETE = "coalesce(chain_complete, false)"
ONLY = "len(blockers) = 1"


def counted(condition: str) -> str:
    return f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def summed(condition: str, value: str) -> str:
    return f"sum(CASE WHEN {condition} THEN {value} ELSE 0 END)"


GUARD_SQL = {
    "blocked": "sum(1)",
    "first_blocked": counted(FIRST),
    "resolved": counted("resolved"),
    "unresolved": counted("NOT resolved"),
    "first_unresolved": counted(f"{FIRST} AND NOT resolved"),
    "overlapped": counted("overlapped"),
    "money_unknown": counted(f"{FIRST} AND {IN_TURN} AND pnl_e8 IS NULL"),
    "counted": counted(f"{FIRST} AND {COUNTS}"),
    "avoided": counted(f"{FIRST} AND {COUNTS} AND pnl_e8 < 0"),
    "avoided_loss_e8": summed(f"{FIRST} AND {COUNTS}", "greatest(-pnl_e8, 0)"),
    "missed_profit_e8": summed(f"{FIRST} AND {COUNTS}", "greatest(pnl_e8, 0)"),
    "counted_r": counted(f"{FIRST} AND {IN_R}"),
    "avoided_loss_milli_r": summed(f"{FIRST} AND {IN_R}", "greatest(-milli_r, 0)"),
    "missed_profit_milli_r": summed(f"{FIRST} AND {IN_R}", "greatest(milli_r, 0)"),
    "capped_saved_milli_r": summed(f"{FIRST} AND {IN_R}", "least(greatest(-milli_r, -5000), 5000)"),
    "slippage_milli_r": summed(f"{FIRST} AND {IN_R}", "slippage_milli_r"),
    "risk_ppm": summed(f"{FIRST} AND {IN_R}", "round(stop_loss_pct * 10000)::BIGINT"),
    "saved_ppm": summed(f"{FIRST} AND {IN_R}", "-return_ppm"),
    "over_cluster": counted(f"{FIRST} AND {IN_R} AND over_cluster"),
    "sole_e8": summed(f"{ONLY} AND {COMPLETE} AND {COUNTS}", "-pnl_e8"),
    "unknown_beyond_first": counted(f"{FIRST} AND NOT {COMPLETE}"),
    "sole_unknown_loss_e8": summed(f"{ONLY} AND NOT {COMPLETE} AND {COUNTS}", "greatest(pnl_e8, 0)"),
    "sole_unknown_gain_e8": summed(f"{ONLY} AND NOT {COMPLETE} AND {COUNTS}", "greatest(-pnl_e8, 0)"),
    "shapley_whole_e8": summed(f"{COMPLETE} AND {COUNTS}", "-pnl_e8"),
}


def book_sql(name: str, resolved: str, known: str) -> dict[str, str]:
    return {
        f"{name}_resolved": counted(resolved),
        f"{name}_counted": counted(known),
        f"{name}_wins": counted(f"{known} AND pnl_e8 > 0"),
        f"{name}_gains_e8": summed(known, "greatest(pnl_e8, 0)"),
        f"{name}_losses_e8": summed(known, "greatest(-pnl_e8, 0)"),
        f"{name}_return_ppm": summed(resolved, "return_ppm"),
        f"{name}_milli_r": summed(f"{resolved} AND milli_r IS NOT NULL", "milli_r"),
    }


SHADOW_SQL = {
    "signals": "sum(1)",
    "repeats": "sum(repeats)",
    "overlapped": counted("overlapped"),
    "no_data": counted("exit_reason = 'no_data'"),
    "pending": counted("exit_reason IS NULL"),
    "money_unknown": counted("resolved AND pnl_e8 IS NULL"),
    "no_confidence": counted("confidence IS NULL"),
    "stop_assumed": counted("stop_assumed"),
    **{s: counted(f"status = '{s}'") for s in ("undecided", "approved", "filled", "blocked", "expired")},
    "chain_incomplete": counted(f"status = 'blocked' AND NOT {COMPLETE}"),
    **book_sql("in_turn", IN_TURN, COUNTS),
    **book_sql("alone", "resolved", "(resolved AND pnl_e8 IS NOT NULL)"),
}

HEALTH_SQL = {
    "signals": "sum(1)",
    "repeats": "sum(repeats)",
    "no_data": counted("exit_reason = 'no_data'"),
    "pending": counted("exit_reason IS NULL"),
    "without_prices": counted("NOT has_prices"),
    "negative_latency": counted("decision_latency_us < 0"),
}

BLOCKERS = "(SELECT *, unnest(blockers) AS guard FROM ledger WHERE status = 'blocked')"
ASKED = "(SELECT * EXCLUDE (asked), unnest(asked) AS one FROM ledger)"
RUN = "bot, run, mode, currency, settings_digest"


def guard_query() -> str:
    known = f"CASE WHEN {COMPLETE} THEN len(blockers) ELSE 0 END AS blockers_n"
    return query(f"(SELECT *, {known} FROM {BLOCKERS})", f"{RUN}, guard, blockers_n", GUARD_SQL)


def asked_query() -> str:
    return query(
        f"(SELECT *, one.guard AS guard, one.kind AS kind FROM {ASKED})",
        f"{RUN}, guard, kind",
        {"judged": "sum(1)"},
    )


def query(source: str, keys: str, sums: dict[str, str]) -> str:
    columns = ", ".join(f"{expression} AS {name}" for name, expression in sums.items())
    day = 'floor("at" / 86400000000)::INTEGER AS day'
    return f"SELECT {day}, {keys}, {columns} FROM {source} GROUP BY ALL"


QUERIES: list[tuple[Projection, str]] = [
    (GUARDS_ASKED, asked_query()),
    (GUARD_EFFECTIVENESS, guard_query()),
    (SHADOW_PERFORMANCE, query("ledger", "bot, run, mode, currency, settings_digest, strategy", SHADOW_SQL)),
    (SIGNAL_HEALTH, query("ledger", "bot, run, symbol", HEALTH_SQL)),
]


def ledger_file(folder: Path) -> Path:
    """Write a ledger of ROWS rows, as the engine makes them, spread over years."""
    log, state = open_log("memory://"), State(None)
    log.append(list(entries(400_000)))
    engine = Engine(log, state)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    rows = engine.chain.stores.rows.load_all("ledger")
    copies = -(-ROWS // rows.height)
    month = 30 * 86_400_000_000
    parts = [
        rows.with_columns(
            pl.col("at") + copy % 120 * month,
            pl.format("{}-{}", "signal_id", pl.lit(copy)).alias("signal_id"),
        )
        for copy in range(copies)
    ]
    file = folder / "ledger.parquet"
    pl.concat(parts).head(ROWS).write_parquet(file)
    return file


def with_polars(file: Path, projection: Projection) -> pl.DataFrame:
    return projection.fold(pl.scan_parquet(file))


def with_duckdb(file: Path, sql: str) -> pl.DataFrame:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute(f"CREATE VIEW ledger AS SELECT * FROM read_parquet('{file}')")
    table = pl.from_arrow(connection.execute(sql).to_arrow_table())
    assert isinstance(table, pl.DataFrame)
    return table


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def same(ours: pl.DataFrame, theirs: pl.DataFrame, projection: Projection) -> bool:
    keys = ["day", *projection.keys]
    left = ours.with_columns(pl.col(name).cast(pl.Int64) for name in projection.sums).sort(keys)
    right = theirs.select(left.columns).with_columns(pl.col(name).cast(pl.Int64) for name in projection.sums)
    right = right.with_columns(
        pl.col("day").cast(pl.Int32), *(pl.col("blockers_n").cast(pl.Int32),) * ("blockers_n" in keys)
    )
    return left.equals(right.sort(keys))


def main() -> None:
    """Print, per projection and for all, seconds of both and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        file = ledger_file(Path(folder))
        total = [0.0, 0.0]
        for projection, sql in QUERIES:
            equal = same(with_polars(file, projection), with_duckdb(file, sql), projection)
            ours = best(partial(with_polars, file, projection))
            theirs = best(partial(with_duckdb, file, sql))
            total = [total[0] + ours, total[1] + theirs]
            print(
                f"{projection.name:<20} untaken {ours:.2f} s, DuckDB {theirs:.2f} s, ratio {theirs / ours:.2f}, same table: {equal}"
            )
        print(
            f"{'all of them':<20} untaken {total[0]:.2f} s, DuckDB {total[1]:.2f} s, ratio {total[1] / total[0]:.2f}"
        )


if __name__ == "__main__":
    main()
