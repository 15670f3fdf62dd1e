"""What may be asked for: bots, runs, strategies and symbols that the log knows."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import replace

import polars as pl

from untaken.errors import UntakenError
from untaken.projections.shadow_performance.table import REAL_PERFORMANCE, SHADOW_PERFORMANCE
from untaken.streams.view import Filters, View, Window

SHOWN = 10


class NobodyThere(UntakenError):
    """Nothing in the log is of that bot, run, strategy or symbol; nothing is shown, for it would look like an idle one."""


def demand_known(view: View, filters: Filters) -> None:
    """Raise unless what is asked for is in the log; say what is, or what looks like it."""
    accounts = sorted(_accounts(view))
    if filters.bot is not None and filters.bot not in {bot for bot, _ in accounts}:
        raise NobodyThere(
            f"no bot {filters.bot!r} is in this log; {_hint(filters.bot, {b for b, _ in accounts})}"
        )
    runs = {run for bot, run in accounts if filters.bot in {None, bot}}
    if filters.run is not None and filters.run not in runs:
        raise NobodyThere(
            f"no run {filters.run!r}{_whose(filters)} is in this log; {_hint(filters.run, runs)}"
        )
    for name in ("strategy", "symbol"):
        wanted = filters.given.get(name)
        if wanted is not None:
            _demand(view, replace(filters, strategy=None, symbol=None, mode=None), name, wanted)


def _demand(view: View, accounts: Filters, name: str, wanted: str) -> None:
    """Raise unless a signal or a trade of these bots has this strategy or symbol."""
    scans = (view.scan(kind, filters=accounts, ordered=False) for kind in ("ledger", "trades"))
    seen = [scan.select(pl.col(name).drop_nulls().unique()).collect()[name] for scan in scans]
    known = {value for values in seen for value in values}
    if wanted not in known:
        raise NobodyThere(f"no {name} {wanted!r}{_whose(accounts)} is in this log; {_hint(wanted, known)}")


def _whose(filters: Filters) -> str:
    return "" if filters.bot is None else f" of bot {filters.bot!r}"


def _accounts(view: View) -> set[tuple[str, str]]:
    tables = (
        view.table(projection, Window(), Filters()) for projection in (SHADOW_PERFORMANCE, REAL_PERFORMANCE)
    )
    rows = {row for table in tables for row in table.select("bot", "run").unique().iter_rows()}
    return rows | {(declared.bot, declared.run) for declared in view.context.declarations}


def _hint(wanted: str, known: Collection[str]) -> str:
    """Say which name may have been meant, else which ones there are."""
    if not known:
        return "no bot has reported yet"
    folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    close = difflib.get_close_matches(wanted.casefold(), folded, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(folded[name] for name in close)}?"
    return f"known: {_listed(known)}"


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{', '.join(found[:SHOWN])}{more}"
