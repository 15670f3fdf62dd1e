"""The reference gives every golden figure, in whatever order the facts arrive."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import Case, load, parameters
from tests.golden.compare import differences
from tests.reference.whole import reference_of

OUT_OF_SCOPE: Mapping[str, str] = {
    "what_if": "scenarios are replays under other rules, not what happened",
    "decay/half_life": "a fit, held to its own worked numbers",
    **{f"decay/{figure}": "follows from the buckets" for figure in ("mean_us", "p50", "p90", "p95", "p99")},
    "guard_groups": "follows from verdicts",
    "direct": "numbers for a bare function, tested where the function is",
    "guards/clusters": "verdict",
    "guards/sum_s": "verdict",
    "guards/sum_n": "verdict",
    "guards/sum_s2": "verdict",
    "guards/sum_s4": "verdict",
    "guards/sum_sn": "verdict",
    "guards/sum_n2": "verdict",
    "guards/clusters_positive": "verdict",
    "guards/clusters_negative": "verdict",
    "guards/n_eff": "verdict",
    "guards/e_components": "verdict",
    "guards/e_value": "verdict",
    "guards/mean_saved_milli_r": "verdict",
    "guards/interval_milli_r": "verdict",
    "guards/verdict": "verdict",
    "guards/failing_gates": "verdict",
    "guards/more_days_about": "verdict",
    "guards/break_even_extra_cost": "verdict",
}
"""What the reference does not compute, by section or by figure of one, and why."""


def within_scope(expected: Mapping[str, Any]) -> dict[str, Any]:
    return {
        section: figures_within_scope(section, value)
        for section, value in expected.items()
        if section not in OUT_OF_SCOPE
    }


def figures_within_scope(section: str, value: Any) -> Any:
    """Leave out of a section, however deep, the figures that are out of scope."""
    if not isinstance(value, Mapping):
        return value
    return {
        name: figures_within_scope(section, figure)
        for name, figure in value.items()
        if f"{section}/{name}" not in OUT_OF_SCOPE
    }


def found_differences(case: Case) -> list[str]:
    return differences(within_scope(case.expected), reference_of(case.records, case.settings))


@pytest.mark.parametrize("folder", parameters())
def test_the_reference_reproduces_a_golden_case(folder: Path) -> None:
    assert found_differences(load(folder)) == []


@pytest.mark.parametrize("folder", parameters())
def test_the_reference_does_not_depend_on_the_order_of_arrival(folder: Path) -> None:
    case = load(folder)
    in_order = reference_of(case.records, case.settings)
    shuffled = [case.shuffled(seed) for seed in (1, 2, 3)]

    for other in shuffled:
        assert canonical(reference_of(other.records, other.settings)) == canonical(in_order)
        assert found_differences(other) == []


def canonical(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer, sort_keys=True, default=str)
