"""Which signals a bot would have let through under other rules, as far as its own records tell.

A bot's record of a signal is the attempt that gave its status: who blocked in it, with which value against
which threshold. Where every guard was asked (chain complete), a signal is through if nobody who blocks is left;
where not, somebody who was not asked might still have blocked, and the signal is unknown.
"""

from __future__ import annotations

import polars as pl

from untaken.replay.whatif.rejudging import rejudged
from untaken.replay.whatif.scenario import Scenario

TAKEN = ("approved", "filled")
"""Status of signals that the bot let through."""

PORTFOLIO = "portfolio"


def judged(
    rows: pl.DataFrame,
    scenario: Scenario,
    *,
    excused: pl.Series | None = None,
    again: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return, in the order of ledger rows, the Booleans `through`, `unknown` and `not_rejudged`.

    `excused` lists, row by row, guards whose blocks do not count (`portfolio_guards`, where a simulation of
    positions and capital takes their place); `again` is what `blocking` says of these rows, where it is known.
    """
    lists = blocking(rows, scenario) if again is None else again
    gone = pl.Series("excused", [scenario.guards_off], dtype=pl.List(pl.String)).new_from_index(
        0, rows.height
    )
    if excused is not None:
        gone = gone.list.set_union(excused)
    left = lists["blockers"].list.set_difference(gone).list.len() > 0
    added = lists["added"].list.set_difference(gone).list.len() > 0
    blocked, taken = rows["status"] == "blocked", rows["status"].is_in(TAKEN)
    complete = rows["chain_complete"].fill_null(value=False)
    free = blocked & ~left & ~added
    return pl.DataFrame(
        {
            "through": (taken & ~added) | (free & complete),
            "unknown": free & ~complete,
            "not_rejudged": lists["not_rejudged"] & (blocked | taken),
        }
    )


def blocking(rows: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Return who blocks under the moved thresholds: `blockers` of the record that still do, `added` that do now."""
    if not scenario.thresholds:
        nobody = pl.lit([], dtype=pl.List(pl.String))
        return rows.select("blockers", added=nobody, not_rejudged=pl.lit(value=False))
    again = rejudged(rows, scenario.thresholds)
    return pl.concat([rows.select("blockers"), again], how="horizontal").select(
        pl.col("blockers").list.set_difference("dropped"), "added", "not_rejudged"
    )


def portfolio_guards(rows: pl.DataFrame) -> pl.Series:
    """List the portfolio guards that were asked, row by row; a guard that never said its kind is one of them."""
    kind = pl.element().struct.field("kind")
    guards = pl.element().filter(kind.is_null() | (kind == PORTFOLIO)).struct.field("guard")
    return rows.select(pl.col("asked").list.eval(guards))["asked"]
