"""Every golden case comes out of the command line as it was worked out by hand."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import Case, load, parameters
from tests.golden.command_line import Runner, as_process, in_process
from tests.golden.compare import differences
from tests.golden.surfaces import answer_to, log_in
from tests.golden.what_if import what_if_of

NOT_ASSERTED: Mapping[str, str] = {
    "decay": "the ledger's latencies are compared; shortfall and edge by delay are not built yet",
    "direct": "numbers for a bare function, which its own tests hold",
}
"""Sections of expected.json that no surface answers, and why."""


class NotAsserted(UserWarning):
    """A golden figure that no test of this run compares."""


LATENCY_FIGURES = ("n", "negative", "sum_us", "buckets")


def asserted(case: Case) -> dict[str, Any]:
    sections = {section: value for section, value in case.expected.items() if section not in NOT_ASSERTED}
    return sections | ({"decay": latencies(case.expected["decay"])} if "decay" in case.expected else {})


def latencies(decay: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a decay section says of latencies, as far as ledger rows tell them."""
    return {
        key: {
            stage: {name: figures[name] for name in LATENCY_FIGURES if name in figures}
            for stage, figures in stages.items()
            if stage in {"to_decision", "to_fill"}
        }
        for key, stages in decay.items()
    }


def found_differences(case: Case, folder: Path, run: Runner) -> list[str]:
    answer = answer_to(case, folder, run)
    scenarios = case.expected.get("what_if", {})
    return differences(asserted(case), {**answer, "what_if": what_if_of(scenarios, log_in(folder), run)})


@pytest.mark.parametrize("folder", parameters())
def test_a_golden_case_comes_out_as_expected(folder: Path, tmp_path: Path) -> None:
    assert found_differences(load(folder), tmp_path, in_process) == []


@pytest.mark.parametrize("folder", parameters())
def test_a_golden_case_does_not_depend_on_the_order_of_arrival(folder: Path, tmp_path: Path) -> None:
    assert found_differences(load(folder).shuffled(seed=1), tmp_path, in_process) == []


@pytest.mark.parametrize("folder", parameters()[:1])
def test_a_golden_case_comes_out_of_processes_of_their_own(folder: Path, tmp_path: Path) -> None:
    assert found_differences(load(folder), tmp_path, as_process) == []


@pytest.mark.filterwarnings("always::tests.golden.test_golden_cases.NotAsserted")
@pytest.mark.parametrize("folder", parameters())
def test_what_is_not_asserted_is_said_aloud(folder: Path) -> None:
    for section in sorted(load(folder).expected.keys() & NOT_ASSERTED.keys()):
        warnings.warn(NotAsserted(f"{folder.name}: {section}: {NOT_ASSERTED[section]}"), stacklevel=1)
