"""The linter and the type checker look at every module: none is exempt by an accident of its name."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.sources import ROOT

PLACES = ("src", "tests", "benchmarks", "examples")


def test_the_linter_looks_at_every_module() -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert ruff is not None
    shown = subprocess.run(
        [ruff, "check", "--show-files", "."], cwd=ROOT, capture_output=True, text=True, check=True
    )
    looked_at = {Path(line) for line in shown.stdout.splitlines()}
    modules = {path for place in PLACES for path in (ROOT / place).rglob("*.py")}

    assert modules - looked_at == set()


def test_the_type_checker_exempts_no_module_of_ours() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    eased = [name for override in mypy["overrides"] for name in override["module"]]

    assert mypy["strict"] is True
    assert "exclude" not in mypy
    assert [name for name in eased if name.startswith(("untaken", "tests", "benchmarks"))] == []
