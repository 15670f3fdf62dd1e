"""untaken signal, dead-letters: one signal's story, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from untaken.cli.choosing import BotOption, RunOption, demand_known
from untaken.cli.session import (
    ConfigOption,
    JsonOption,
    LogOption,
    Session,
    counted,
    print_json,
)
from untaken.errors import RefusalCode, UntakenError
from untaken.projections.figures import moment, money
from untaken.streams.store.prices import similar
from untaken.streams.view import Filters

MONEY = ("pnl_e8", "real_pnl_e8", "fees_e8", "reported_pnl_e8", "computed_pnl_e8", "notional_e8")
TIMES = (
    "at",
    "candle_at",
    "expires_at",
    "decided_at",
    "filled_at",
    "expired_at",
    "entry_at",
    "exit_at",
    "appended_at",
)
MAPS = ("components", "features", "meta")


class NoSuchSignal(UntakenError):
    """No signal has that id."""


def signal(
    signal_id: Annotated[str, typer.Argument(help="Id of the signal.")],
    log: LogOption = None,
    config: ConfigOption = None,
    bot: BotOption = None,
    run: RunOption = None,
    json: JsonOption = False,
) -> None:
    """Tell the whole story of one signal: what it said, who judged it, what it would have made."""
    session = Session.of(log, config)
    filters = Filters(bot, run)
    with session.view() as (view, _):
        demand_known(view, filters)
        rows = view.ledger(filters=filters)
        found = rows.filter(signal_id=signal_id)
        traded = view.trades(filters=filters).filter(signal_id=signal_id)
    if found.is_empty():
        close = similar(signal_id, rows["signal_id"].unique().to_list())
        raise NoSuchSignal(
            f"no signal has the id {signal_id!r}"
            + (f"; similar ones are {', '.join(close)}" if close else "")
        )
    stories = [plain(row) for row in found.iter_rows(named=True)]
    if json:
        print_json({"signals": stories, "trades": [plain(row) for row in traded.iter_rows(named=True)]})
        return
    for story in stories:
        typer.echo(
            "\n".join(
                f"{name:>22}  {_text(value)}" for name, value in story.items() if value not in (None, [])
            )
        )


def dead_letters(
    log: LogOption = None,
    config: ConfigOption = None,
    code: Annotated[RefusalCode | None, typer.Option("--code", help="Only refusals of this kind.")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the refused lines, to repair and emit.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List what was refused, with code and reason; export it to be repaired and emitted again."""
    session = Session.of(log, config)
    with session.view() as (view, _):
        rows = view.refused()
    rows = rows if code is None else rows.filter(code=code)
    if export is not None:
        export.write_bytes(b"".join(payload + b"\n" for payload in rows["payload"]))
    letters = [
        {
            **{name: row[name] for name in ("stream", "offset", "code", "type", "id", "sentence")},
            "at": moment(row["at"]),
            "appended_at": moment(row["appended_at"]),
            "raw": row["payload"].decode("utf-8", errors="replace"),
        }
        for row in rows.iter_rows(named=True)
    ]
    if json:
        print_json({"rows": letters})
        return
    for letter in letters:
        typer.echo(
            f"{letter['offset']:>9}  {letter['code']:<10} {letter['type']:<16} {letter['id'] or ''}  {letter['sentence']}"
        )
    typer.echo(counted(len(letters), "dead letter"))


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row for people: money in account currency, times as text, maps as objects."""
    return {name.removesuffix("_e8"): _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in MONEY:
        return money(value)
    if name in TIMES:
        return moment(value)
    if name in MAPS:
        return orjson.loads(value)
    if name == "verdicts":
        return [{**verdict, "at": moment(verdict["at"])} for verdict in value]
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
