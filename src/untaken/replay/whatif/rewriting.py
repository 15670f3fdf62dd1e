"""Ledger rows as the changed bot would have written them."""

from __future__ import annotations

import polars as pl

from untaken.replay.whatif.judging import TAKEN, blocking
from untaken.replay.whatif.rejudging import deciding_verdicts
from untaken.replay.whatif.scenario import Scenario


def rewritten(rows: pl.DataFrame, weights: pl.Series, scenario: Scenario) -> pl.DataFrame:
    """Return ledger rows with the status and the blockers that the scenario gives them, in their order.

    A signal whose chain was cut stays blocked: what is unknown is not taken for let through. One that its
    weight of 0 leaves out was never asked about: it is undecided.
    """
    lists = _blockers(rows, scenario)
    firsts = _firsts(rows, lists["blockers"])
    judged = rows.drop("first", "reason_code", "sole", "blockers").with_columns(
        lists["blockers"], lists["added"], firsts["first"], firsts["reason_code"], weight=weights
    )
    alone = pl.col("chain_complete").fill_null(value=False) & (pl.col("blockers").list.len() == 1)
    return judged.with_columns(status=_status(), sole=pl.when(alone).then("first")).select(rows.columns)


def _blockers(rows: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Return who blocks now, and who of them is new.

    Those of a cut chain, of whom nobody would be left, stay as they were.
    """
    lists = blocking(rows, scenario).with_columns(
        was=rows["blockers"],
        cut=(rows["status"] == "blocked") & ~rows["chain_complete"].fill_null(value=False),
    )
    off = pl.lit(list(scenario.guards_off), dtype=pl.List(pl.String))
    left = pl.col("blockers").list.set_union("added").list.set_difference(off).list.sort()
    unknown = pl.col("cut") & (left.list.len() == 0)
    return lists.select(
        blockers=pl.when(unknown).then("was").otherwise(left), added=pl.col("added").list.set_difference(off)
    )


def _firsts(rows: pl.DataFrame, blockers: pl.Series) -> pl.DataFrame:
    """Return the first blocker of each row and its reason code, by (at, seq, guard)."""
    counted = pl.DataFrame({"row": pl.int_range(rows.height, dtype=pl.UInt32, eager=True), "who": blockers})
    found = (
        deciding_verdicts(rows)
        .join(counted, on="row")
        .filter(pl.col("guard").is_in(pl.col("who")))
        .sort("at", "seq", "guard", nulls_last=True)
        .group_by("row", maintain_order=True)
        .agg(pl.col("guard").first().alias("first"), pl.col("reason_code").first())
    )
    return counted.join(found, on="row", how="left", maintain_order="left")


def _status() -> pl.Expr:
    """Return what becomes of a signal: what is taken out is not filled either."""
    taken = pl.col("status").is_in(TAKEN)
    return (
        pl.when(taken & (pl.col("weight") == 0))
        .then(pl.lit("undecided"))
        .when(taken & (pl.col("added").list.len() > 0))
        .then(pl.lit("blocked"))
        .when((pl.col("status") == "blocked") & (pl.col("blockers").list.len() == 0))
        .then(pl.lit("approved"))
        .otherwise("status")
    )
