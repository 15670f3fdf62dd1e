"""What every command shares: the options, the configuration in force, the open log and state."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from untaken.config import Effective, load
from untaken.errors import UntakenError
from untaken.schemas.kinds import Mode
from untaken.streams.engine import demand_own, state_path
from untaken.streams.logs.base import Log
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import is_kafka, open_log
from untaken.streams.store.state import State
from untaken.streams.view import View

LogOption = Annotated[
    str | None, typer.Option("--log", help="Log URL, such as sqlite:///bot.db.", envvar="UNTAKEN_LOG")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file (default: untaken.toml).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
BotOption = Annotated[str | None, typer.Option("--bot", help="Only this bot.")]
RunOption = Annotated[str | None, typer.Option("--run", help="Only this run.")]
ModeOption = Annotated[Mode | None, typer.Option("--mode", help="Only this mode.")]

LIVE_WITHIN_US = 3_600_000_000
"""A log whose newest event is younger than this counts as live."""


class NothingComputed(UntakenError):
    """There is no state yet; the engine has to run first."""


class CheckFailed(UntakenError):
    """A check failed: exit code 1."""


@dataclass(frozen=True)
class Session:
    """One command's log and configuration."""

    effective: Effective
    log_url: str
    log_origin: str
    """Where the URL came from."""

    @classmethod
    def of(cls, log: str | None, config: Path | None) -> Session:
        """Read the configuration; the option beats the environment beats the file."""
        effective = load(config, dict(os.environ))
        if log is None or log == os.environ.get("UNTAKEN_LOG"):
            return cls(effective, effective.config.log, effective.origins.get("log", "default"))
        return cls(effective, log, "option --log")

    @contextmanager
    def log(self, *, create: bool = False, read_only: bool = False) -> Iterator[Log]:
        """Open the log, and close it."""
        opened = self.opened(create=create, read_only=read_only)
        try:
            yield opened
        finally:
            opened.close()

    def opened(self, *, create: bool = True, read_only: bool = False) -> Log:
        """Open the log; it is the caller's to close."""
        return open_log(self.log_url, create=create, read_only=read_only, kafka=self.kafka)

    @property
    def kafka(self) -> KafkaOptions:
        """How brokers are reached, for a log that lies on some."""
        return KafkaOptions(**self.effective.config.kafka.model_dump())

    @property
    def state_path(self) -> Path | None:
        """Where the state lies."""
        return state_path(self.log_url)

    @contextmanager
    def view(self) -> Iterator[tuple[View, int]]:
        """Open what is computed for reading; also tell how many records of the log it has not counted yet."""
        with self._published() if is_kafka(self.log_url) else self._beside_the_log() as (view, lag):
            yield view, lag

    @contextmanager
    def _published(self) -> Iterator[tuple[View, int]]:
        """Open what workers have published; nobody is asked but the brokers."""
        with self.log(read_only=True) as log:
            from untaken.streams.published.caching import cache_file
            from untaken.streams.published.merged import merged_view

            with merged_view(log, cache_file(log.url, dict(os.environ))) as view:  # type: ignore[arg-type]  # a kafka:// log
                yield view, view.lag

    @contextmanager
    def _beside_the_log(self) -> Iterator[tuple[View, int]]:
        path = self.state_path
        with self.log(read_only=True) as log:
            if path is None or not path.exists():
                raise NothingComputed(
                    f"{self.log_url}: nothing is computed yet; run: untaken run --until-idle --log {self.log_url}"
                )
            state = State(path, writer=False)
            try:
                view = View(state)
                demand_own(log, view.chain)
                end, here = log.end(), log.start() | view.chain.position
                yield view, sum(max(0, last - here.get(stream, 0)) for stream, last in end.items())
            finally:
                state.close()


def now_if_live(watermark: int) -> int | None:
    """Return the present, if the newest event is recent; None for a log of the past."""
    now = time.time_ns() // 1000
    return now if abs(now - watermark) < LIVE_WITHIN_US else None


def counted(n: int, thing: str) -> str:
    """Return a number of things in words: 1 event, 2 events."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def print_json(document: Any) -> None:
    """Print JSON; money as exact numbers."""
    typer.echo(as_json(document))


def as_json(document: Any) -> str:
    """Return JSON; money (Decimal) and whole numbers of any size as exact numbers."""
    try:
        return orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:
        return orjson.dumps(
            _with_large_numbers(document), default=_plain, option=orjson.OPT_INDENT_2
        ).decode()


def _with_large_numbers(document: Any) -> Any:
    """Return a document whose integers beyond 64 bits, which orjson refuses, are decimals; sums of powers are."""
    if isinstance(document, Mapping):
        return {name: _with_large_numbers(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [_with_large_numbers(value) for value in document]
    if isinstance(document, int) and not isinstance(document, bool) and abs(document) >= 2**63:
        return Decimal(document)
    return document


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} is not JSON")
