"""Whole random logs."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.generators.bots import (
    Wish,
    decisions,
    declarations,
    exit_signals,
    expiry,
    late_wishes,
    repeats,
    ticks,
    wishes,
)
from tests.generators.chance import Chance
from tests.generators.delivery import Record, delivered
from tests.generators.executions import executions, manual_trades
from tests.generators.market import Event, Path, bars_of, quotes_of, walk
from tests.generators.touches import touch_levels
from tests.generators.world import SETTINGS, START, SYMBOLS, Symbol
from tests.reference.moments import DAY, HOUR


def random_log(
    seed: int,
    *,
    signals: int = 200,
    days: float = 2,
    symbols: Sequence[Symbol] = SYMBOLS,
    settings: Mapping[str, Any] = SETTINGS,
) -> list[Record]:
    """Return a log of so many signals over so many days, by arrival; it is read under `world.SETTINGS`.

    Exact touches are made for the given costs; under other settings there are fewer of them.
    """
    chance = Chance(seed)
    paths = {symbol: walk(symbol, days, chance) for symbol in symbols}
    bars = [bar for symbol, path in paths.items() for bar in bars_of(symbol, path, chance)]
    quotes = [quote for symbol, path in paths.items() for quote in quotes_of(symbol, path, chance)]
    end = START + int(days * DAY) + 8 * DAY
    pending = min(4, signals // 10)
    found = wishes(paths, signals - pending, days, chance) + late_wishes(paths, end, pending, chance)
    verdicts = {wish.event["id"]: decisions(wish, paths[wish.symbol], chance) for wish in found}
    declared = declarations()
    touch_levels(found, verdicts, bars, declared, settings, chance)
    told = [
        event for place, wish in enumerate(found) for event in story(wish, verdicts, paths, place, chance)
    ]
    manual = manual_trades(
        paths, [START + chance.between(1, 20) * HOUR for _ in range(signals // 25)], chance
    )
    events = [*declared, *bars, *quotes, *told, *exit_signals(found, chance), *manual, *ticks(days, end)]
    return delivered(events, chance)


def story(
    wish: Wish, verdicts: Mapping[str, list[Event]], paths: Mapping[Symbol, Path], place: int, chance: Chance
) -> list[Event]:
    """Return everything that is said and done about one signal."""
    own = verdicts[wish.event["id"]]
    real = executions(wish, own, paths[wish.symbol], place, chance)
    return [wish.event, *repeats(wish, chance), *own, *real, *([] if real else expiry(wish, chance))]
