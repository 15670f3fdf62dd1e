"""What --bot and --run may name: whoever the log knows."""

from __future__ import annotations

from collections.abc import Iterable

from untaken.errors import UntakenError
from untaken.projections.shadow_performance import REAL_PERFORMANCE, SHADOW_PERFORMANCE
from untaken.streams.view import Filters, View, Window

SHOWN = 10


class NobodyThere(UntakenError):
    """No signal, trade or declaration is of that bot or run; nothing is shown, for it would look like an idle bot."""


def demand_known(view: View, filters: Filters) -> None:
    """Raise unless the bot and the run that are asked for are in the log; say which ones are."""
    known = sorted(_known(view))
    if filters.bot is not None and filters.bot not in {bot for bot, _ in known}:
        raise NobodyThere(f"no bot {filters.bot!r} is in this log; {_listed(bot for bot, _ in known)}")
    runs = [run for bot, run in known if filters.bot in {None, bot}]
    if filters.run is not None and filters.run not in runs:
        whose = "" if filters.bot is None else f" of bot {filters.bot!r}"
        raise NobodyThere(f"no run {filters.run!r}{whose} is in this log; {_listed(runs)}")


def _known(view: View) -> set[tuple[str, str]]:
    tables = (
        view.table(projection, Window(), Filters()) for projection in (SHADOW_PERFORMANCE, REAL_PERFORMANCE)
    )
    rows = {row for table in tables for row in table.select("bot", "run").unique().iter_rows()}
    return rows | {(declared.bot, declared.run) for declared in view.context.declarations}


def _listed(names: Iterable[str]) -> str:
    found = sorted(set(names))
    if not found:
        return "no bot has reported yet"
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"known: {', '.join(found[:SHOWN])}{more}"
