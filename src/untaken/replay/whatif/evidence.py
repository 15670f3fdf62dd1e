"""How sure a difference is: base and scenario paired, summed by cluster, judged at any time (STATISTICS 1 and 2.1).

The sample is the signals that change, not all trades. The unit is the milli-R of the base, so that another stop or
size cannot make a result look large by making R small.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from untaken.projections.definition import DAY_US
from untaken.projections.figures import Figures
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, Verdict
from untaken.projections.statistics.verdict import judge
from untaken.replay.whatif.books import Side, pnl_e8

FINDINGS = {"saves": "better", "costs": "worse"}
"""A scenario that saves money is better than the base."""


@dataclass(frozen=True)
class Pair:
    """Base and scenario in one book; row by row the same signals."""

    base: Side
    scenario: Side
    waiting: pl.Series
    """Signals that the scenario lets in or takes out, but that have no result."""

    def difference_e8(self) -> int:
        """Scenario less base, in 1e-8 account currency."""
        return self.scenario.pnl_e8() - self.base.pnl_e8()

    def changes(self) -> pl.DataFrame:
        """Return the signals that change, and by how much.

        `milli_r` (null without a stop) and `ppm` of the base's size: differences of results; `slippage`: that of
        what is modelled of it in them, in milli-R; `risk_ppm`: 1 R;
        `hold_us`: the longest that it may be held.
        """
        base, new = self.base.rows, self.scenario.rows
        names = ["milli_r", "return_ppm", "slippage_milli_r", "stop_loss_pct", "size", "max_hold_us"]
        frame = pl.concat(
            [
                base.select("at", *names),
                new.select(pl.col(names).name.prefix("new_")),
                pl.DataFrame({"was": self.base.counts, "is": self.scenario.counts}),
            ],
            how="horizontal",
        ).filter(self._differs())
        return frame.select(
            "at",
            ppm=_change("return_ppm", _scaled_ppm().round(0, mode="half_to_even")),
            milli_r=pl.when(pl.col("stop_loss_pct") > 0).then(_change("milli_r", in_base_r())),
            slippage=_change("slippage_milli_r", pl.col("new_slippage_milli_r")),
            risk_ppm=pl.col("stop_loss_pct") * 10_000,
            hold_us=pl.max_horizontal("max_hold_us", "new_max_hold_us"),
        )

    def _differs(self) -> pl.Series:
        was, now = self.base.counts, self.scenario.counts
        return (was != now) | (was & now & results_differ(self.base.rows, self.scenario.rows))


def results_differ(base: pl.DataFrame, changed: pl.DataFrame) -> pl.Series:
    """Say which signals have another result, or another size."""
    differing = [changed[name].ne_missing(base[name]) for name in ("pnl_e8", "return_ppm", "size")]
    return differing[0] | differing[1] | differing[2]


def _change(old: str, new: pl.Expr) -> pl.Expr:
    """Return what counts now less what counted before; 128 bit, which differences cannot leave."""
    now = pl.when("is").then(new.cast(pl.Int128, strict=False)).otherwise(0)
    return now - pl.when("was").then(pl.col(old).cast(pl.Int128)).otherwise(0)


def _scaled_ppm() -> pl.Expr:
    """Return the new result in ppm of the base's size."""
    return pl.col("new_return_ppm") * (pl.col("new_size") / pl.col("size"))


def in_base_r() -> pl.Expr:
    """Return the result `new_return_ppm` in milli-R of the base; as it was computed, where R or all is the same."""
    same_size = pl.col("new_size") == pl.col("size")
    same_result = same_size & (pl.col("new_return_ppm") == pl.col("return_ppm"))
    same_r = same_size & (pl.col("new_stop_loss_pct") == pl.col("stop_loss_pct"))
    again = (_scaled_ppm() / pl.col("stop_loss_pct") / 10).round(0, mode="half_to_even")
    return (
        pl.when(same_result)
        .then("milli_r")
        .when(same_r)
        .then("new_milli_r")
        .otherwise(again.cast(pl.Int64, strict=False))
    )


def evidence(pair: Pair, basis: VerdictBasis) -> Figures:
    """Return sample, interval and finding; clusters that are not closed yet are no evidence.

    `basis.declared` is the number of scenarios tried on the log, this one included: of many, one is lucky.
    """
    changes = pair.changes()
    closed = changes.filter(pl.col("at") // DAY_US < basis.closed_before).drop_nulls("milli_r")
    (verdict,) = judge([_evidence(closed, pair, basis)], basis.declared, basis.rules)
    interval = None if verdict.interval_milli_r == (None, None) else list(verdict.interval_milli_r)
    return {
        "finding": FINDINGS.get(verdict.verdict, verdict.verdict),
        "changed_signals": changes.height,
        "judged_signals": verdict.sums.sum_n,
        "clusters": verdict.sums.clusters,
        "block_days": basis.rules.block_days,
        "mean_milli_r": verdict.mean_saved_milli_r,
        "interval_milli_r": interval,
        "e_value": verdict.e_value,
        "e_needed": verdict.e_needed,
        "failing_gates": list(verdict.failing_gates),
        "more_days_about": verdict.more_days_about,
        "without_stop": changes["milli_r"].null_count(),
        "unresolved": int(pair.waiting.sum()),
        **_concentration(verdict),
    }


def _concentration(verdict: Verdict) -> Figures:
    return {"n_eff": verdict.sums.n_eff, "largest_share": verdict.sums.largest_share}


def _evidence(closed: pl.DataFrame, pair: Pair, basis: VerdictBasis) -> GuardEvidence:
    """Put differences where a guard's savings stand: a scenario saves what it makes more than the base."""
    return GuardEvidence(
        guard="scenario",
        clusters=_clusters(closed, basis),
        unresolved=int(pair.waiting.sum()),
        slippage_milli_r=abs(int(closed["slippage"].sum() or 0)),
        held_too_long=int((closed["hold_us"] > basis.rules.block_days * DAY_US).sum()),
        saved_ppm=int(closed["ppm"].sum() or 0),
        risk_ppm=round(float(closed["risk_ppm"].sum() or 0.0)),
        error_n=basis.error_n,
        error_ppm=basis.error_ppm,
    )


def _clusters(closed: pl.DataFrame, basis: VerdictBasis) -> Clusters:
    cap = round(basis.rules.cap_r * 1000)
    days = closed.group_by(pl.col("at") // DAY_US).agg(
        pl.len(),
        pl.col("milli_r").sum().alias("s"),
        pl.col("milli_r").clip(-cap, cap).sum().alias("capped"),
    )
    rows = ((int(day), int(n), int(s), int(c)) for day, n, s, c in days.iter_rows())
    return Clusters.of(rows, block_days=basis.rules.block_days)


def released_e8(pair: Pair) -> int:
    """Shadow results of the signals that the scenario lets in and the base does not."""
    return pnl_e8(pair.scenario.rows, pair.scenario.counts & ~pair.base.counts)
