"""Scenarios that were kept, beside the log: what each let through over the window, and what the bot did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from untaken.errors import UntakenError
from untaken.projections.figures import Figures, moment, money, share
from untaken.projections.ledger import in_turn
from untaken.replay.whatif.judging import TAKEN
from untaken.replay.whatif.saved import Saved, saved_scenarios, saved_view
from untaken.streams.answers import Asked, Group
from untaken.streams.view import View, Window

_READ = ("status", "resolved", "overlapped", "pnl_e8")


def saved_figures(live: View, state: Path, asked: Asked, now: int | None) -> list[Figures]:
    """Return every scenario kept beside a state, with what it and the bot let through in turn.

    Both are of the window as far as the kept state goes, so that what came since counts for neither. A kept state
    that cannot be read says why, and hides no other.
    """
    window = asked.window(live, now)
    return [_figures(live, state, each, window, asked) for each in saved_scenarios(state)]


def _figures(live: View, state: Path, kept: Saved, window: Window, asked: Asked) -> Figures:
    named = {
        "name": kept.name,
        "scenario": kept.title,
        "digest": kept.digest,
        "rules": kept.rules,
        "answer": kept.answer,
    }
    try:
        with saved_view(state, kept.name) as view:
            until = view.watermark + 1 if window.until is None else min(window.until, view.watermark + 1)
            shared = Window(window.since, until)
            groups = list(_compared(*(_let_through(each, shared, asked) for each in (live, view))))
            return {**named, "watermark": moment(view.watermark), "problem": None, "groups": groups}
    except UntakenError as problem:
        return {**named, "watermark": None, "problem": str(problem), "groups": []}


def _let_through(view: View, window: Window, asked: Asked) -> dict[Group, Figures]:
    """Return trades and results in turn of the signals that were let through, by group."""
    rows = view.columns("ledger", (*Group._fields, *_READ), window, asked.filters)
    counts = pl.col("status").is_in(TAKEN) & in_turn() & pl.col("pnl_e8").is_not_null()
    pnl = pl.col("pnl_e8").filter(counts).cast(pl.Int128)
    found = rows.group_by(Group._fields).agg(
        trades=counts.sum(), wins=(pl.col("pnl_e8").filter(counts) > 0).sum(), pnl=pnl.sum()
    )
    return {
        Group(*row[:4]): {
            "trades": int(row[4]),
            "wins": int(row[5]),
            "win_rate": share(int(row[5]), int(row[4])),
            "pnl": money(int(row[6])),
        }
        for row in found.iter_rows()
    }


_NOTHING: Figures = {"trades": 0, "wins": 0, "win_rate": None, "pnl": money(0)}


def _compared(base: dict[Group, Figures], scenario: dict[Group, Figures]) -> Iterator[Figures]:
    for group in sorted({*base, *scenario}):
        was, would = base.get(group, _NOTHING), scenario.get(group, _NOTHING)
        yield {
            **group._asdict(),
            "base": was,
            "scenario": would,
            "difference": would["pnl"] - was["pnl"],
        }
