"""A verdict in one English sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from untaken.projections.statistics.mixture import Interval
from untaken.projections.statistics.rules import Gate, GuardEvidence, Verdict, VerdictRules


def sentence(verdict: Verdict, evidence: GuardEvidence, among: int, rules: VerdictRules) -> str:
    """Say the verdict, what it rests on, and for an inconclusive one what is lacking."""
    if verdict.verdict == "inconclusive":
        return _inconclusive(verdict, evidence, among, rules)
    base = f"{verdict.sums.sum_n:,} blocked signals on {_periods(verdict.sums.clusters, rules)}"
    level = f"with {(1 - rules.alpha) * 100:g} % confidence"
    if verdict.verdict == "no_material_effect":
        return (
            f"No material effect: {level} blocking saves less than {rules.rope_r:g} R per signal and costs less than "
            f"that, {_span(verdict.interval_milli_r, '+.3f')} ({base})."
        )
    mean = abs(verdict.mean_saved_milli_r or 0.0) / 1000
    did, would = ("Saves", "lost") if verdict.verdict == "saves" else ("Costs", "gained")
    return (
        f"{did} money: a blocked signal would have {would} {mean:.2f} R on average, "
        f"{_span(_sizes(verdict.interval_milli_r), '.2f')} {level} ({base})."
    )


def _inconclusive(verdict: Verdict, evidence: GuardEvidence, among: int, rules: VerdictRules) -> str:
    if verdict.mean_saved_milli_r is None:
        so_far = "no blocked signal of a closed day has a result yet"
    else:
        reasons = [_REASONS[gate](verdict, evidence, among, rules) for gate in _named(verdict.failing_gates)]
        did = "saved" if verdict.mean_saved_milli_r >= 0 else "cost"
        so_far = (
            f"{' and '.join(reasons)}; so far a block {did} {abs(verdict.mean_saved_milli_r) / 1000:.2f} R on average, "
            f"while {_fitting(verdict.interval_milli_r)} fits the records"
        )
    return f"Inconclusive: {so_far}{_outlook(verdict)}."


def _named(failing: Sequence[Gate]) -> list[Gate]:
    """Leave out what goes without saying where there are too few clusters."""
    implied = {"sides", "n_eff"} if "clusters" in failing else set()
    return [gate for gate in failing if gate not in implied]


def _outlook(verdict: Verdict) -> str:
    days = verdict.more_days_about
    if days is None:
        return ""
    if days > 3650:
        return "; at this rate ten more years would not settle it"
    return f"; about {days:,} more {'day' if days == 1 else 'days'} with blocks may settle it"


def _periods(count: int, rules: VerdictRules) -> str:
    if rules.block_days == 1:
        return "1 day" if count == 1 else f"{count} days"
    return f"{count} {'block' if count == 1 else 'blocks'} of {rules.block_days} days"


def _sizes(interval: Interval) -> Interval:
    """Turn an interval that leaves out 0 into one of sizes."""
    low, high = interval
    if low is not None and low > 0:
        return interval
    return (None if high is None else -high, None if low is None else -low)


def _span(interval: Interval, form: str) -> str:
    low, high = interval
    if low is None or high is None:
        bound = low if low is not None else high
        return (
            "" if bound is None else f"{'at least' if high is None else 'at most'} {_signed(bound, form)} R"
        )
    return f"between {_signed(low, form)} and {_signed(high, form)} R"


def _fitting(interval: Interval) -> str:
    low, high = interval
    if low is None and high is None:
        return "any saving or cost"
    if low is None or high is None:
        return f"anything {_span(interval, '+.2f')}"
    return f"anything from {_signed(low, '+.2f')} to {_signed(high, '+.2f')} R"


def _signed(milli_r: float, form: str) -> str:
    """Write R with the minus sign of print, as the figures beside it have it."""
    return f"{milli_r / 1000:{form}}".replace("-", "−")


_Reason = Callable[[Verdict, GuardEvidence, int, VerdictRules], str]


def _few_clusters(verdict: Verdict, _evidence: GuardEvidence, _among: int, rules: VerdictRules) -> str:
    return f"only {_periods(verdict.sums.clusters, rules)} with blocks of the {rules.min_clusters} needed"


def _one_sided(verdict: Verdict, _evidence: GuardEvidence, _among: int, rules: VerdictRules) -> str:
    sums = verdict.sums
    fewer, did = (sums.negative, "cost") if sums.negative <= sums.positive else (sums.positive, "saved")
    return f"blocking {did} money on only {_periods(fewer, rules)} of the {rules.min_side_clusters} needed to compare"


def _concentrated(verdict: Verdict, _evidence: GuardEvidence, _among: int, _rules: VerdictRules) -> str:
    share = (verdict.sums.largest_share or 0.0) * 100
    return f"a few days carry nearly everything (the largest {share:.0f} %)"


def _no_prices(verdict: Verdict, evidence: GuardEvidence, _among: int, _rules: VerdictRules) -> str:
    total = verdict.sums.sum_n + evidence.unresolved
    return f"{evidence.unresolved:,} of {total:,} blocked signals have no result for lack of prices"


def _tail(_verdict: Verdict, _evidence: GuardEvidence, _among: int, rules: VerdictRules) -> str:
    return f"without results beyond {rules.cap_r:g} R it would be the other way round"


def _slippage(_verdict: Verdict, _evidence: GuardEvidence, _among: int, _rules: VerdictRules) -> str:
    return "no slippage, or twice as much as assumed, would turn it round"


def _exit_model(_verdict: Verdict, evidence: GuardEvidence, _among: int, _rules: VerdictRules) -> str:
    signals = "signal" if evidence.error_n == 1 else "signals"
    return f"simulated results differ from the real ones of {evidence.error_n:,} traded {signals} by more than the effect"


def _too_long(_verdict: Verdict, evidence: GuardEvidence, _among: int, rules: VerdictRules) -> str:
    held = "signal was" if evidence.held_too_long == 1 else "signals were"
    return f"{evidence.held_too_long:,} blocked {held} held longer than {_periods(1, rules)}"


def _little_evidence(verdict: Verdict, _evidence: GuardEvidence, among: int, rules: VerdictRules) -> str:
    if verdict.e_value < 1 / rules.alpha or among == 1:
        return "the guard may as well help as harm"
    return (
        f"with {among} guards judged at once chance alone may do this "
        f"(evidence {verdict.e_value:.1f}, needed {verdict.e_needed:.1f})"
    )


_REASONS: dict[Gate, _Reason] = {
    "clusters": _few_clusters,
    "sides": _one_sided,
    "n_eff": _concentrated,
    "data": _no_prices,
    "tail": _tail,
    "cost_model": _slippage,
    "exit_model": _exit_model,
    "hold": _too_long,
    "evidence": _little_evidence,
}
