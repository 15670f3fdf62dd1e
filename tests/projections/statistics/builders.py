"""Small builders of evidence."""

from collections.abc import Sequence
from typing import Any

from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, Verdict, VerdictRules
from untaken.projections.statistics.verdict import judge

DAY_2024 = 19_723
"""2024-01-01, in days since 1970-01-01."""

# The worked example of STATISTICS 1.7: 24 days, milli-R saved and blocked signals.
WORKED_S = (
    1800, -900, 2400, 600, -1500, 2100, 300, -600, 1500, 2700, -300, 900,
    1200, -2100, 1800, 600, 2400, -900, 1500, 1200, -600, 2700, 300, 900,
)  # fmt: skip
WORKED_N = (4, 3, 5, 2, 6, 4, 1, 3, 4, 5, 2, 4, 3, 6, 4, 2, 5, 3, 4, 4, 3, 5, 2, 4)


def clusters(
    s: Sequence[int] = WORKED_S,
    n: Sequence[int] | None = None,
    *,
    capped: Sequence[int] | None = None,
    repeat: int = 1,
    first_day: int = DAY_2024,
) -> Clusters:
    """One cluster a day; n defaults to the worked example's, or to 1 signal a day for other results."""
    counts = n if n is not None else (WORKED_N if tuple(s) == WORKED_S else (1,) * len(s))
    rows = list(zip(counts, s, capped if capped is not None else s, strict=True)) * repeat
    return Clusters.of((first_day + day, *row) for day, row in enumerate(rows))


def evidence(of: Clusters | None = None, *, guard: str = "spread", **fields: Any) -> GuardEvidence:
    return GuardEvidence(guard=guard, clusters=of if of is not None else clusters(), **fields)


def saving(guard: str = "spread", **fields: Any) -> GuardEvidence:
    """Evidence that passes every gate and saves."""
    return evidence(clusters(repeat=2), guard=guard, **fields)


def costing(guard: str = "cooldown", **fields: Any) -> GuardEvidence:
    """Evidence that passes every gate and costs."""
    return evidence(clusters([-s for s in WORKED_S], WORKED_N, repeat=2), guard=guard, **fields)


def idle(guard: str = "balance", **fields: Any) -> GuardEvidence:
    """Evidence that passes every gate, with an effect surely within the band of no material effect."""
    return evidence(clusters((50, -49) * 50, (5, 5) * 50), guard=guard, **fields)


def verdict_of(of: GuardEvidence, *, declared: int = 1, **rules: Any) -> Verdict:
    return judge([of], declared, VerdictRules(**rules))[0]
