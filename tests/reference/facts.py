"""Records as they lie in a log, and the facts that they hold."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.reference.moments import microseconds
from tests.reference.numbers import number

Record = Mapping[str, Any]
"""Either an event, appended at its own `at`, or {"appended_at", "backfill", "event"}."""

TOPICS = {
    "run.declared": "settings",
    "settings.changed": "settings",
    "knob.overridden": "settings",
    "import.completed": "settings",
    "signal.emitted": "signals",
    "exit.signalled": "signals",
    "decision.made": "decisions",
    "signal.expired": "decisions",
    "order.filled": "executions",
    "trade.closed": "outcomes",
    "market.bar": "market",
    "market.quote": "market",
    "context.observed": "market",
    "clock.ticked": "market",
}

_BAR = ("open", "high", "low", "close")
PRICES = {
    "market.bar": (*_BAR, *(f"{side}_{name}" for side in ("bid", "ask") for name in _BAR)),
    "market.quote": ("bid", "ask"),
}


@dataclass(frozen=True)
class Fact:
    """One event with what the log knows of it."""

    body: Mapping[str, Any]
    appended_at: int
    backfill: bool

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @cached_property
    def at(self) -> int:
        return microseconds(self.body["at"])

    @property
    def mode(self) -> str:
        return str(self.body.get("mode") or "live")

    @property
    def run(self) -> tuple[str, str]:
        """Bot and run."""
        return str(self.body["bot"]), str(self.body.get("run") or "default")

    @property
    def symbol(self) -> str:
        return str(self.body["symbol"])

    @property
    def signal(self) -> tuple[str, str, str] | None:
        """Identity of the signal that it is or names."""
        name = self.body.get("signal_id")
        return None if name is None else (*self.run, str(name))

    @property
    def order(self) -> tuple[int, str]:
        return self.at, self.id

    @property
    def precedence(self) -> tuple[int, Sequence[Decimal], str]:
        """Order the events under one id: the first appended, of one moment the lesser prices, else the lesser text."""
        prices = [self.number(name) or Decimal(0) for name in PRICES.get(self.type, ())]
        return self.appended_at, prices, self.content

    @property
    def content(self) -> str:
        """The event as it was written."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":"), default=str)

    def moment(self, name: str) -> int | None:
        value = self.body.get(name)
        return None if value is None else microseconds(value)

    def number(self, name: str) -> Decimal | None:
        value = self.body.get(name)
        return None if value is None else number(value)


def fact_of(record: Record) -> Fact:
    """Read one record of a log."""
    if "event" not in record:
        return Fact(dict(record), microseconds(record["at"]), backfill=False)
    event = record["event"]
    appended_at = record.get("appended_at") or event["at"]
    return Fact(dict(event), microseconds(appended_at), backfill=bool(record.get("backfill")))
