"""Every golden case comes out of the command line as it was worked out by hand."""

from pathlib import Path

import pytest

from tests.golden.cases import Case, load, parameters
from tests.golden.command_line import Runner, as_process, in_process
from tests.golden.compare import differences
from tests.golden.direct import direct_of
from tests.golden.surfaces import answer_to, log_in
from tests.golden.what_if import what_if_of


def found_differences(case: Case, folder: Path, run: Runner) -> list[str]:
    """Return what is not as expected; a section that nothing answers is a difference too."""
    answer = answer_to(case, folder, run)
    scenarios = case.expected.get("what_if", {})
    beside = {"what_if": what_if_of(scenarios, log_in(folder), run), "direct": direct_of(case)}
    return differences(case.expected, {**answer, **beside})


@pytest.mark.parametrize("folder", parameters())
def test_a_golden_case_comes_out_as_expected(folder: Path, tmp_path: Path) -> None:
    assert found_differences(load(folder), tmp_path, in_process) == []


@pytest.mark.parametrize("folder", parameters())
def test_a_golden_case_does_not_depend_on_the_order_of_arrival(folder: Path, tmp_path: Path) -> None:
    assert found_differences(load(folder).shuffled(seed=1), tmp_path, in_process) == []


@pytest.mark.parametrize("folder", parameters()[:1])
def test_a_golden_case_comes_out_of_processes_of_their_own(folder: Path, tmp_path: Path) -> None:
    assert found_differences(load(folder), tmp_path, as_process) == []
