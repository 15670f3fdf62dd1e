import os
from pathlib import Path

import pytest

from tests.cli.commands import Untaken


@pytest.fixture
def untaken(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Untaken:
    """Return the command line in an empty folder, away from how this machine is configured."""
    for name in [name for name in os.environ if name.startswith("UNTAKEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return Untaken(tmp_path, capsys, monkeypatch)
