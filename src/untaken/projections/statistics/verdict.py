"""Judge guards: each saves money, costs money, has no material effect, or nobody can tell yet.

A single guard's verdict and interval never disagree: "saves" and "costs" need E(0) >= 1/alpha, which is when
the interval leaves out 0. Two things make a verdict more careful than its interval, and then it is
inconclusive and says why: a gate fails, or the guard is one of many (e-BH asks for up to `declared` / alpha,
as among many guards one is lucky). A guard that fails a gate takes part in e-BH as one without evidence:
so the share of wrong verdicts among the published ones stays bounded after the gates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from untaken.projections.statistics.clusters import Clusters, ClusterSums
from untaken.projections.statistics.gates import bounded_log_e, immaterial, missing_clusters, untrusted
from untaken.projections.statistics.mixture import UNBOUNDED, Interval, Mixture, log_mean_exp, plain, reaches
from untaken.projections.statistics.rules import Gate, GuardEvidence, Verdict, VerdictName, VerdictRules
from untaken.projections.statistics.selection import selected, threshold
from untaken.projections.statistics.wording import sentence


def judge(family: Sequence[GuardEvidence], declared: int, rules: VerdictRules) -> list[Verdict]:
    """Judge guards together, in the order given.

    `declared` is the number of guards in the epoch's configuration; guards that were seen but not declared
    count too. The result of a guard does not depend on the order of the family.
    """
    drafts = [_Draft.of(evidence, rules) for evidence in family]
    among = max(declared, len(family), 1)
    published = selected([draft.log_e if draft.passes else None for draft in drafts], among, rules.alpha)
    return [_verdict(draft, among, published, rules) for draft in drafts]


@dataclass(frozen=True)
class QuarterEvidence:
    """A fresh process over one calendar quarter: what the whole period says need not hold for its parts."""

    quarter: str
    sums: ClusterSums
    mean_saved_milli_r: float | None
    e_value: float


def by_quarter(clusters: Clusters, rules: VerdictRules) -> list[QuarterEvidence]:
    """Open the evidence anew in every calendar quarter, in order of time; not a verdict, as no gate is asked."""
    parts = {quarter: part.sums() for quarter, part in clusters.by_quarter().items()}
    return [
        QuarterEvidence(quarter, sums, sums.mean_milli_r, plain(_log_e(sums, rules)))
        for quarter, sums in parts.items()
    ]


@dataclass(frozen=True)
class _Draft:
    """A guard before it is compared with the others."""

    evidence: GuardEvidence
    sums: ClusterSums
    log_components: tuple[float, ...]
    log_e: float
    bounded: float | None
    missing: dict[Gate, int]
    untrusted: list[Gate]

    @classmethod
    def of(cls, evidence: GuardEvidence, rules: VerdictRules) -> _Draft:
        sums = evidence.clusters.sums()
        components = _log_components(sums, rules)
        bounded = bounded_log_e(evidence, sums, rules)
        return cls(
            evidence=evidence,
            sums=sums,
            log_components=components,
            log_e=log_mean_exp(components),
            bounded=bounded,
            missing=missing_clusters(sums, bounded, rules),
            untrusted=untrusted(evidence, sums, rules),
        )

    @property
    def passes(self) -> bool:
        return not self.missing and not self.untrusted and self.sums.sum_s != 0


def _log_components(sums: ClusterSums, rules: VerdictRules) -> tuple[float, ...]:
    if not sums.sum_n:
        return (0.0,) * len(rules.eta_grid_r2)
    return Mixture.of(sums, rules.eta_grid_r2).log_components()


def _log_e(sums: ClusterSums, rules: VerdictRules) -> float:
    return log_mean_exp(_log_components(sums, rules))


def _interval(sums: ClusterSums, rules: VerdictRules) -> Interval:
    return Mixture.of(sums, rules.eta_grid_r2).interval(rules.alpha) if sums.sum_n else UNBOUNDED


def _verdict(draft: _Draft, among: int, published: int, rules: VerdictRules) -> Verdict:
    chosen = draft.passes and published > 0 and reaches(draft.log_e, threshold(published, among, rules.alpha))
    needed = threshold(published if chosen else published + 1, among, rules.alpha)
    interval = _interval(draft.sums, rules)
    name = _name(draft, interval, rules, chosen=chosen)
    settled = name != "inconclusive"
    verdict = Verdict(
        guard=draft.evidence.guard,
        verdict=name,
        sentence="",
        sums=draft.sums,
        mean_saved_milli_r=draft.sums.mean_milli_r,
        interval_milli_r=interval,
        e_value=plain(draft.log_e),
        e_components=tuple(plain(each) for each in draft.log_components),
        log_e=draft.log_e,
        e_needed=needed,
        bounded_e_value=None if draft.bounded is None else plain(draft.bounded),
        failing_gates=() if settled else (*draft.missing, *draft.untrusted) or ("evidence",),
        more_days_about=None if settled else _more_days(draft, needed, among, rules),
        break_even_extra_cost_e8=_break_even(draft.evidence.net_saved_e8, draft.sums.sum_n),
    )
    return replace(verdict, sentence=sentence(verdict, draft.evidence, among, rules))


def _name(draft: _Draft, interval: Interval, rules: VerdictRules, *, chosen: bool) -> VerdictName:
    if chosen:
        return "saves" if draft.sums.sum_s > 0 else "costs"
    sign_in_doubt = bool(draft.untrusted) and reaches(draft.log_e, 1 / rules.alpha)
    if not draft.missing and not sign_in_doubt and immaterial(draft.evidence, draft.sums, interval, rules):
        return "no_material_effect"
    return "inconclusive"


def _more_days(draft: _Draft, needed: float, among: int, rules: VerdictRules) -> int | None:
    """Estimate the further days; None where the amount of evidence is not what is lacking, or has no direction."""
    if not draft.missing and reaches(draft.log_e, needed):
        return None
    estimate = _more_clusters(draft.sums, among, rules)
    if estimate is None and not draft.missing:
        return None
    return max(1, estimate or 0, *draft.missing.values()) * rules.block_days


def _more_clusters(sums: ClusterSums, among: int, rules: VerdictRules) -> int | None:
    """Return ceil(max(least, (9 + 2 ln G) (sd / mean)^2) - C); sd and mean of S over the clusters.

    9 is what simulated guards needed in the median at an effect of 0.2 R, alone; G guards need 2 ln G more.
    """
    C, S = sums.clusters, sums.sum_s
    if C < 2 or S == 0:
        return rules.min_clusters - C if S else None
    spread = Fraction(C * (C * sums.sum_s2 - S * S), (C - 1) * S * S)
    return math.ceil(max(rules.min_clusters, (9 + 2 * math.log(among)) * float(spread)) - C)


def _break_even(net_saved_e8: int | None, n: int) -> int | None:
    """Return -net / n, rounded half-even; negative where the guard saves."""
    return None if net_saved_e8 is None or n == 0 else round(Fraction(-net_saved_e8, n))
