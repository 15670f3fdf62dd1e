"""Pair locks of freqtrade: what they say of themselves, and which guard stands behind one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from untaken.schemas.events.market import ContextObserved
from untaken.schemas.events.runs import GuardDeclared
from untaken.schemas.kinds import GuardKind
from untaken.schemas.times import to_us
from untaken.streams.connectors.freqtrade.cells import Record, Unusable, moment, text
from untaken.streams.connectors.freqtrade.trades import Run

LOCK_GUARD: Final = "pair_lock"
"""The guard of a lock whose reason is not one of freqtrade's own: a strategy's `lock_pair`, or a person's."""

GUARDS: Final[Mapping[str, GuardKind | None]] = {
    "StoplossGuard": "portfolio",
    "CooldownPeriod": "portfolio",
    "LowProfitPairs": "portfolio",
    "MaxDrawdown": "portfolio",
    "auto_lock": "portfolio",
    "position_open": "portfolio",
    LOCK_GUARD: None,
}
"""Kinds: protections look at recent results; what stands behind any other lock is not known."""

_NUMBER = r"-?[\d.]+(?:e-?\d+)?"
# The texts of freqtrade 2020.11 to 2026.9 (plugins/protections/*.py, freqtradebot.py), from their beginning.
_REASONS: Final = (
    ("StoplossGuard", re.compile(r"\d+ stoplosses in .+, locking ")),
    ("CooldownPeriod", re.compile(r"Cooldown period ")),
    ("LowProfitPairs", re.compile(rf"{_NUMBER} < {_NUMBER} in .+, locking ")),
    ("MaxDrawdown", re.compile(rf"{_NUMBER} passed {_NUMBER} in .+, locking ")),
    ("auto_lock", re.compile(r"Auto lock$")),
)


@dataclass(frozen=True)
class Lock:
    """No entries of a pair (None: of any) and side (`*`: both) from `begin` until before `end`."""

    key: str
    pair: str | None
    side: str
    reason: str | None
    begin: datetime
    end: datetime
    active: bool = True
    """False: lifted before its end, when is not kept."""

    @property
    def guard(self) -> str:
        """Return the guard that its reason names beyond doubt, else `pair_lock`."""
        return next((name for name, said in _REASONS if said.match(self.reason or "")), LOCK_GUARD)


def read_lock(record: Record, key: str) -> Lock:
    """Read one lock; raises Unusable where it has no begin or end."""
    begin = moment(record, "lock_timestamp", "lock_time")
    end = moment(record, "lock_end_timestamp", "lock_end_time")
    if begin is None or end is None:
        raise Unusable(f"lock {key} has no begin or end")
    pair = text(record, "pair")
    lifted = record.get("active") is False
    return Lock(
        key,
        None if pair in {None, "*"} else pair,
        text(record, "side") or "*",
        text(record, "reason"),
        begin,
        end,
        active=not lifted,
    )


def observed(lock: Lock, run: Run) -> ContextObserved:
    """Return the lock as an outside reading; its value is the lock's end in seconds since the epoch."""
    symbol = None if lock.pair is None else run.aliases.get(lock.pair, lock.pair)
    known = {"reason": lock.reason, "side": lock.side, "guard": lock.guard}
    known["reported_symbol"] = None if symbol == lock.pair else lock.pair
    return ContextObserved(
        **run.common("context.observed", f"lock/{lock.key}"),
        at=lock.begin,
        name="freqtrade.lock",
        value=to_us(lock.end) / 1_000_000,
        symbol=symbol,
        source="freqtrade",
        meta={name: value for name, value in known.items() if value},
    )


def declared_guards() -> dict[str, GuardDeclared]:
    """Return the guards that locks can stand for, as a run declares them."""
    return {name: GuardDeclared(kind=kind) for name, kind in GUARDS.items()}


def locks_of(records: Any) -> Iterator[Lock]:
    """Read the locks of a backtest result."""
    for place, record in enumerate(records or [], start=1):
        yield read_lock(record, str(place))
