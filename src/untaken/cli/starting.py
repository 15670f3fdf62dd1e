"""untaken init: a configuration to start from, with every value that there is and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import BaseModel

from untaken.config import DEFAULT_FILE, Config
from untaken.errors import UntakenError
from untaken.streams.logs.opening import demand_url

_HEAD = """\
# Configuration of untaken: what a machine needs to know. Each value can be given in the environment instead
# (UNTAKEN_LOG, UNTAKEN_ENGINE__BATCH_RECORDS, ...), and an option of a command beats both.
# What stands behind a # is the default. `untaken doctor` prints what is in force and where it came from.
"""
_SETTINGS = """
[settings]
# What changes results lives in the log; values here are what the log is expected to have:
# shadow.fee_bps = 10.0
"""


class FileIsThere(UntakenError):
    """A configuration is never written over another."""


def init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path(DEFAULT_FILE),
    log: Annotated[str, typer.Option("--log", help="Log URL to put into it.")] = "sqlite:///untaken.db",
) -> None:
    """Write a configuration with every value explained; one that is there is never written over."""
    demand_url(log)
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write("".join(_lines(log)))
    except FileExistsError:
        raise FileIsThere(f"{file} is there already: name another file, or move it away first") from None
    typer.echo(f"{file} written, for the log {log}")
    typer.echo(
        "next: let a bot report, or untaken import candles FILE...; then untaken run --until-idle, untaken report"
    )


def _lines(log: str) -> Iterator[str]:
    yield f"{_HEAD}\n# {Config.model_fields['log'].description}\nlog = {_toml(log)}\n"
    for part, field in Config.model_fields.items():
        default = field.default
        if isinstance(default, BaseModel):
            yield f"\n[{part}]\n"
            yield from (
                f"# {value.description}\n# {name} = {_toml(value.default)}\n"
                for name, value in type(default).model_fields.items()
            )
    yield _SETTINGS


def _toml(value: object) -> str:
    """Return a value as TOML writes it; TOML has no word for none, and the line is a comment then."""
    return "...  # none by default" if value is None else orjson.dumps(value).decode()
