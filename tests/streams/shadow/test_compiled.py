"""Machine code is cached where it can be, and only where it can be; a change anywhere makes it stale."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from untaken.streams.shadow import arithmetic, decimals

ROUND = """
import numpy as np
from untaken.streams.shadow.decimals import round_prices
print(round_prices(np.array([1.00000000000049])).tolist())
"""
FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a copy of the package that no other test has run."""
    shadow = tmp_path / "site" / "untaken" / "streams" / "shadow"
    shutil.copytree(Path(decimals.__file__).parent, shadow, ignore=shutil.ignore_patterns("__pycache__"))
    for package in (shadow.parent, shadow.parents[1]):
        (package / "__init__.py").touch()
    return shadow


def test_a_change_in_any_module_makes_the_cache_stale(installed: Path) -> None:
    before = run(ROUND, installed)
    helper = installed / Path(arithmetic.__file__).name
    helper.write_text(
        helper.read_text().replace("return mantissa / _TEN", "return 2 * mantissa / _TEN"), encoding="utf-8"
    )

    assert (before, run(ROUND, installed)) == ("[1.0]", "[2.0]")
    assert list(installed.glob("__pycache__/*.nbc"))


def test_a_read_only_installation_without_a_home_compiles_for_itself(installed: Path) -> None:
    (installed / "__pycache__").touch()  # a file where the directory would be, for root may write anywhere

    assert run(ROUND, installed, HOME="/dev/null", XDG_CACHE_HOME="/dev/null") == "[1.0]"


def test_a_full_disk_does_not_stop_a_kernel(installed: Path) -> None:
    assert run(FULL_DISK + ROUND, installed) == "[1.0]"


def run(code: str, installed: Path, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    finished = subprocess.run(
        [sys.executable, "-B", "-c", code],
        env={**kept, "PYTHONPATH": str(installed.parents[2]), **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()
