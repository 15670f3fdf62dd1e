"""Logs to be read, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import untaken
from tests.properties.changes import with_settings
from tests.properties.logs import log_of_seed
from tests.reading.builders import written
from untaken.reading.reader import Reader


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("UNTAKEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def random_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a log of several bots, runs, modes and currencies, computed."""
    return written(tmp_path_factory.mktemp("reading") / "bot.db", with_settings(log_of_seed(1)))


@pytest.fixture
def log(random_url: str) -> Iterator[Reader]:
    with untaken.open(random_url) as opened:
        yield opened
