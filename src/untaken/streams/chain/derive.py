"""From what is touched to corrected rows: load its facts, compute, compare with what was, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from untaken.projections import ledger, trades
from untaken.projections.definition import DAY_US
from untaken.streams.chain.aliases import other_names
from untaken.streams.chain.books import rebooked
from untaken.streams.chain.context import Context
from untaken.streams.chain.exits import exits_of
from untaken.streams.chain.facts import CHAINED, TypedFacts, typed, united
from untaken.streams.chain.fills import fills_outside_bars
from untaken.streams.chain.lifecycle import signal_rows
from untaken.streams.chain.money import entry_prices
from untaken.streams.chain.outcomes import PLACED, WALKED_FROM, with_outcomes
from untaken.streams.chain.refs import book_ref
from untaken.streams.chain.series import SeriesReader
from untaken.streams.chain.touched import Touched
from untaken.streams.chain.trades import trade_rows
from untaken.streams.chain.walks import Walks
from untaken.streams.store.facts import STORED
from untaken.streams.store.frames import same_rows
from untaken.streams.store.index import INDEXED, TIMES

if TYPE_CHECKING:
    from untaken.streams.chain.chain import Stores

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Derived:
    """Rows before and after, of those alone that changed."""

    old_signals: pl.DataFrame
    new_signals: pl.DataFrame
    old_trades: pl.DataFrame
    new_trades: pl.DataFrame

    def rows_of(self, source: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Old and new rows of one kind."""
        if source == "ledger":
            return self.old_signals, self.new_signals
        return self.old_trades, self.new_trades


def derive(
    touched: Touched, batch: Frames, number: int, stores: Stores, context: Context, watermark: int
) -> Derived:
    """Compute the touched signals and trades again and store what changed."""
    aliases = context.alias_frame()
    walks = Walks.of(touched.walks - touched.refs, stores)
    facts, refs = _gather(touched.refs | walks.expiring(watermark), batch, number, stores, aliases)
    walks = walks.without(refs)
    prices = SeriesReader(stores.prices, context)
    signals = signal_rows(facts, context, watermark).with_columns(book=book_ref())
    both = pl.concat([signals.select(*WALKED_FROM, *PLACED), walks.signals(context, watermark)])
    walked = with_outcomes(both, prices, exits_of(both, aliases, stores.facts), watermark)
    signals = signals.join(walked.select("ref", *ledger.OUTCOME, *TIMES), on="ref", maintain_order="left")
    outside = fills_outside_bars(facts.of("order.filled"), prices, context)
    traded = trade_rows(facts, signals, context, outside)
    moved = walks.moved(walked, stores)
    columns = ["ref", "book", *TIMES, *(name for name in ledger.COLUMNS if name not in ledger.BOOK)]
    settled = pl.concat([_with_real(signals, traded).select(columns), moved.select(columns)])
    old_signals, new_signals = _settle_signals(settled, pl.concat([refs, moved["ref"]]), stores)
    old_trades, new_trades = _settle_trades(traded, refs, stores)
    return Derived(old_signals, new_signals, old_trades, new_trades)


def _gather(
    refs: set[str], batch: Frames, number: int, stores: Stores, aliases: pl.DataFrame
) -> tuple[TypedFacts, pl.Series]:
    """Load all facts of what is touched, of what those name and of what shares their ids, until nothing is new."""
    fresh = {name: batch[name] for name in CHAINED if name in batch}
    wanted, names = set(refs), other_names(aliases)
    while True:
        stored = stores.facts.of(wanted, before_batch=number)
        named = pl.Series("ref", sorted(wanted), dtype=pl.String)
        found = _named_by([stored, *fresh.values()], named, names, stores)
        if found <= wanted:
            return united([typed(stored.select(list(STORED))), fresh], named, aliases), named
        wanted |= found


def _named_by(frames: list[pl.DataFrame], refs: pl.Series, names: pl.DataFrame, stores: Stores) -> set[str]:
    """Of two facts under one id and two names of a symbol one gives way: they are computed together or not at all."""
    found: set[str] = set()
    for frame in frames:
        concerned = frame.filter(pl.col("ref").is_in(refs.implode()) | pl.col("other").is_in(refs.implode()))
        found.update(concerned["ref"].unique())
        found.update(concerned["other"].drop_nulls().unique())
        if not names.is_empty():
            rivals = concerned.join(names, on="symbol").select("other_name", "topic", "id")
            found.update(stores.facts.refs_of_ids(rivals.iter_rows()))
    return found


def _with_real(signals: pl.DataFrame, traded: pl.DataFrame) -> pl.DataFrame:
    """Add what the real trades that name each signal came to, shadow minus real return, and their entry price."""
    booked = pl.col("counts") & (pl.col("state") == "closed")
    real = (
        traded.drop_nulls("signal_ref")
        .group_by("signal_ref")
        .agg(
            pl.col("trade_id").sort().alias("trades"),
            pl.when((booked & pl.col("pnl_e8").is_not_null()).any())
            .then(pl.col("pnl_e8").filter(booked).cast(pl.Int128).sum())
            .cast(pl.Int64, strict=False)
            .alias("real_pnl_e8"),
            pl.col("notional_e8")
            .filter(booked & pl.col("pnl_e8").is_not_null())
            .cast(pl.Int128)
            .sum()
            .alias("notional"),
            (pl.col("state") == "closed").all().alias("all_closed"),
        )
    )
    rounded = (pl.col("real_pnl_e8") / pl.col("notional") * 1e6).round(0, mode="half_to_even")
    known = pl.col("all_closed") & (pl.col("notional") > 0)
    return (
        signals.join(real, left_on="ref", right_on="signal_ref", how="left", maintain_order="left")
        .join(entry_prices(traded), left_on="ref", right_on="signal_ref", how="left", maintain_order="left")
        .with_columns(
            trades=pl.col("trades").fill_null(pl.lit([], dtype=pl.List(pl.String))),
            real_return_ppm=pl.when(known).then(rounded).cast(pl.Int64, strict=False),
        )
        .with_columns(error_ppm=ledger.error_ppm())
    )


def _settle_signals(
    signals: pl.DataFrame, refs: pl.Series, stores: Stores
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Book, compare and write signals; return the rows that changed, before and after."""
    concerned = refs.filter(refs.str.starts_with("s\x1f"))
    before = stores.signals.of(concerned)
    after = _index_rows(signals, before)
    flags = rebooked(stores.signals, before, after)
    cascade = _cascade(flags, after, stores)
    old_index = pl.concat([before, cascade])
    old = _loaded("ledger", old_index, stores)
    overlaps = _overlaps(flags, after)
    fresh = signals.join(overlaps, on="ref", how="left").with_columns(day=_day("at"))
    moved = old.join(cascade.select("ref"), on="ref", how="semi").drop("overlapped").join(overlaps, on="ref")
    columns = ["ref", *ledger.COLUMNS, "day"]
    old, new = _differing(old.select(columns), pl.concat([fresh.select(columns), moved.select(columns)]))
    stores.rows.replace("ledger", old, new)
    _index(after, cascade, overlaps, old, new, stores)
    return old, new


def _index_rows(signals: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    known = before.select("ref", "revision", was="overlapped")
    return (
        signals.with_columns(day=_day("at"))
        .join(known, on="ref", how="left")
        .with_columns(overlapped=pl.col("was").fill_null(0), revision=pl.col("revision").fill_null(0))
        .select(list(INDEXED))
    )


def _cascade(flags: pl.DataFrame, after: pl.DataFrame, stores: Stores) -> pl.DataFrame:
    """Index rows of signals that are not touched themselves, but whose place in the book changed."""
    others = flags.join(after.select("ref"), on="ref", how="anti")
    known = stores.signals.of(others["ref"])
    return (
        known.join(others, on="ref")
        .filter(pl.col("overlapped").cast(pl.Boolean) != pl.col("overlapped_right"))
        .drop("overlapped_right")
    )


def _overlaps(flags: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return (ref, overlapped) of all: as walked, else as it was."""
    unwalked = after.join(flags, on="ref", how="anti").select("ref", pl.col("overlapped").cast(pl.Boolean))
    return pl.concat([flags, unwalked])


def _loaded(kind: str, index: pl.DataFrame, stores: Stores) -> pl.DataFrame:
    rows = stores.rows.load(kind, index["day"], index["ref"])  # type: ignore[arg-type]  # one of the two kinds
    return rows.join(index.select("ref", "day"), on="ref").with_columns(pl.col("day").cast(pl.Int64))


def _differing(old: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop rows that are the same before and after; sort the rest by ref."""
    before = old.join(new.select("ref"), on="ref", how="semi").sort("ref")
    after = new.join(old.select("ref"), on="ref", how="semi").sort("ref")
    unchanged = before.select("ref").filter(same_rows(before, after, before.columns))
    return (
        old.join(unchanged, on="ref", how="anti").sort("ref"),
        new.join(unchanged, on="ref", how="anti").sort("ref"),
    )


def _index(
    after: pl.DataFrame,
    cascade: pl.DataFrame,
    overlaps: pl.DataFrame,
    old: pl.DataFrame,
    new: pl.DataFrame,
    stores: Stores,
) -> None:
    """Write index rows; a row that changed has a new revision, one that is gone is forgotten."""
    gone = old.join(new.select("ref"), on="ref", how="anti")["ref"]
    stores.signals.remove(gone)
    changed = pl.col("ref").is_in(new["ref"].implode())
    rows = pl.concat([after, cascade.select(after.columns)]).drop("overlapped").join(overlaps, on="ref")
    stores.signals.save(
        rows.with_columns(
            overlapped=pl.col("overlapped").cast(pl.Int64),
            revision=pl.col("revision") + changed.cast(pl.Int64),
        )
    )


def _settle_trades(
    traded: pl.DataFrame, refs: pl.Series, stores: Stores
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare and write trades; return the rows that changed, before and after."""
    known = stores.trades.days_of(refs.filter(refs.str.starts_with("t\x1f")))
    index = pl.DataFrame(
        [(ref, day) for ref, (day, _) in known.items()],
        schema={"ref": pl.String, "day": pl.Int64},
        orient="row",
    )
    columns = ["ref", *trades.COLUMNS, "day"]
    fresh = traded.with_columns(day=_day("at")).select(columns)
    old, new = _differing(_loaded("trades", index, stores).select(columns), fresh)
    stores.rows.replace("trades", old, new)
    stores.trades.remove(old.join(new.select("ref"), on="ref", how="anti")["ref"])
    revisions = {ref: revision + 1 for ref, (_, revision) in known.items()}
    stores.trades.save(
        [(ref, day, revisions.get(ref, 1)) for ref, day in new.select("ref", "day").iter_rows()]
    )
    return old, new


def _day(column: str) -> pl.Expr:
    return pl.col(column).floordiv(DAY_US).cast(pl.Int64)
