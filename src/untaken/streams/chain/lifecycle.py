"""What a bot did with each signal: attempts, verdicts, status, and the moment of the shadow entry."""

from __future__ import annotations

import polars as pl

from untaken.projections.ledger import ASKED, LIFECYCLE, SIGNAL, VERDICT
from untaken.streams.chain.context import Context
from untaken.streams.chain.facts import TypedFacts
from untaken.streams.chain.terms import with_terms

_BY_TIME = ["at", "id"]
_ASKED_ORDER = ["at", "seq", "guard", "id"]


def signal_rows(facts: TypedFacts, context: Context, watermark: int) -> pl.DataFrame:
    """One row per signal: what it said, on which terms it is simulated, what became of it.

    Columns of `projections.ledger` SIGNAL, TERMS and LIFECYCLE, with `ref`, `next_expiry` (the event time
    from which the clock alone lets it expire) and helper columns of the terms.
    """
    emitted = _defining(facts.of("signal.emitted"))
    signals = with_terms(emitted, context)
    ended = _ends(signals, facts, watermark)
    decisions = _numbered(facts.of("decision.made"))
    judged = _judgement(decisions.join(ended.select("ref", "cutoff"), on="ref"))
    rows = (
        ended.join(judged, on="ref", how="left")
        .join(_verdicts(decisions, ended, context), on="ref", how="left")
        .join(_first_decision(decisions), on="ref", how="left")
    )
    return _with_entry(_with_status(rows)).sort("ref")


def _defining(emitted: pl.DataFrame) -> pl.DataFrame:
    """Return the earliest emission of each identity, and how many others there were."""
    ordered = emitted.sort(_BY_TIME)
    counts = ordered.group_by("ref").agg((pl.len().cast(pl.Int64) - 1).alias("repeats"))
    return ordered.unique("ref", keep="first", maintain_order=True).join(counts, on="ref")


def _ends(signals: pl.DataFrame, facts: TypedFacts, watermark: int) -> pl.DataFrame:
    """Add filled_at, expired_at and the cutoff after which no attempt counts."""
    entries = facts.of("order.filled").filter(role="entry").select(ref="other", filled_at="at")
    closes = facts.of("trade.closed").select(ref="other", filled_at="entry_at")
    filled = pl.concat([entries, closes]).drop_nulls("ref").group_by("ref").agg(pl.col("filled_at").min())
    expired = facts.of("signal.expired").group_by("ref").agg(pl.col("at").min().alias("said_at"))
    passed = pl.when(_lapses(watermark)).then(pl.col("expires_at"))
    return (
        signals.join(filled, on="ref", how="left")
        .join(expired, on="ref", how="left")
        .with_columns(expired_at=pl.min_horizontal("said_at", passed))
        .with_columns(
            cutoff=pl.coalesce("filled_at", "expired_at"),
            next_expiry=next_expiry(watermark),
        )
    )


def next_expiry(watermark: int) -> pl.Expr:
    """Return the event time from which the clock alone lets a row expire; null if it cannot."""
    waits = pl.col("filled_at").is_null() & (pl.col("expires_at") >= watermark)
    return pl.when(waits).then(pl.col("expires_at") + 1)


def expires_now(watermark: int) -> pl.Expr:
    """Tell which rows, computed when the clock stood earlier, it has let expire since."""
    said_before = (pl.col("expired_at") <= pl.col("expires_at")).fill_null(value=False)
    return _lapses(watermark).fill_null(value=False) & ~said_before


def _lapses(watermark: int) -> pl.Expr:
    """Only what nobody filled: a fill after its expiry still fills."""
    return pl.col("filled_at").is_null() & (pl.col("expires_at") < watermark)


def _numbered(decisions: pl.DataFrame) -> pl.DataFrame:
    return decisions.with_columns(pl.col("attempt").fill_null(1))


def _last_per_guard(decisions: pl.DataFrame) -> pl.DataFrame:
    return decisions.sort(_BY_TIME).unique(["ref", "guard", "attempt"], keep="last", maintain_order=True)


def _judgement(decisions: pl.DataFrame) -> pl.DataFrame:
    """Of each signal's deciding attempt: blockers, first, reason, chain_complete."""
    counted = decisions.filter(pl.col("cutoff").is_null() | (pl.col("at") <= pl.col("cutoff")))
    deciding = counted.filter(pl.col("attempt") == pl.col("attempt").max().over("ref"))
    blocks = (
        _last_per_guard(deciding)
        .filter(verdict="blocked")
        .sort(_ASKED_ORDER, nulls_last=True)
        .group_by("ref", maintain_order=True)
        .agg(
            pl.col("guard").sort().alias("blockers"),
            pl.col("guard").first().alias("first"),
            pl.col("reason_code").first(),
        )
    )
    return _completeness(deciding).join(blocks, on="ref", how="left")


def _completeness(deciding: pl.DataFrame) -> pl.DataFrame:
    """Return what the final decision of the attempt says of its chain; null where nobody said."""
    said = pl.col("chain_complete").is_not_null()
    ordered = deciding.sort(said, pl.col("final").fill_null(value=False), "at", "id")
    return ordered.group_by("ref", maintain_order=True).agg(
        pl.col("chain_complete").last(), pl.lit(value=True).first().alias("was_judged")
    )


def _verdicts(decisions: pl.DataFrame, signals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """All last verdicts of each signal, in order, and how many attempts there were."""
    declared = signals.select("ref", "declaration")
    kinds = context.guard_frame()
    last = (
        _last_per_guard(decisions)
        .join(declared, on="ref")
        .join(kinds, on=["declaration", "guard"], how="left")
    )
    fields = [
        pl.coalesce("declared_kind", "kind").alias("kind") if name == "kind" else pl.col(name)
        for name in _FIELDS
    ]
    kind = pl.coalesce("declared_kind", "kind").alias("kind")
    asked = (
        last.sort("attempt", *_ASKED_ORDER, nulls_last=True)
        .unique(["ref", "guard"], keep="last", maintain_order=True)
        .sort("ref", "guard")
        .group_by("ref", maintain_order=True)
        .agg(pl.struct("guard", kind).cast(ASKED).alias("asked"))
    )
    return asked.join(_all_verdicts(last, fields), on="ref")


def _all_verdicts(last: pl.DataFrame, fields: list[pl.Expr]) -> pl.DataFrame:
    return (
        last.sort("attempt", *_ASKED_ORDER, nulls_last=True)
        .group_by("ref", maintain_order=True)
        .agg(
            pl.struct(fields).cast(VERDICT).alias("verdicts"),
            pl.col("attempt").n_unique().cast(pl.Int64).alias("attempts"),
        )
    )


_FIELDS = [field.name for field in VERDICT.fields]


def _first_decision(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the first decision of the first attempt: when, at which price, bid and ask."""
    snapshot = pl.col("snapshot").struct
    return (
        decisions.sort("attempt", *_ASKED_ORDER, nulls_last=True)
        .unique("ref", keep="first", maintain_order=True)
        .select(
            "ref",
            decided_at="at",
            seen_price=snapshot.field("price"),
            seen_bid=snapshot.field("bid"),
            seen_ask=snapshot.field("ask"),
        )
    )


def _with_status(rows: pl.DataFrame) -> pl.DataFrame:
    blocked = pl.col("blockers").list.len().fill_null(0) > 0
    status = (
        pl.when(pl.col("filled_at").is_not_null())
        .then(pl.lit("filled"))
        .when(blocked)
        .then(pl.lit("blocked"))
        .when(pl.col("expired_at").is_not_null())
        .then(pl.lit("expired"))
        .when(pl.col("was_judged").fill_null(value=False))
        .then(pl.lit("approved"))
        .otherwise(pl.lit("undecided"))
    )
    alone = pl.col("chain_complete").fill_null(value=False) & (pl.col("blockers").list.len() == 1)
    nothing = pl.lit([], dtype=pl.List(pl.String))
    return rows.with_columns(
        status=status,
        sole=pl.when(alone).then(pl.col("first")),
        attempts=pl.col("attempts").fill_null(0),
        blockers=pl.col("blockers").fill_null(nothing),
        asked=pl.col("asked").fill_null(pl.lit([], dtype=pl.List(ASKED))),
        verdicts=pl.col("verdicts").fill_null(pl.lit([], dtype=pl.List(VERDICT))),
        decision_latency_us=pl.col("decided_at") - pl.col("at"),
        fill_latency_us=pl.col("filled_at") - pl.col("at"),
    )


def _with_entry(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the shadow entry's time and price: the first decision's if it came in time, else the signal's."""
    in_time = (pl.col("decided_at") - pl.col("at") <= pl.col("window_us")).fill_null(value=False)
    seen = {name: pl.when(in_time).then(pl.col(f"seen_{name}")) for name in ("price", "bid", "ask")}
    return rows.with_columns(
        entry_at=pl.when(in_time).then(pl.max_horizontal("decided_at", "at")).otherwise(pl.col("at")),
        decision_price=pl.coalesce("seen_price", "price"),
        base_price=pl.coalesce(seen["price"], "price"),
        bid=seen["bid"],
        ask=seen["ask"],
    )


COLUMNS = [*SIGNAL, *LIFECYCLE]
