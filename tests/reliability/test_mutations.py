"""The suite can fail: with a line that matters removed, a part of it turns red.

Each mutation is made in a copy of the package, and a few tests run against the copy in a process of their own.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 240


@dataclass(frozen=True)
class Mutation:
    """A line of a module, what it becomes, and the tests that must notice."""

    module: str
    line: str
    becomes: str
    tests: tuple[str, ...]


DELIVERY = "tests/properties/test_any_delivery.py"

MUTATIONS = {
    "de-duplication": Mutation(
        "streams/chain/facts.py",
        "    if not facts.select(key).is_duplicated().any():\n        return facts\n",
        "    return facts\n",
        (f"{DELIVERY}::test_copies_in_any_order_and_batches_change_nothing",),
    ),
    "position tracking": Mutation(
        "streams/chain/chain.py",
        "            self._stand_at(batch)\n",
        "",
        (
            "tests/streams/test_engine.py::test_an_engine_that_is_started_again_reads_nothing_twice",
            "tests/streams/test_engine.py::test_a_run_until_idle_tells_every_batch_and_returns_the_number_of_records",
        ),
    ),
    "correction": Mutation(
        "streams/chain/chain.py",
        "projection.merge([projection.negated(projection.fold(old)), projection.fold(new)])",
        "projection.fold(new)",
        (f"{DELIVERY}::test_batches_change_nothing",),
    ),
}


def turns_green(source: Path, tests: tuple[str, ...]) -> bool:
    """Run tests against the package in `source`; one that never ends is as red as one that fails."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(source), str(ROOT)))}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.returncode == 0


def copied(folder: Path) -> Path:
    shutil.copytree(
        ROOT / "src" / "untaken", folder / "untaken", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_suite_turns_red_without(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    module = copied(tmp_path) / "untaken" / mutation.module
    text = module.read_text("utf-8")
    assert text.count(mutation.line) == 1, f"{mutation.module} no longer has the line to remove"
    module.write_text(text.replace(mutation.line, mutation.becomes), "utf-8")

    assert not turns_green(tmp_path, mutation.tests)


def test_the_same_tests_are_green_as_things_are(tmp_path: Path) -> None:
    tests = tuple(test for mutation in MUTATIONS.values() for test in mutation.tests)

    assert turns_green(copied(tmp_path), tests)
