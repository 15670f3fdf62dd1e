"""What every command shares: the options, the configuration in force, the open log and state."""

from __future__ import annotations

import os
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
from untaken.reading.opening import NothingComputed, now_if_live, place_of_state, view_of
from untaken.streams.logs.base import Log
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_log
from untaken.streams.view import View

__all__ = [
    "CheckFailed",
    "ConfigOption",
    "JsonOption",
    "LogOption",
    "NothingComputed",
    "Session",
    "as_json",
    "counted",
    "now_if_live",
    "print_json",
]

LogOption = Annotated[
    str | None, typer.Option("--log", help="Log URL, such as sqlite:///bot.db.", envvar="UNTAKEN_LOG")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file (default: untaken.toml).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


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
        """Where the state lies; nowhere for a log in memory and for one on brokers."""
        return place_of_state(self.log_url)

    @contextmanager
    def view(self) -> Iterator[tuple[View, int]]:
        """Open what is computed for reading; also tell how many records of the log it has not counted yet."""
        with view_of(self.log_url, self.kafka) as found:
            yield found


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
