"""Knob state: what each knob stands at, who or what set it, and how it came there.

A cycle moves what has been learned (`knob.adjusted`); somebody's override (`knob.overridden`) stands before it
until it ends, and does not stop cycles from learning beneath. Of several overrides the newest holds; one
whose `until` is not after its own time lifts whatever stood before. An override without `until` holds until
the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from untaken.projections.figures import Figures, moment
from untaken.projections.knobs import KNOBS, Knob, knob_named

Event = Mapping[str, Any]
Place = tuple[str, str, str | None]
"""Bot, mode and symbol; None: the bot's value, for all symbols."""


def knob_state_section(
    adjusted: pl.DataFrame, overridden: pl.DataFrame, at: int, bots: Iterable[tuple[str, str]] = ()
) -> list[Figures]:
    """Return every knob's state at a time (microseconds), by bot, mode, symbol, and in the order of KNOBS.

    `adjusted` and `overridden` hold the facts in the columns of `schemas.columns`, in any order; a fact that
    is given twice counts once. `bots` are listed with defaults even if nothing ever moved their knobs; a
    symbol is listed with the knobs that were set for it.
    """
    told = _told(adjusted, overridden, at)
    places = {(bot, mode, None) for bot, mode in bots} | {_place(event) for event in told}
    return [
        state.figures()
        for place in sorted(places, key=lambda place: (*place[:2], place[2] is not None, place[2] or ""))
        for state in _states(place, [event for event in told if _place(event) == place], at)
    ]


def in_force(
    states: Sequence[Figures], bot: str, mode: str, knob: str, symbol: str | None = None
) -> float | None:
    """Return the value that a bot is to use: its symbol's if there is one, else its own; None if unknown."""
    found = {
        state["symbol"]: state["used"]
        for state in states
        if (state["bot"], state["mode"], state["knob"]) == (bot, mode, knob)
    }
    value = found.get(symbol, found.get(None))
    return None if value is None else float(value)


def _told(adjusted: pl.DataFrame, overridden: pl.DataFrame, at: int) -> list[Event]:
    """Return the facts up to this time, each once, in order of (at, id)."""
    facts = {
        (event["at"], event["id"]): event
        for frame in (adjusted, overridden)
        for event in frame.filter(pl.col("at") <= at).to_dicts()
    }
    return [facts[key] for key in sorted(facts)]


def _place(event: Event) -> Place:
    return event["bot"], event["mode"], event["symbol"]


@dataclass(frozen=True)
class _State:
    """One knob in one place."""

    place: Place
    name: str
    knob: Knob | None
    events: Sequence[Event]
    at: int

    @property
    def last_move(self) -> Event | None:
        return next((event for event in reversed(self.events) if "target" in event), None)

    @property
    def override(self) -> Event | None:
        """The newest override, if it still holds."""
        newest = next((event for event in reversed(self.events) if "target" not in event), None)
        ends = newest["until"] if newest else None
        return None if ends is not None and ends <= self.at else newest

    def learned(self) -> float | None:
        move = self.last_move
        if move:
            return float(move["new"])
        return self.knob.default if self.knob else None

    def figures(self) -> Figures:
        bot, mode, symbol = self.place
        move, override = self.last_move, self.override
        current = float(override["new"]) if override else self.learned()
        return {
            "bot": bot,
            "mode": mode,
            "symbol": symbol,
            "knob": self.name,
            "alias": self.knob.alias if self.knob else None,
            "unit": self.knob.unit if self.knob else None,
            "current": current,
            "used": self.knob.used(current) if self.knob and current is not None else current,
            "learned": self.learned(),
            "default": self.knob.default if self.knob else None,
            "target": float(move["target"]) if move else None,
            "range": [self.knob.low, self.knob.high] if self.knob else None,
            "last_rules": list(move["rules"] or []) if move else [],
            "evidence": _evidence(move) if move else None,
            "last_change": moment(self.events[-1]["at"]) if self.events else None,
            "override": _overriding(override) if override else None,
            "history": [_step(event) for event in self.events],
        }


def _states(place: Place, told: Sequence[Event], at: int) -> list[_State]:
    """Return the states in one place: every knob of the bot, those that were set of a symbol."""
    events: dict[str, list[Event]] = {} if place[2] else {knob.name: [] for knob in KNOBS}
    for event in told:
        knob = knob_named(event["knob"])
        events.setdefault(knob.name if knob else event["knob"], []).append(event)
    order = {knob.name: number for number, knob in enumerate(KNOBS)}
    return [
        _State(place, name, knob_named(name), events[name], at)
        for name in sorted(events, key=lambda name: (order.get(name, len(order)), name))
    ]


def _evidence(move: Event) -> Any:
    """Free maps are kept as JSON."""
    evidence = move["evidence"]
    return json.loads(evidence) if isinstance(evidence, str) else evidence


def _overriding(event: Event) -> Figures:
    return {
        "new": float(event["new"]),
        "by": event["by"],
        "why": event["why"],
        "at": moment(event["at"]),
        "until": moment(event["until"]),
    }


def _step(event: Event) -> Figures:
    if "target" not in event:
        return {"kind": "overridden", **_overriding(event)}
    return {
        "kind": "adjusted",
        "at": moment(event["at"]),
        "old": float(event["old"]),
        "target": float(event["target"]),
        "new": float(event["new"]),
        "rules": list(event["rules"] or []),
        "cycle_id": event["cycle_id"],
    }
