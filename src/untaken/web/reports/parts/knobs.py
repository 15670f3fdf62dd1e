"""Knobs: what each stands at, its default and range, what moved it last, and what was said about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from untaken.web.reports.charts.scale import Scale
from untaken.web.reports.numbers import count, counted
from untaken.web.reports.words import Document, clean, instant, words_of


@dataclass(frozen=True)
class Knob:
    """One knob; places in percent of its range."""

    name: str
    alias: str
    current: str
    default: str
    target: str
    limits: str
    moved: str
    note: str
    at: float | None
    default_at: float | None
    target_at: float | None


@dataclass(frozen=True)
class Knobs:
    who: str
    knobs: list[Knob]
    still: str
    """What was never moved, in a sentence."""


def knobs_of(states: Sequence[Document]) -> list[Knobs]:
    """Lay out the knobs by bot, mode and symbol; those that nobody ever moved are only counted."""
    places = dict.fromkeys((state["bot"], state["mode"], state["symbol"]) for state in states)
    found = [_place(place, [s for s in states if _of(s) == place]) for place in places]
    return [each for each in found if each.knobs]


def _of(state: Document) -> tuple[str, str, str | None]:
    return state["bot"], state["mode"], state["symbol"]


def _place(place: tuple[str, str, str | None], states: Sequence[Document]) -> Knobs:
    moved = [state for state in states if state["history"]]
    still = len(states) - len(moved)
    return Knobs(
        who=" · ".join(clean(part) for part in place if part is not None),
        knobs=[_knob(state) for state in moved],
        still=f"{counted(still, 'other knob stands', 'other knobs stand')} at the default." if still else "",
    )


def _knob(state: Document) -> Knob:
    limits, override = state["range"], state["override"]
    scale = Scale(*map(float, limits)) if limits else None

    def place(value: float | None) -> float | None:
        return None if scale is None or value is None else scale.at(float(value))

    return Knob(
        name=clean(state["knob"]),
        alias=clean(state["alias"] or ""),
        current=f"{_value(state['used'])} {clean(state['unit'] or '')}".strip(),
        default=_value(state["default"]),
        target=_value(state["target"]),
        limits=f"{_value(limits[0])} to {_value(limits[1])}" if limits else "",
        moved=instant(state["last_change"]) if state["last_change"] else "",
        note=_overridden(override) if override else _learned(state),
        at=place(state["current"]),
        default_at=place(state["default"]),
        target_at=place(state["target"]),
    )


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _overridden(override: Document) -> str:
    until = f" until {instant(override['until'])}" if override["until"] else ""
    why = f": {clean(override['why'])}" if override["why"] else ""
    return f"overridden by {clean(override['by'])}{until}{why}"


def _learned(state: Document) -> str:
    rules = ", ".join(words_of(rule) for rule in state["last_rules"])
    moves = f"moved {count(len(state['history']))} times" if len(state["history"]) > 1 else "moved once"
    return f"{moves}; last by {rules}" if rules else moves
