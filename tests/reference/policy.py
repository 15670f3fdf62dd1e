"""On which terms a shadow trade is entered and left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.reference.facts import Fact
from tests.reference.moments import MINUTE, SECOND
from tests.reference.numbers import EXACT, half, moved, number, percent, price
from tests.reference.runs import Run
from tests.reference.settings import Settings


@dataclass(frozen=True)
class Policy:
    """When a trade is left; distances as shares of the entry price, 0 is none, spans in microseconds."""

    take_profit: Decimal
    stop_loss: Decimal
    trailing: Decimal
    roi_steps: Sequence[tuple[int, Decimal]]
    hold: int


@dataclass(frozen=True)
class Entry:
    at: int
    price: Decimal
    half_spread: Decimal


def policy_of(signal: Fact, run: Run, settings: Settings) -> Policy:
    """Take each field from the signal, else from its strategy, else from the settings."""
    of_strategy: Mapping[str, Any] = run.strategies.get(signal.body["strategy"]) or {}

    def field(name: str) -> Any:
        for source in (signal.body, of_strategy):
            if source.get(name) is not None:
                return source[name]
        return settings.values.get("shadow." + name)

    steps = [(int(number(minutes) * MINUTE), percent(share)) for minutes, share in field("roi_steps") or []]
    return Policy(
        take_profit=percent(field("take_profit_pct")),
        stop_loss=percent(field("stop_loss_pct")),
        trailing=percent(field("trailing_stop_pct")),
        roi_steps=sorted(steps, key=lambda step: step[0]),
        hold=int(number(field("max_hold_s")) * SECOND),
    )


def first_decision(decisions: Sequence[Fact]) -> Fact | None:
    """Return the first decision of the first attempt."""
    if not decisions:
        return None
    first_attempt = min(attempt_of(decision) for decision in decisions)
    return min((one for one in decisions if attempt_of(one) == first_attempt), key=place_in_chain)


def attempt_of(decision: Fact) -> int:
    return int(decision.body.get("attempt") or 1)


def place_in_chain(decision: Fact) -> tuple[int, bool, int, str, str]:
    """Order decisions by (at, seq, guard); one without a seq comes after those that have one."""
    seq = decision.body.get("seq")
    return decision.at, seq is None, seq or 0, str(decision.body["guard"]), decision.id


def entry_of(signal: Fact, decisions: Sequence[Fact], settings: Settings) -> Entry:
    """Enter at the first decision, if it came in time, else at the signal itself."""
    decision = first_decision(decisions)
    if decision is None or decision.at > signal.at + settings.span("shadow.decision_window_s"):
        return Entry(signal.at, booked(signal, price(signal.body["price"]), Decimal(0), settings), Decimal(0))
    spread = half_spread(decision.body.get("snapshot") or {})
    entry_price = booked(signal, decision_price(signal, decisions), spread, settings)
    return Entry(max(signal.at, decision.at), entry_price, spread)


def decision_price(signal: Fact, decisions: Sequence[Fact]) -> Decimal:
    """Return the price that the first decision saw, however late it came; else the signal's."""
    decision = first_decision(decisions)
    snapshot = (decision.body.get("snapshot") if decision is not None else None) or {}
    return price(snapshot.get("price", signal.body["price"]))


def half_spread(snapshot: Mapping[str, Any]) -> Decimal:
    """Return half of what lies between bid and ask; nothing where one is missing, or they are crossed."""
    if snapshot.get("bid") is None or snapshot.get("ask") is None:
        return Decimal(0)
    return half(max(Decimal(0), EXACT.subtract(price(snapshot["ask"]), price(snapshot["bid"]))))


def booked(signal: Fact, base: Decimal, spread: Decimal, settings: Settings) -> Decimal:
    """Return (base +- half spread) x (1 +- slippage), against the trader."""
    direction = direction_of(signal)
    quoted = EXACT.add(base, EXACT.multiply(Decimal(direction), spread))
    return moved(quoted, settings.slippage, direction)


def direction_of(fact: Fact) -> int:
    return 1 if fact.body["direction"] == "long" else -1
