"""Figures of guard effectiveness: one object per guard, with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from untaken.projections.definition import DAY
from untaken.projections.figures import Figures, day_name, money, share, total
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, Verdict, VerdictRules
from untaken.projections.statistics.verdict import by_quarter, judge
from untaken.schemas.settings import VerdictSettings

GROUPS = {
    "effective_guards": "saves",
    "ineffective_guards": "costs",
    "immaterial_guards": "no_material_effect",
    "inconclusive_guards": "inconclusive",
}

JUDGED_BY = (
    *("guard", "counted", "counted_r", "first_unresolved", "over_cluster"),
    *("avoided_loss_e8", "missed_profit_e8", "avoided_loss_milli_r", "missed_profit_milli_r"),
    *("capped_saved_milli_r", "slippage_milli_r", "saved_ppm", "risk_ppm"),
)
"""Columns of GUARD_EFFECTIVENESS that verdicts stand on, beside the day."""


@dataclass(frozen=True)
class VerdictBasis:
    """What verdicts of a group of guards stand on, beside the table."""

    rules: VerdictRules
    declared: int
    closed_before: int
    """Days before this one (since 1970-01-01, a cluster's beginning) are closed."""
    error_n: int = 0
    error_ppm: int = 0
    """Measured error: signals really traded, and the sum of shadow minus real return."""


def rules_of(settings: VerdictSettings, block_days: int) -> VerdictRules:
    """Return the rules that the settings of a log give, for clusters of so many days."""
    return VerdictRules(
        alpha=settings.alpha,
        rope_r=settings.rope_r,
        min_clusters=settings.min_clusters,
        min_side_clusters=settings.min_side_clusters,
        min_n_eff=settings.min_n_eff,
        max_unresolved_share=settings.max_unresolved_share,
        bound_r=settings.bound_r,
        block_days=block_days,
    )


@dataclass(frozen=True)
class GuardTables:
    """Tables of one bot, run, mode and currency.

    GUARDS_ASKED and GUARD_EFFECTIVENESS over the window, and JUDGED_BY of the latter over the whole epoch.
    """

    asked: pl.DataFrame
    window: pl.DataFrame
    epoch: pl.DataFrame

    def names(self) -> list[str]:
        """Every guard that was asked or blocked, sorted."""
        return sorted(
            {name for table in (self.asked, self.window, self.epoch) for name in table["guard"].unique()}
        )

    def kinds(self) -> dict[str, str]:
        """Return what each guard looks at, where it is known; of several statements the first by name."""
        known = self.asked.filter(pl.col("kind").is_not_null())
        return dict(known.group_by("guard").agg(pl.col("kind").min()).iter_rows())


def guard_section(tables: GuardTables, basis: VerdictBasis) -> Figures:
    """Figures over a window, verdicts over all closed clusters of the epoch.

    Guards are listed by net saved; portfolio guards are kept apart and judged apart.
    """
    names = tables.names()
    kinds = tables.kinds()
    portfolio = {name for name in names if kinds.get(name) == "portfolio"}
    evidence = {name: _evidence(tables.epoch, name, basis) for name in names}
    verdicts = {
        verdict.guard: verdict
        for family in (sorted(set(names) - portfolio), sorted(portfolio))
        for verdict in judge([evidence[name] for name in family], basis.declared, basis.rules)
    }
    guards = [
        _guard(tables, kinds.get(name), verdicts[name], evidence[name].clusters, basis) for name in names
    ]
    guards.sort(key=lambda guard: (guard["net_saved"], guard["guard"]), reverse=True)
    return {"guards": guards, **_groups(guards)}


def _groups(guards: Sequence[Figures]) -> Figures:
    judged = [guard for guard in guards if guard["bucket"] == "guard"]
    groups: Figures = {
        group: [guard["guard"] for guard in judged if guard["verdict"] == verdict]
        for group, verdict in GROUPS.items()
    }
    groups["ineffective_guards"] = [
        {"guard": guard["guard"], "net_cost": -guard["net_saved"]}
        for guard in judged
        if guard["verdict"] == "costs"
    ]
    groups["portfolio_guards"] = [guard["guard"] for guard in guards if guard["bucket"] == "portfolio"]
    return groups


def _guard(
    tables: GuardTables, kind: str | None, verdict: Verdict, clusters: Clusters, basis: VerdictBasis
) -> Figures:
    name = verdict.guard
    rows = tables.window.filter(guard=name)
    return {
        "guard": name,
        "kind": kind,
        "bucket": "portfolio" if kind == "portfolio" else "guard",
        **_counts(rows, total(tables.asked.filter(guard=name), "judged")),
        **_money(rows),
        **_attribution(rows),
        **_verdict(verdict, clusters, basis.rules),
        "days": _days(rows),
    }


def _counts(rows: pl.DataFrame, judged: int) -> Figures:
    names = ("blocked", "resolved", "overlapped", "unresolved", "first_blocked", "unknown_beyond_first")
    counts = {name: total(rows, name) for name in names}
    return {
        "judged": judged,
        **counts,
        "block_rate": share(counts["blocked"], judged),
        "counted": total(rows, "counted"),
        "money_unknown": total(rows, "money_unknown"),
    }


def _money(rows: pl.DataFrame) -> Figures:
    avoided, missed = total(rows, "avoided_loss_e8"), total(rows, "missed_profit_e8")
    avoided_r, missed_r = total(rows, "avoided_loss_milli_r"), total(rows, "missed_profit_milli_r")
    return {
        "avoided_loss": money(avoided),
        "missed_profit": money(missed),
        "net_saved": money(avoided - missed),
        "avoided_loss_milli_r": avoided_r,
        "missed_profit_milli_r": missed_r,
        "net_saved_milli_r": avoided_r - missed_r,
        "avoided_share": share(total(rows, "avoided"), total(rows, "counted")),
    }


def _attribution(rows: pl.DataFrame) -> Figures:
    """Sole and Shapley over complete chains; bounds where others stay unknown."""
    sole = total(rows, "sole_e8")
    loss, gain = total(rows, "sole_unknown_loss_e8"), total(rows, "sole_unknown_gain_e8")
    exact = shapley(rows)
    return {
        "sole": money(sole),
        "sole_bounds": [money(sole - loss), money(sole + gain)],
        "shapley": money(round(exact)),
        "shapley_exact": str(exact / 10**8),
        "shapley_bounds": [money(round(exact) - loss), money(round(exact) + gain)],
    }


def shapley(rows: pl.DataFrame) -> Fraction:
    """Each signal's saving, split equally among its blockers, exactly; in 1e-8 (STATISTICS 2.5)."""
    shares = (
        rows.filter(pl.col("blockers_n") > 0).group_by("blockers_n").agg(pl.col("shapley_whole_e8").sum())
    )
    return sum((Fraction(int(whole), n) for n, whole in shares.iter_rows()), Fraction(0))


def _evidence(epoch: pl.DataFrame, name: str, basis: VerdictBasis) -> GuardEvidence:
    rows = epoch.filter((pl.col("guard") == name) & (pl.col(DAY) < basis.closed_before))
    return GuardEvidence(
        guard=name,
        clusters=_clusters(rows, basis.rules.block_days),
        unresolved=total(rows, "first_unresolved"),
        slippage_milli_r=total(rows, "slippage_milli_r"),
        held_too_long=total(rows, "over_cluster"),
        net_saved_e8=_net_saved_e8(rows),
        saved_ppm=total(rows, "saved_ppm"),
        risk_ppm=total(rows, "risk_ppm"),
        error_n=basis.error_n,
        error_ppm=basis.error_ppm,
    )


def _net_saved_e8(rows: pl.DataFrame) -> int | None:
    """Return the money saved, if it is known of the very signals that count in R."""
    if total(rows, "counted") != total(rows, "counted_r"):
        return None
    return total(rows, "avoided_loss_e8") - total(rows, "missed_profit_e8")


def _clusters(rows: pl.DataFrame, block_days: int) -> Clusters:
    saved = pl.col("avoided_loss_milli_r").sum() - pl.col("missed_profit_milli_r").sum()
    days = rows.group_by(DAY).agg(
        pl.col("counted_r").sum(), saved.alias("s"), pl.col("capped_saved_milli_r").sum()
    )
    return Clusters.of(
        ((int(d), int(n), int(s), int(c)) for d, n, s, c in days.iter_rows()), block_days=block_days
    )


def _days(rows: pl.DataFrame) -> list[Figures]:
    saved_r = pl.col("avoided_loss_milli_r").sum() - pl.col("missed_profit_milli_r").sum()
    saved = pl.col("avoided_loss_e8").sum() - pl.col("missed_profit_e8").sum()
    days = rows.group_by(DAY).agg(pl.col("counted_r").sum(), saved_r.alias("r"), saved.alias("e8")).sort(DAY)
    return [
        {"day": day_name(day), "n": int(n), "saved_milli_r": int(r), "saved": money(int(e8))}
        for day, n, r, e8 in days.iter_rows()
        if n
    ]


def _verdict(verdict: Verdict, clusters: Clusters, rules: VerdictRules) -> Figures:
    sums = verdict.sums
    interval = None if verdict.interval_milli_r == (None, None) else list(verdict.interval_milli_r)
    return {
        "verdict": verdict.verdict,
        "verdict_sentence": verdict.sentence,
        "interval_milli_r": interval,
        "verdict_detail": {
            "clusters": sums.clusters,
            "rope_milli_r": rules.rope_milli_r,
            "block_days": rules.block_days,
            "sum_n": sums.sum_n,
            "sum_s": sums.sum_s,
            "sum_s2": sums.sum_s2,
            "sum_sn": sums.sum_sn,
            "sum_n2": sums.sum_n2,
            "sum_s4": sums.sum_s4,
            "clusters_positive": sums.positive,
            "clusters_negative": sums.negative,
            "n_eff": sums.n_eff,
            "largest_share": sums.largest_share,
            "e_value": verdict.e_value,
            "e_needed": verdict.e_needed,
            "e_components": list(verdict.e_components),
            "mean_saved_milli_r": verdict.mean_saved_milli_r,
            "capped_saved_milli_r": sums.sum_capped,
            "failing_gates": list(verdict.failing_gates),
            "more_days_about": verdict.more_days_about,
            "break_even_extra_cost": money(verdict.break_even_extra_cost_e8),
            "proved": verdict.proved,
            "quarters": [
                {
                    "quarter": part.quarter,
                    "clusters": part.sums.clusters,
                    "mean_saved_milli_r": part.mean_saved_milli_r,
                    "e_value": part.e_value,
                }
                for part in by_quarter(clusters, rules)
            ],
        },
    }
