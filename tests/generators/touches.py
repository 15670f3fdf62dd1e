"""Bars that touch a level exactly, or miss it by one unit of the twelfth digit."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.generators.bots import Wish
from tests.generators.chance import Chance
from tests.generators.market import Event
from tests.reference.facts import Fact
from tests.reference.moments import microseconds
from tests.reference.numbers import PRICE, number
from tests.reference.policy import direction_of, entry_of, policy_of
from tests.reference.runs import runs_of
from tests.reference.settings import Settings
from tests.reference.walk import Trade

NEAR = Decimal("0.004")
"""How far a bar is stretched at most, as a share of its price."""


def touch_levels(
    wishes: Sequence[Wish],
    decisions: Mapping[str, Sequence[Event]],
    bars: Sequence[Event],
    declarations: Sequence[Event],
    settings: Mapping[str, Any],
    chance: Chance,
) -> None:
    """Stretch bars in place, so that they end exactly at a level of some signal."""
    runs = runs_of([Fact(one, 0, backfill=False) for one in declarations])
    by_symbol: dict[str, list[Event]] = {}
    for bar in bars:
        by_symbol.setdefault(bar["symbol"], []).append(bar)
    for wish in wishes:
        if chance.happens(0.6):
            signal = Fact(wish.event, wish.at, backfill=False)
            verdicts = [Fact(one, 0, backfill=False) for one in decisions[wish.event["id"]]]
            entry = entry_of(signal, verdicts, Settings.of(settings))
            policy = policy_of(signal, runs.at(signal.run, signal.at), Settings.of(settings))
            trade = Trade(direction_of(signal), entry, policy, Decimal(0), None)
            touch_one(trade, by_symbol.get(wish.symbol.name, []), chance)


def touch_one(trade: Trade, bars: Sequence[Event], chance: Chance) -> None:
    level = trade.fixed_target if chance.happens(0.5) else trade.fixed_stop
    if level.price == trade.entry.price or level.price <= 0:
        return
    above = level.price > trade.entry.price
    extreme = "high" if above else "low"
    for bar in bars:
        if trade.entry.at <= microseconds(bar["open_at"]) < trade.hold_end and in_reach(
            bar, extreme, level.price
        ):
            bar[extreme] = float(missed(level.price, above) if chance.happens(0.25) else level.price)
            return


def in_reach(bar: Event, extreme: str, level: Decimal) -> bool:
    """Whether a little more of a bar would bring it to the level."""
    beyond = (level - number(bar[extreme])) / level
    return 0 < (beyond if extreme == "high" else -beyond) < NEAR


def missed(level: Decimal, above: bool) -> Decimal:  # noqa: FBT001
    return PRICE.next_minus(level) if above else PRICE.next_plus(level)
