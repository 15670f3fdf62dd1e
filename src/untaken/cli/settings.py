"""untaken settings: what changes results, as it stands in the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import orjson
import typer

from untaken.cli.session import ConfigOption, JsonOption, LogOption, Session, print_json
from untaken.errors import UntakenError
from untaken.schemas.settings import ResultSettings
from untaken.schemas.times import instant
from untaken.streams.engine import log_context, settings_entry

app = typer.Typer(help="Show and change the settings that change results.", no_args_is_help=True)


class NotASetting(UntakenError):
    """What was given is not NAME=VALUE; nothing was changed."""


@app.command("show")
def show(log: LogOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show the settings in force, and those before them."""
    session = Session.of(log, config)
    with session.log(read_only=True) as opened:
        timeline = log_context(opened).timeline
    if json:
        stretches = zip(timeline.starts, timeline.settings, strict=True)
        print_json(
            {"stretches": [{"from": start, "digest": s.digest, "values": s.flat()} for start, s in stretches]}
        )
        return
    defaults = ResultSettings().flat()
    for name, value in timeline.latest.flat().items():
        typer.echo(f"{name} = {value}" + ("" if value == defaults[name] else f"  (default {defaults[name]})"))
    typer.echo(f"digest {timeline.latest.digest}, {len(timeline.settings)} stretch(es)")


@app.command("set")
def put(
    values: Annotated[list[str], typer.Argument(help="NAME=VALUE, such as shadow.fee_bps=10.")],
    log: LogOption = None,
    config: ConfigOption = None,
    effective_at: Annotated[
        str | None, typer.Option("--effective-at", help="For signals from this time on.")
    ] = None,
    retroactive: Annotated[
        bool, typer.Option("--retroactive", help="For all signals, past ones too.")
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Who changes them.")] = "command line",
) -> None:
    """Change settings: an event in the log; the first holds from the beginning, later ones from now on."""
    session = Session.of(log, config)
    if effective_at is not None:
        _checked_time(effective_at)
    changed = dict(_pairs(values))
    ResultSettings().changed(changed)
    with session.log(create=True) as opened:
        now = log_context(opened).timeline.latest
        opened.append(
            [settings_entry(changed, by=by, over=now, effective_at=effective_at, retroactive=retroactive)]
        )
        digest = log_context(opened).timeline.latest.digest
    typer.echo(f"settings changed, digest {digest}")


def _pairs(values: Iterable[str]) -> Iterable[tuple[str, Any]]:
    for text in values:
        name, equals, value = text.partition("=")
        if not equals:
            raise NotASetting(f"{text!r} is no setting; write NAME=VALUE, such as shadow.fee_bps=10")
        yield name.strip(), _read(value.strip())


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _checked_time(text: str) -> None:
    try:
        instant(text)
    except ValueError:
        raise NotASetting(
            f"--effective-at was {text!r}; a time with its zone is allowed, such as 2024-03-04T10:00:00Z"
        ) from None
