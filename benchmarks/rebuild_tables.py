"""Rebuild of all projections from Parquet, beside DuckDB SQL that computes the same tables.

Both read the same files, on one thread, and their results are compared, row by row in the order of the keys,
before a ratio is printed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.mixed_log import entries
from benchmarks.projections_sql import QUERIES, in_order
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import Projection
from untaken.streams.engine import Engine
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State

ROWS = 1_000_000
ROUNDS = 3
EVENTS = 400_000


def sources(folder: Path, events: int = EVENTS, count: int = ROWS) -> dict[str, Path]:
    """Write a ledger of so many rows and the trades of its signals, as the engine makes them, spread over years."""
    log, state = open_log("memory://"), State(None)
    log.append(list(entries(events)))
    engine = Engine(log, state)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    rows = engine.chain.stores.rows
    # The guards of the mix give no reasons: their names serve as such.
    signals = described(rows.load_all("ledger")).with_columns(reason_code="first")
    copies = -(-count // signals.height)
    files = {
        "ledger": (repeated(signals, "signal_id", copies).head(count)),
        "trades": repeated(described(rows.load_all("trades")), "trade_id", copies),
    }
    for name, frame in files.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in files}


def described(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill in what the mixed log leaves out, so that every dimension has values and some rows have none."""
    number = pl.int_range(pl.len())
    score = (number * 37 % 997).cast(pl.Float64) / 1000 - 0.5
    other = (number * 71 % 991).cast(pl.Float64) / 1000 - 0.4
    pick = {
        "sector": ("defi", "layer1", None),
        "regime": ("calm", "wild"),
        "model_version": ("m1", "m2", "m3"),
    }
    return rows.with_columns(
        *(
            pl.lit(pl.Series(names, dtype=pl.String)).gather(number % len(names)).alias(column)
            for column, names in pick.items()
        ),
        pl.concat_str(
            pl.lit('{"momentum":'),
            score.cast(pl.String),
            pl.lit(',"volume":'),
            other.cast(pl.String),
            pl.lit("}"),
        ).alias("components"),
        pl.concat_list(pl.lit("swing"), pl.format("t{}", number % 5)).alias("tags"),
    )


def repeated(rows: pl.DataFrame, identity: str, copies: int) -> pl.DataFrame:
    """Return copies of rows, each a month after the last one, under names of their own."""
    month = 30 * 86_400_000_000
    parts = [
        rows.with_columns(
            pl.col("at") + copy % 120 * month,
            pl.format("{}-{}", identity, pl.lit(copy)).alias(identity),
        )
        for copy in range(copies)
    ]
    return pl.concat(parts)


def sql_of(projection: Projection) -> str:
    return in_order(QUERIES[projection.name], projection.keys)


def with_polars(files: Mapping[str, Path], projection: Projection) -> pl.DataFrame:
    return projection.fold(pl.scan_parquet(files[projection.source]))


def with_duckdb(files: Mapping[str, Path], sql: str) -> pl.DataFrame:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    for name, file in files.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{file}')")
    table = pl.from_arrow(connection.sql(sql).to_arrow_table())
    assert isinstance(table, pl.DataFrame)
    return table


def best(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def same(ours: pl.DataFrame, theirs: pl.DataFrame, projection: Projection) -> bool:
    types = {**projection.columns, **dict.fromkeys(projection.sums, pl.Int64())}
    columns = [pl.col(name).cast(dtype) for name, dtype in types.items()]
    left, right = ours.select(columns), theirs.select(columns)
    return left.equals(right)


def main() -> None:
    """Print, per projection and for all, seconds of both and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        files = sources(Path(folder))
        print({name: pl.scan_parquet(file).select(pl.len()).collect().item() for name, file in files.items()})
        total = [0.0, 0.0]
        for projection in PROJECTIONS:
            sql = sql_of(projection)
            equal = same(with_polars(files, projection), with_duckdb(files, sql), projection)
            ours = best(partial(with_polars, files, projection), ROUNDS)
            theirs = best(partial(with_duckdb, files, sql), ROUNDS)
            total = [total[0] + ours, total[1] + theirs]
            print(line(projection.name, ours, theirs), f"same table: {equal}", flush=True)
        print(line("all of them", *total))


def line(name: str, ours: float, theirs: float) -> str:
    return f"{name:<26} untaken {ours:6.2f} s, DuckDB {theirs:6.2f} s, ratio {theirs / ours:5.2f}"


if __name__ == "__main__":
    main()
