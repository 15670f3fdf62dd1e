"""Random logs come out of the command line as the reference works them out, to the last unit."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.generators.delivery import Record
from tests.generators.logs import random_log
from tests.generators.orders import duplicated
from tests.generators.world import SETTINGS
from tests.golden.cases import Case
from tests.golden.command_line import in_process
from tests.golden.compare import differences
from tests.golden.surfaces import answer_to
from tests.reference.whole import reference_of


def case_of(records: Sequence[Record]) -> Case:
    lines = [json.dumps(record) for record in records]
    return Case("random", lines, SETTINGS, reference_of(records, SETTINGS))


@pytest.mark.parametrize("seed", range(3))
def test_a_random_log_comes_out_as_the_reference_says(seed: int, tmp_path: Path) -> None:
    case = case_of(random_log(seed))

    assert differences(case.expected, answer_to(case, tmp_path, in_process)) == []


def test_a_random_log_delivered_in_disorder_and_more_than_once_comes_out_the_same(tmp_path: Path) -> None:
    case = case_of(duplicated(random_log(3), seed=3))

    assert differences(case.expected, answer_to(case, tmp_path, in_process)) == []
