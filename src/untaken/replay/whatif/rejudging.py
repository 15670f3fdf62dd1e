"""Verdicts judged anew under another threshold, from the value and the comparison that were recorded."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_OWNER = ["bot", "run", "guard"]


def rejudged(rows: pl.DataFrame, thresholds: Mapping[str, float]) -> pl.DataFrame:
    """Return who blocks no more (`dropped`) and who does now (`added`), in the order of ledger rows.

    `not_rejudged` says that some verdict could not be judged again; it stands as it was.
    A threshold is named by guard, or by reason code: then it holds for verdicts of that code. A verdict that
    does not say its code has the one that its guard blocks with, if that is always the same.
    """
    again = concerned_verdicts(rows, thresholds).with_columns(passes=_passes())
    approved = pl.col("verdict") == "approved"
    summed = again.group_by("row").agg(
        pl.col("guard").filter(~approved & pl.col("passes")).alias("dropped"),
        pl.col("guard").filter(approved & ~pl.col("passes")).alias("added"),
        pl.col("passes").is_null().any().alias("not_rejudged"),
    )
    nobody = pl.lit([], dtype=pl.List(pl.String))
    return (
        pl.select(row=pl.int_range(rows.height, dtype=pl.UInt32))
        .join(summed, on="row", how="left", maintain_order="left")
        .select(pl.col("dropped", "added").fill_null(nobody), pl.col("not_rejudged").fill_null(value=False))
    )


def concerned_verdicts(rows: pl.DataFrame, thresholds: Mapping[str, float]) -> pl.DataFrame:
    """Return the deciding verdicts that a threshold is moved for, with it in `wanted` (null: nobody can tell)."""
    return _concerned(_verdicts(rows), thresholds).filter("decides")


def deciding_verdicts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts that gave each ledger row its status, with `row`, its number."""
    return _verdicts(rows).filter("decides")


def _verdicts(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per verdict: the number of its ledger row, and whether it `decides`.

    That is one of the last attempt before fill or expiry, which gave the status.
    """
    exploded = (
        rows.select(
            "bot",
            "run",
            "verdicts",
            cutoff=pl.coalesce("filled_at", "expired_at"),
            row=pl.int_range(pl.len(), dtype=pl.UInt32),
        )
        .filter(pl.col("verdicts").list.len() > 0)
        .explode("verdicts")
        .unnest("verdicts")
    )
    counts = pl.col("cutoff").is_null() | (pl.col("at") <= pl.col("cutoff"))
    last = pl.when(counts).then("attempt").max().over("row")
    return exploded.with_columns(decides=counts & (pl.col("attempt") == last))


def _concerned(verdicts: pl.DataFrame, thresholds: Mapping[str, float]) -> pl.DataFrame:
    """Keep verdicts that a threshold is moved for, with it in `wanted`.

    It is null where one would be if the verdict's reason code were known.
    """
    kinds = verdicts.group_by(*_OWNER, "reason_code").agg(
        (pl.col("verdict") == "blocked").any().alias("blocks")
    )
    blocking = kinds.filter("blocks").drop_nulls("reason_code")
    codes = blocking.group_by(_OWNER).agg(pl.col("reason_code").sort().alias("codes"))
    known = pl.lit(pl.Series(list(thresholds), dtype=pl.String).implode())
    said, blocks_with = pl.col("reason_code"), pl.col("codes")
    own = said.is_in(known) | blocks_with.list.contains(said)
    code = pl.when(own).then(said).when(blocks_with.list.len() == 1).then(blocks_with.list.first())
    unsure = pl.col("code").is_null() & (blocks_with.list.set_intersection(known).list.len() > 0)
    found = (
        kinds.join(codes, on=_OWNER, how="left")
        .with_columns(code=code)
        .with_columns(wanted=pl.coalesce(_looked_up("guard", thresholds), _looked_up("code", thresholds)))
        .filter(pl.col("wanted").is_not_null() | unsure.fill_null(value=False))
    )
    return verdicts.join(
        found.select(*_OWNER, "reason_code", "wanted"), on=[*_OWNER, "reason_code"], nulls_equal=True
    )


def _looked_up(column: str, thresholds: Mapping[str, float]) -> pl.Expr:
    return pl.col(column).replace_strict(thresholds, default=None, return_dtype=pl.Float64)


def _passes() -> pl.Expr:
    """Whether the verdict passes the wanted threshold; null where the record does not tell.

    Under the threshold that it was given under, a verdict stands. One that passed a stricter threshold passes
    a looser one, and the other way round, whatever its value. A verdict that contradicts its own value
    was given for another reason, and says nothing about another threshold.
    """
    value, threshold, wanted = pl.col("value"), pl.col("threshold"), pl.col("wanted")
    at_least = pl.col("comparison") == ">="
    approved = pl.col("verdict") == "approved"
    looser = pl.when(at_least).then(wanted < threshold).otherwise(wanted > threshold)
    tighter = pl.when(at_least).then(wanted > threshold).otherwise(wanted < threshold)
    known = pl.col("comparison").is_not_null()
    contradicts = (_holds(value, threshold, at_least) != approved).fill_null(value=False)
    return (
        pl.when(wanted == threshold)
        .then(approved)
        .when(known & looser & approved)
        .then(pl.lit(value=True))
        .when(known & tighter & ~approved)
        .then(pl.lit(value=False))
        .when(known & ~contradicts)
        .then(_holds(value, wanted, at_least))
    )


def _holds(value: pl.Expr, limit: pl.Expr, at_least: pl.Expr) -> pl.Expr:
    return pl.when(at_least).then(value >= limit).otherwise(value <= limit)
