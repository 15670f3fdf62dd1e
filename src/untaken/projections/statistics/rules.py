"""What a verdict is judged by: the rules, declared before the data, and the evidence about one guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from untaken.projections.statistics.clusters import Clusters, ClusterSums
from untaken.projections.statistics.mixture import Interval

VerdictName = Literal["saves", "costs", "no_material_effect", "inconclusive"]

Gate = Literal["clusters", "sides", "n_eff", "data", "tail", "cost_model", "exit_model", "hold", "evidence"]
"""What a verdict can fail by: too few clusters; too few clusters against it; a few clusters that carry all;
too many blocked signals without a price; a sign that hangs on results beyond the cap; a sign that hangs on
the modelled slippage; a simulation less exact than the effect; trades longer than a cluster; or, where none
of these fails, an e-value that is too small."""


@dataclass(frozen=True)
class VerdictRules:
    """Limits of a verdict. Changing any of them begins a new epoch of evidence."""

    alpha: float = 0.05
    """Share of wrong verdicts that is accepted."""
    rope_r: float = 0.02
    """An effect surely smaller than this per blocked signal, in R, is not material."""
    cap_r: float = 5.0
    """Cap of one signal in the capped sums that stand beside the raw ones."""
    min_clusters: int = 20
    min_side_clusters: int = 10
    """Clusters needed on each side: on which blocking saved, and on which it cost."""
    min_n_eff: float = 10.0
    max_unresolved_share: float = 0.02
    bound_r: float | None = None
    """True bound of one signal's result in R, if stops and targets guarantee one."""
    eta_grid_r2: tuple[float, ...] = (4.0, 16.0, 64.0, 256.0, 1024.0)
    """Scales of the mixture in R squared; equal weights, hence nothing to tune."""
    block_days: int = 1
    """Days in a cluster: max(1, ceil(longest configured hold / 24 h))."""

    @property
    def rope_milli_r(self) -> float:
        """The band of no material effect reaches to this on both sides of 0."""
        return self.rope_r * 1000


@dataclass(frozen=True)
class GuardEvidence:
    """What the closed clusters of an epoch hold about one guard, as sums of integers over its blocked signals."""

    guard: str
    clusters: Clusters
    unresolved: int = 0
    """Blocked signals without a result, beside those that count in the clusters."""
    slippage_milli_r: int = 0
    """Slippage modelled in the results that count."""
    held_too_long: int = 0
    """Signals whose shadow trade lasted longer than a cluster."""
    net_saved_e8: int | None = None
    """Money saved by the signals that count, in 1e-8 account currency; None where it is not known."""
    saved_ppm: int = 0
    """Returns saved by the signals that count, in ppm of their sizes."""
    risk_ppm: int = 0
    """Planned risk (1 R) of the signals that count, in ppm of their sizes; 0 where it is not known."""
    error_n: int = 0
    """Signals really traded, on which the simulation was measured."""
    error_ppm: int = 0
    """Sum of shadow minus real returns of those."""


@dataclass(frozen=True)
class Verdict:
    """What is said about one guard, and every number that it rests on."""

    guard: str
    verdict: VerdictName
    sentence: str
    """The verdict in words, for a trader."""
    sums: ClusterSums
    mean_saved_milli_r: float | None
    """Mean saved per blocked signal; None without one."""
    interval_milli_r: Interval
    """Confidence sequence of that mean at 1 - alpha, of this guard by itself."""
    e_value: float
    e_components: tuple[float, ...]
    log_e: float
    e_needed: float
    """What the e-value must reach among the guards judged together; 1/alpha for a single one."""
    bounded_e_value: float | None
    """Betting e-value towards the sign of the sum, where results have a true bound."""
    failing_gates: tuple[Gate, ...]
    """Why it is inconclusive; a settled verdict has none."""
    more_days_about: int | None
    """Further days with blocks until a verdict, if the estimate holds; None where waiting settles nothing."""
    break_even_extra_cost_e8: int | None
    """Cost per blocked signal, in 1e-8 account currency and beyond the modelled, at which nothing is saved."""

    @property
    def proved(self) -> bool:
        """Whether the verdict stands without approximation: it rests on the bounded e-value as well."""
        return self.verdict in {"saves", "costs"} and (self.bounded_e_value or 0.0) >= 2 * self.e_needed
