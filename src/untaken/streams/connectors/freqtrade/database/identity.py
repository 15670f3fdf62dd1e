"""Whose database it is: a database has no name of its own, so what never changes in it names the run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from untaken.schemas.events.runs import RunDeclared
from untaken.schemas.kinds import Mode
from untaken.streams.connectors.freqtrade.cells import Record, text
from untaken.streams.connectors.freqtrade.database.opening import Tables
from untaken.streams.connectors.freqtrade.database.rows import timeframe_of
from untaken.streams.connectors.freqtrade.locks import declared_guards
from untaken.streams.connectors.freqtrade.trades import Run
from untaken.streams.connectors.report import ImportRefused

_DRY: Final = "dry_run_"
"""How the ids of all orders begin that freqtrade only simulates."""


@dataclass(frozen=True)
class Owner:
    """What all runs of a database's strategies have in common."""

    bot: str
    run: str
    mode: Mode
    currency: str
    aliases: Mapping[str, str]

    def run_of(self, row: Record) -> Run:
        """Return the run as a trade of one strategy sees it."""
        strategy = text(row, "strategy") or self.bot
        timeframe = timeframe_of(row)
        result = {"trades": [], "timeframe": timeframe} if timeframe else {"trades": []}
        return Run(self.bot, self.run, strategy[:200], self.currency, result, dict(self.aliases), self.mode)

    def declaration(self, since: datetime) -> RunDeclared:
        return RunDeclared(
            **self.run_of({}).common("run.declared", "database"),
            at=since,
            account_currency=self.currency,
            guards=declared_guards(),
            software="freqtrade",
            meta={"kind": "trades database"},
        )


def owner_of(
    tables: Tables,
    place: str,
    *,
    bot: str | None,
    run: str | None,
    mode: Mode | None,
    aliases: Mapping[str, str],
) -> Owner:
    """Name bot and run by what stays as it is while the database grows; wishes of the caller come first.

    The bot is the strategy of the first trade, the run the moment at which the bot was first started.
    """
    first = tables.trades[0]
    return Owner(
        (bot or text(first, "strategy") or "freqtrade")[:64],
        run or f"database-{_started(tables)}",
        mode or _mode(tables, place),
        _currency(tables.trades, place),
        aliases,
    )


def _started(tables: Tables) -> str:
    """Digest the start of the bot; freqtrade sets it to the first trade's opening in databases that had none."""
    kept = (text(row, "datetime_value") for row in tables.values or [] if row.get("key") == "bot_start_time")
    opened = (text(row, "open_date") for row in tables.trades)
    started = next((value for value in kept if value), None) or min(value for value in opened if value)
    with suppress(ValueError):  # whatever it is, it names the run
        started = datetime.fromisoformat(started).replace(tzinfo=None).isoformat()
    return hashlib.sha256(started.encode()).hexdigest()[:16]


def _mode(tables: Tables, place: str) -> Mode:
    """Tell dry runs by their order ids; a database holds either, or somebody has switched between them."""
    ids = [text(order, "order_id") for order in tables.orders or []]
    kinds = Counter(name.startswith(_DRY) for name in ids if name)
    if len(kinds) == 1:
        return "paper" if True in kinds else "live"
    if not kinds:
        raise ImportRefused(
            f"{place}: no order tells whether real money was traded; say it: --mode live or --mode paper"
        )
    raise ImportRefused(
        f"{place}: {kinds[True]:,} orders are of a dry run and {kinds[False]:,} are real, and figures of both are never "
        "added together; say which the database is: --mode live or --mode paper"
    )


def _currency(trades: list[Record], place: str) -> str:
    quotes = Counter(text(row, "stake_currency") or _quote(row) for row in trades)
    if len(quotes) == 1 and "" not in quotes:
        return quotes.popitem()[0]
    found = ", ".join(sorted(quote for quote in quotes if quote)) or "none"
    raise ImportRefused(
        f"{place}: its trades must be of one stake currency, found were {found}; "
        "keep a database for each, as freqtrade recommends"
    )


def _quote(row: Record) -> str:
    return (text(row, "pair") or "").partition("/")[2].partition(":")[0]
