"""Logs with what comes late or contradicts: settings and declarations after the facts, ids of two events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.generators.chance import Chance
from tests.generators.delivery import Record, by_arrival
from tests.generators.world import SETTINGS, START
from tests.reference.moments import DAY, HOUR, MINUTE, microseconds, text_of

Change = Callable[[list[Record], Chance], list[Record]]


def settings(
    at: int, values: Mapping[str, Any], *, effective_at: int | None = None, retroactive: bool = False
) -> Record:
    """Build a `settings.changed` as the command line writes it, of this time."""
    event: dict[str, Any] = {
        "type": "settings.changed",
        "id": f"settings-{at}",
        "at": text_of(at),
        "bot": "untaken",
        "settings": dict(values),
        "digest": "not looked at",
    }
    if effective_at is not None:
        event["effective_at"] = text_of(effective_at)
    if retroactive:
        event["retroactive"] = True
    return {"appended_at": text_of(at), "backfill": False, "event": event}


FIRST_SETTINGS = settings(START - DAY, SETTINGS)


def with_settings(records: Sequence[Record], *more: Record) -> list[Record]:
    """Return a log that begins with the settings it is to be read under, and changes them later."""
    return by_arrival([FIRST_SETTINGS, *records, *more])


STOPS = {"shadow.stop_loss_pct": 0.7, "shadow.max_hold_s": 7200}
PRICES = {"prices.source": {"XRP/USD": "coarse", "LTC/USD": "fine"}, "prices.use_quotes": ["BTC/USD"]}
COSTS = {"shadow.fee_bps": 9, "shadow.decision_window_s": 1}
SHORT = {"log.horizon_s": 3600}
LONG = {"log.horizon_s": 30 * 86_400, "log.future_s": 7200}


def costs_change_from_a_time_on(records: list[Record], chance: Chance) -> list[Record]:
    moment = START + chance.between(2, 10) * HOUR
    return with_settings(records, settings(moment, COSTS, effective_at=moment + HOUR))


def stops_change_for_the_past(records: list[Record], chance: Chance) -> list[Record]:
    return with_settings(records, settings(START + chance.between(2, 20) * HOUR, STOPS, retroactive=True))


def prices_change_for_the_past(records: list[Record], chance: Chance) -> list[Record]:
    return with_settings(records, settings(START + chance.between(2, 20) * HOUR, PRICES, retroactive=True))


def prices_change_from_a_time_on(records: list[Record], chance: Chance) -> list[Record]:
    moment = START + chance.between(2, 8) * HOUR
    values = {"prices.source": {"XRP/USD": "coarse"}, "prices.use_quotes": []}
    return with_settings(records, settings(moment + 3 * HOUR, values, effective_at=moment))


def first_settings_come_after_the_facts(records: list[Record], chance: Chance) -> list[Record]:
    return by_arrival([*records, settings(START + chance.between(5, 20) * HOUR, SETTINGS)])


def horizon_comes_after_the_facts(records: list[Record], chance: Chance) -> list[Record]:
    late = settings(START + chance.between(5, 20) * HOUR, {**SETTINGS, **SHORT})
    return by_arrival([*records, late])


def horizon_grows_for_the_past(records: list[Record], chance: Chance) -> list[Record]:
    return with_settings(records, settings(START + chance.between(200, 240) * HOUR, LONG, retroactive=True))


def horizon_shrinks_from_a_time_on(records: list[Record], chance: Chance) -> list[Record]:
    moment = START + chance.between(2, 10) * HOUR
    values = {"log.horizon_s": 7200, "log.future_s": 0}
    return with_settings(records, settings(moment + 5 * HOUR, values, effective_at=moment))


def declarations_come_after_the_facts(records: list[Record], chance: Chance) -> list[Record]:
    late = [
        {**record, "appended_at": text_of(microseconds(record["appended_at"]) + chance.between(1, 48) * HOUR)}
        if record["event"]["type"] == "run.declared"
        else record
        for record in records
    ]
    return with_settings(late)


CHANGES: Mapping[str, Change] = {
    change.__name__: change
    for change in (
        costs_change_from_a_time_on,
        stops_change_for_the_past,
        prices_change_for_the_past,
        prices_change_from_a_time_on,
        first_settings_come_after_the_facts,
        horizon_comes_after_the_facts,
        horizon_grows_for_the_past,
        horizon_shrinks_from_a_time_on,
        declarations_come_after_the_facts,
    )
}


AS_IF_ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "stops_change_for_the_past": STOPS,
    "prices_change_for_the_past": PRICES,
    "first_settings_come_after_the_facts": {},
    "horizon_comes_after_the_facts": SHORT,
    "horizon_grows_for_the_past": LONG,
    "declarations_come_after_the_facts": {},
}
"""Changes after which everything is as if these settings had held from the beginning (beside SETTINGS)."""


def clashing(kind: str, alter: Callable[[dict[str, Any], Chance], dict[str, Any]]) -> Change:
    """Return a change that gives ids of a kind of event to another event too, appended before or after it."""

    def change(records: list[Record], chance: Chance) -> list[Record]:
        chosen = [record for record in records if record["event"]["type"] == kind and chance.happens(0.4)]
        return with_settings(records, *(_taken(record, alter, chance) for record in chosen[:40]))

    return change


def _taken(
    record: Record, alter: Callable[[dict[str, Any], Chance], dict[str, Any]], chance: Chance
) -> Record:
    event = {**record["event"], **alter(record["event"], chance)}
    moment = microseconds(record["appended_at"]) + chance.one_of(-HOUR, 0, HOUR)
    return {
        "appended_at": text_of(max(moment, microseconds(event["at"]) - MINUTE)),
        "backfill": True,
        "event": event,
    }


def _moved(event: dict[str, Any], by: int, *names: str) -> dict[str, Any]:
    return {name: text_of(microseconds(event[name]) + by) for name in names}


CLASHES: Mapping[str, Change] = {
    "fills_of_another_signal": clashing(
        "order.filled", lambda _, chance: {"signal_id": f"s{chance.between(0, 9):04d}"}
    ),
    "fills_of_another_trade": clashing(
        "order.filled", lambda _, chance: {"trade_id": f"t{chance.between(0, 9):04d}"}
    ),
    "trades_of_another_signal": clashing(
        "trade.closed", lambda _, chance: {"signal_id": f"s{chance.between(0, 9):04d}", "pnl": 1.0}
    ),
    "exits_at_another_time": clashing(
        "exit.signalled", lambda event, chance: _moved(event, chance.one_of(-HOUR, HOUR // 2), "at")
    ),
    "exits_of_another_book": clashing("exit.signalled", lambda _, __: {"strategy": "plain"}),
    "signals_of_another_identity": clashing(
        "signal.emitted", lambda _, chance: {"signal_id": f"other{chance.between(0, 5)}"}
    ),
    "signals_of_another_day": clashing("signal.emitted", lambda event, _: _moved(event, -DAY, "at")),
    "decisions_on_another_signal": clashing(
        "decision.made", lambda _, chance: {"signal_id": f"s{chance.between(0, 9):04d}", "verdict": "blocked"}
    ),
    "expiries_of_another_signal": clashing(
        "signal.expired", lambda _, chance: {"signal_id": f"s{chance.between(0, 9):04d}"}
    ),
    "declarations_of_another_currency": clashing("run.declared", lambda _, __: {"account_currency": "CHF"}),
    "bars_of_another_time": clashing(
        "market.bar", lambda event, chance: _moved(event, chance.one_of(1, 500) * HOUR, "at", "open_at")
    ),
    "bars_of_other_prices": clashing(
        "market.bar", lambda event, _: {"high": event["high"] * 1.01, "low": event["low"] * 0.99}
    ),
    "quotes_of_another_time": clashing("market.quote", lambda event, _: _moved(event, 2 * HOUR, "at")),
}
