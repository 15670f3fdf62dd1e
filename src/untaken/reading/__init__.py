"""Reading a log from Python: the figures of its reports, and its ledger and trades as frames.

This module loads nothing heavy: bots import the package it is part of.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from untaken.errors import UntakenError

if TYPE_CHECKING:
    from untaken.reading.reader import Reader


class EngineNotInstalled(UntakenError):
    """Reading needs what a bot that only writes does not install; nothing is opened."""


def open(
    log: str | Path | None = None, *, scenario: str | None = None, config: str | Path | None = None
) -> Reader:
    """Open a log for reading, as it stands now: `with untaken.open("sqlite:///bot.db") as log: log.guards`.

    `log`: a URL (sqlite:///, kafka://, parquet:///), a file, an archive, or a folder with one log in it; left out, the
    one that UNTAKEN_LOG or the configuration names. `scenario`: read it as it would be under the what-if that was
    kept by this name. `config`: a configuration file; by default untaken.toml, if there is one. Raises an UntakenError
    that says what is wrong, and what to do.
    """
    if find_spec("polars") is None:
        raise EngineNotInstalled(
            "polars is not installed: reading needs the engine, the client does not; install it with: "
            "pip install 'untaken[engine]'"
        )
    from untaken.config import load  # noqa: PLC0415 - needs the engine
    from untaken.reading.opening import url_of  # noqa: PLC0415 - as above
    from untaken.reading.reader import Reader  # noqa: PLC0415 - as above
    from untaken.reading.snapshot import Snapshot  # noqa: PLC0415 - as above
    from untaken.streams.logs.kafka.options import KafkaOptions  # noqa: PLC0415 - as above

    effective = load(None if config is None else Path(config), dict(os.environ)).config
    url = url_of(effective.log if log is None else log)
    kafka = KafkaOptions(**effective.kafka.model_dump())
    return Reader(Snapshot(url, effective.report.hours, kafka, scenario))
