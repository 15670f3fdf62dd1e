"""The gates of a verdict: what must hold besides a large e-value, and how far off it is.

The mixture is exact only for symmetric results; a guard against rare jackpots, or one that has met a
single kind of market, would be judged too early. The gates on clusters, sides and n_eff were measured on
such logs (docs, null simulation); the others ask whether the sums can be trusted at all.
"""

from __future__ import annotations

import math

from untaken.projections.statistics.betting import log_betting_e
from untaken.projections.statistics.clusters import ClusterSums
from untaken.projections.statistics.mixture import Interval, reaches
from untaken.projections.statistics.rules import Gate, GuardEvidence, VerdictRules


def bounded_log_e(evidence: GuardEvidence, sums: ClusterSums, rules: VerdictRules) -> float | None:
    """Return log of the betting e-value towards the sign of the sum; None without a true bound or a sign."""
    if rules.bound_r is None or not sums.sum_s:
        return None
    return log_betting_e(evidence.clusters, rules.bound_r * 1000, 1 if sums.sum_s > 0 else -1)


def missing_clusters(sums: ClusterSums, bounded: float | None, rules: VerdictRules) -> dict[Gate, int]:
    """Return, for every gate on the amount of evidence that fails, the clusters that it needs at least.

    The side gate alone may be replaced by a betting e-value of 2/alpha: a guard that blocks nothing but
    junk never collects bad clusters.
    """
    proved = bounded is not None and reaches(bounded, 2 / rules.alpha)
    short: dict[Gate, int] = {
        "clusters": rules.min_clusters - sums.clusters,
        "sides": 0 if proved else rules.min_side_clusters - min(sums.positive, sums.negative),
        "n_eff": math.ceil(rules.min_n_eff - sums.n_eff),
    }
    return {gate: needed for gate, needed in short.items() if needed > 0}


def untrusted(evidence: GuardEvidence, sums: ClusterSums, rules: VerdictRules) -> list[Gate]:
    """Return the gates on the quality of the data that fail, for a verdict on the sign of the effect."""
    failing: dict[Gate, bool] = {
        "data": lacks_prices(evidence, sums, rules),
        "tail": sums.sum_s * sums.sum_capped < 0,
        "cost_model": evidence.slippage_milli_r > 0 and abs(sums.sum_s) <= evidence.slippage_milli_r,
        "exit_model": _error_exceeds(evidence, abs(evidence.saved_ppm), sums.sum_n),
        "hold": evidence.held_too_long > 0,
    }
    return [gate for gate, fails in failing.items() if fails]


def lacks_prices(evidence: GuardEvidence, sums: ClusterSums, rules: VerdictRules) -> bool:
    """Say whether too many of the guard's blocked signals have no result."""
    return evidence.unresolved > rules.max_unresolved_share * (sums.sum_n + evidence.unresolved)


def immaterial(evidence: GuardEvidence, sums: ClusterSums, interval: Interval, rules: VerdictRules) -> bool:
    """Say whether the effect surely lies within the band of no material effect.

    A claim of "hardly any" is held to the size of the band, where one on the sign is held to the effect's
    own: its interval and its capped mean must lie inside, and the simulation's error be smaller.
    """
    low, high = interval
    if low is None or high is None or lacks_prices(evidence, sums, rules) or evidence.held_too_long:
        return False
    rope = rules.rope_milli_r
    tolerated = max(abs(evidence.saved_ppm), rules.rope_r * evidence.risk_ppm)
    return (
        -rope < low
        and high < rope
        and abs(sums.sum_capped) < rope * sums.sum_n
        and not _error_exceeds(evidence, tolerated, sums.sum_n)
    )


def _error_exceeds(evidence: GuardEvidence, effect: float, n: int) -> bool:
    """Compare the means |error_ppm| / error_n and effect / n."""
    return evidence.error_n > 0 and abs(evidence.error_ppm) * n > effect * evidence.error_n
