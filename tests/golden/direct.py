"""What the bare functions say where a case gives numbers for them, without a log."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.golden.cases import Case
from untaken.projections.statistics.attribution import attribute, from_bitmask, released_by
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, VerdictRules
from untaken.projections.statistics.verdict import judge

Figures = Mapping[str, Any]


def direct_of(case: Case) -> dict[str, Any]:
    """Return the section `direct` of a case, as the functions answer it; {} where it has none."""
    asked = case.expected.get("direct", {})
    if "table" in asked:
        return {**asked, **attributed(asked)}
    if "rows" in asked:
        days = next(iter(case.expected["guards"].values()))["days"]
        return {**asked, "rows": [judged(row, days, asked) for row in asked["rows"]]}
    return {}


def attributed(asked: Figures) -> dict[str, Any]:
    width = len(asked["table"][0][0])
    guards = [str(bit) for bit in range(width)]
    table = from_bitmask({int(mask, 2): (n, saved) for mask, n, saved in asked["table"]}, guards)
    credit = attribute(table)
    return {
        "sole": [credit[guard].sole.exact for guard in guards],
        "first": [credit[guard].first for guard in guards],
        "shapley": [credit[guard].shapley for guard in guards],
        "disable": {chosen: released_by(table, chosen.split("+")).exact for chosen in asked["disable"]},
    }


def judged(row: Figures, days: Sequence[Figures], asked: Figures) -> dict[str, Any]:
    """Judge the days of the case so many times over, or those that the row gives."""
    pairs = [(day["n"], day["saved_milli_r"]) for day in days] * row.get("repeat", 1)
    if "S" in row:
        pairs = list(zip(row["n"], row["S"], strict=True))
    clusters = Clusters.of((day, n, saved, saved) for day, (n, saved) in enumerate(pairs))
    rules = VerdictRules(eta_grid_r2=tuple(float(eta) / 1e6 for eta in asked["eta_milli_r2"]))
    verdict = judge([GuardEvidence("g", clusters)], asked["guards_declared"], rules)[0]
    interval = list(verdict.interval_milli_r)
    return {
        **row,
        "clusters": verdict.sums.clusters,
        "e_value": verdict.e_value,
        "interval": "unbounded" if interval == [None, None] else interval,
        "verdict": verdict.verdict,
    }
