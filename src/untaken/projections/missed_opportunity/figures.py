"""Figures of missed opportunities: by reason, guard, strategy and symbol, and whether the miss is more than luck."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from untaken.projections.definition import DAY
from untaken.projections.figures import Figures, money, share, total
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, Verdict
from untaken.projections.statistics.verdict import judge

PARTS = {"reason_codes": "reason_code", "guards": "guard", "strategies": "strategy", "symbols": "symbol"}
STATUSES = ("blocked", "expired", "never_traded")


def missed_section(window: pl.DataFrame, epoch: pl.DataFrame, basis: VerdictBasis) -> Figures:
    """Figures of one bot, run, mode and currency, the costliest first.

    `window` is MISSED_OPPORTUNITY over the time asked for, `epoch` MISSED_REASONS over all days under the same
    settings: only it says whether the results missed for a reason are clearly above 0. Rows whose key is null (nothing blocked
    them) are listed last.
    """
    parts = {part: _parts(window, key) for part, key in PARTS.items()}
    evidence = {verdict.guard: verdict for verdict in _judged(epoch, basis)}
    for reason in parts["reason_codes"]:
        reason["evidence"] = _evidence(evidence.get(reason["reason_code"]))
    return {**missed(window), **parts}


def missed(rows: pl.DataFrame) -> Figures:
    """Return the figures of any rows of the table."""
    return {
        **_counts(rows, ""),
        **{name: total(rows, name) for name in ("unresolved", "overlapped", "money_unknown")},
        **_money(rows, ""),
        "confident": {**_counts(rows, "confident_"), **_money(rows, "confident_")},
        "alone": _net(
            total(rows, "alone_missed_profit_e8"),
            total(rows, "alone_avoided_loss_e8"),
            total(rows, "alone_counted"),
        ),
    }


def _counts(rows: pl.DataFrame, prefix: str) -> Figures:
    counts = {name: total(rows, f"{prefix}{name}") for name in STATUSES}
    return {"missed": sum(counts.values()), **counts}


def _money(rows: pl.DataFrame, prefix: str) -> Figures:
    profit, loss = total(rows, f"{prefix}missed_profit_e8"), total(rows, f"{prefix}avoided_loss_e8")
    wins, counted = total(rows, f"{prefix}wins"), total(rows, f"{prefix}counted")
    return {**_net(profit, loss, counted), "wins": wins, "hypothetical_win_rate": share(wins, counted)}


def _net(profit_e8: int, loss_e8: int, counted: int) -> Figures:
    return {
        "counted": counted,
        "missed_profit": money(profit_e8),
        "avoided_loss": money(loss_e8),
        "net_opportunity_cost": money(profit_e8 - loss_e8),
    }


def _parts(rows: pl.DataFrame, key: str) -> list[Figures]:
    parts = [{key: value, **missed(part)} for (value,), part in rows.partition_by(key, as_dict=True).items()]
    return sorted(parts, key=lambda part: (part[key] is None, -part["net_opportunity_cost"], part[key] or ""))


def _judged(epoch: pl.DataFrame, basis: VerdictBasis) -> Sequence[Verdict]:
    reasons = epoch["reason_code"].unique().sort().to_list()
    family = [_reason_evidence(epoch, reason, basis) for reason in reasons]
    return judge(family, len(family), basis.rules)


def _reason_evidence(epoch: pl.DataFrame, reason: str, basis: VerdictBasis) -> GuardEvidence:
    """Return the evidence on a reason as on a guard: a block saves what the signal would have lost."""
    rows = epoch.filter((pl.col("reason_code") == reason) & (pl.col(DAY) < basis.closed_before))
    return GuardEvidence(
        guard=reason,
        clusters=_clusters(rows, basis.rules.block_days),
        unresolved=total(rows, "unresolved"),
        slippage_milli_r=total(rows, "slippage_milli_r"),
        held_too_long=total(rows, "over_cluster"),
        net_saved_e8=total(rows, "avoided_loss_e8") - total(rows, "missed_profit_e8")
        if total(rows, "counted") == total(rows, "counted_r")
        else None,
        saved_ppm=-total(rows, "missed_ppm"),
        risk_ppm=total(rows, "risk_ppm"),
        error_n=basis.error_n,
        error_ppm=basis.error_ppm,
    )


def _clusters(rows: pl.DataFrame, block_days: int) -> Clusters:
    saved = pl.col("avoided_loss_milli_r").sum() - pl.col("missed_profit_milli_r").sum()
    days = rows.group_by(DAY).agg(pl.col("counted_r").sum(), saved.alias("s"), pl.col("capped_milli_r").sum())
    return Clusters.of(
        ((int(d), int(n), int(s), -int(c)) for d, n, s, c in days.iter_rows()), block_days=block_days
    )


def _evidence(verdict: Verdict | None) -> Figures | None:
    """Say what a reason's misses come to per signal, in milli-R, and whether that is clearly above or below 0."""
    if verdict is None:
        return None
    low, high = verdict.interval_milli_r
    mean = verdict.mean_saved_milli_r
    return {
        "clearly": {"costs": "missed_profit", "saves": "avoided_loss"}.get(verdict.verdict),
        "mean_missed_milli_r": None if mean is None else -mean,
        "interval_milli_r": None
        if (low, high) == (None, None)
        else [None if high is None else -high, None if low is None else -low],
        "clusters": verdict.sums.clusters,
        "e_value": verdict.e_value,
        "e_needed": verdict.e_needed,
        "failing_gates": list(verdict.failing_gates),
        "more_days_about": verdict.more_days_about,
    }
