"""Logs of one bot under two sets of rules: as it was, and as it would have been."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from tests.generators.chance import Chance, rounded
from tests.generators.delivery import Record
from tests.generators.logs import random_log
from tests.generators.world import SETTINGS
from tests.properties.changes import settings, with_settings
from tests.reference.moments import DAY, microseconds
from tests.streams.chain.engines import computed
from untaken.projections.figures import Figures
from untaken.replay.whatif.answer import Asked, what_if
from untaken.replay.whatif.scenario import NO_CHANGE, Scenario
from untaken.streams.view import View

Event = dict[str, Any]
Change = Callable[[Event], Event]

GATE = "confidence"
CODE = "confidence_threshold"
THRESHOLD = 0.5


@cache
def log_of(seed: int) -> tuple[Record, ...]:
    """Return a random log of bots whose chains are complete and whose signals never expire.

    Whether a signal would have expired had it been let through, no log knows.
    """
    records = [r for r in random_log(seed, signals=90, days=1) if r["event"]["type"] != "signal.expired"]
    return tuple(edited(records, without_expiry, asked_to_the_end))


@cache
def view_of_seed(seed: int) -> View:
    """Return what an engine makes of that log; it is only read."""
    return view_of(log_of(seed))


@cache
def gated_view_of_seed(seed: int) -> View:
    """Return the same of bots that recorded what their confidence guard judged by, and never traded."""
    return view_of(edited(never_executed(log_of(seed)), gated_at(THRESHOLD)))


def never_executed(records: Sequence[Record]) -> list[Record]:
    """Leave out fills and trades: a bot that lets less through would not have had them."""
    return [r for r in records if r["event"]["type"] not in ("order.filled", "trade.closed")]


def edited(records: Sequence[Record], *changes: Change) -> list[Record]:
    """Return records with every event changed."""
    found = []
    for record in records:
        event = dict(record["event"])
        for change in changes:
            event = change(event)
        found.append({**record, "event": event})
    return found


def without_expiry(event: Event) -> Event:
    return {name: value for name, value in event.items() if name != "expires_at"}


def asked_to_the_end(event: Event) -> Event:
    return {**event, "final": True, "chain_complete": True} if is_decision(event) else event


def is_decision(event: Event) -> bool:
    return bool(event["type"] == "decision.made")


def switched_off(guard: str) -> Change:
    """Let a guard approve of everything."""

    def change(event: Event) -> Event:
        off = is_decision(event) and event["guard"] == guard
        return {**event, "verdict": "approved"} if off else event

    return change


def gated_at(threshold: float) -> Change:
    """Let the confidence guard judge by a value, which is the same whatever the threshold; some tell none."""

    def change(event: Event) -> Event:
        if not is_decision(event) or event["guard"] != GATE:
            return event
        chance = Chance(event["id"].removesuffix("-z"))
        value = rounded(chance.random(), 2)
        if chance.happens(0.1):
            return {**event, "reason_code": CODE}
        verdict = "approved" if value >= threshold else "blocked"
        judged = {"value": value, "threshold": threshold, "comparison": ">=", "reason_code": CODE}
        return {**event, "verdict": verdict, **judged}

    return change


def with_exits(**fields: Any) -> Change:
    """Let every signal say these exits."""

    def change(event: Event) -> Event:
        return {**event, **fields} if event["type"] == "signal.emitted" else event

    return change


def view_of(records: Sequence[Record], values: Mapping[str, Any] | None = None) -> View:
    """Return what an engine makes of records, under settings that hold from the beginning."""
    first = settings(microseconds("2024-03-04T00:00:00Z") - DAY, {**SETTINGS, **(values or {})})
    known = with_settings(records) if values is None else [first, *records]
    return View(computed(known).state)


def asked(view: View, scenario: Scenario = NO_CHANGE, **more: Any) -> list[Figures]:
    """Return the groups of one scenario."""
    (answer,) = what_if(view, [scenario], Asked(signals=True, **more))["scenarios"]
    return list(answer["groups"])


def sides(
    groups: Sequence[Figures], side: str, books: Sequence[str] = ("in_turn", "alone")
) -> dict[Any, Any]:
    """Return one side's figures by bot, run, currency and book."""
    return {
        (group["bot"], group["run"], group["mode"], group["currency"], book): group[book][side]
        for group in groups
        for book in books
    }


def rows_of(frame: pl.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    return frame.select(list(dict.fromkeys(["bot", "run", "signal_id", *columns]))).to_dicts()
