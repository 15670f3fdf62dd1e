"""What a scenario may name: guards, reason codes, strategies and components that the log knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import orjson
import polars as pl

from untaken.replay.whatif.scenario import Scenario, ScenarioRefused
from untaken.streams.chain.context import Context

SHOWN = 10


def demand_names(scenario: Scenario, rows: pl.DataFrame, context: Context) -> None:
    """Raise ScenarioRefused for a name that occurs nowhere in these ledger rows; say which ones look like it."""
    if scenario.guards_off:
        _demand("guard", scenario.guards_off, _guards(rows, context))
    if scenario.thresholds:
        _demand("reason code or guard", scenario.thresholds, {*_guards(rows, context), *_codes(rows)})
    if scenario.strategy_weights:
        _demand("strategy", scenario.strategy_weights, set(rows["strategy"].unique()))
    if scenario.component_weights:
        _demand("component", scenario.component_weights, _components(rows))


def _demand(kind: str, wanted: Iterable[str], known: set[str]) -> None:
    for name in wanted:
        if name not in known:
            raise ScenarioRefused(f"no {kind} {name!r} is in this log; {_hint(name, known)}")


def _hint(name: str, known: set[str]) -> str:
    if not known:
        return "nothing of that kind was reported"
    close = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return f"known: {', '.join(sorted(known)[:SHOWN])}{more}"


def _guards(rows: pl.DataFrame, context: Context) -> set[str]:
    seen = rows.select(pl.col("asked").explode().struct.field("guard").unique()).to_series()
    declared = {name for declaration in context.declarations for name in declaration.guards}
    return {*seen.drop_nulls(), *declared}


def _codes(rows: pl.DataFrame) -> set[str]:
    seen = rows.select(pl.col("verdicts").explode().struct.field("reason_code").unique()).to_series()
    return set(seen.drop_nulls())


def _components(rows: pl.DataFrame) -> set[str]:
    return {name for text in rows["components"].drop_nulls().unique() for name in orjson.loads(text)}
