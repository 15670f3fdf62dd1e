"""Count what is in a log, so that a suite can prove that it has seen every kind of trouble."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.reference.acceptance import refusal_of
from tests.reference.bars import microseconds_of
from tests.reference.facts import Fact, Record, fact_of
from tests.reference.moments import HOUR, MINUTE
from tests.reference.numbers import number, number_text
from tests.reference.series import market_of
from tests.reference.settings import Settings

HORIZON = 168 * HOUR


def census(records: Iterable[Record], answer: Mapping[str, Any]) -> Counter[str]:
    """Return how often each kind of thing occurs in a log and in the reference's answer to it."""
    facts = [fact_of(record) for record in records]
    return (
        counted(facts, RECORDS)
        + counted(answer["signals"].values(), ROWS)
        + Counter(f"exit: {row['exit_reason']}" for row in answer["signals"].values())
        + Counter(f"status: {row['status']}" for row in answer["signals"].values())
        + Counter(f"anomaly: {one['kind']}" for one in answer["anomalies"])
        + Counter(f"refused: {one['code']}" for one in answer["dead_letters"])
        + whole_log(facts, answer)
    )


def counted(things: Iterable[Any], kinds: Mapping[str, Callable[[Any], bool]]) -> Counter[str]:
    return Counter(kind for thing in things for kind, holds in kinds.items() if holds(thing))


RECORDS: Mapping[str, Callable[[Fact], bool]] = {
    "late within the horizon": lambda fact: 0 < lateness(fact) <= HORIZON and not fact.backfill,
    "late by the whole horizon": lambda fact: lateness(fact) == HORIZON,
    "as far ahead as allowed": lambda fact: fact.appended_at - fact.at == -5 * MINUTE,
    "backfill": lambda fact: fact.backfill,
    "repair": lambda fact: bool(fact.body.get("revision")),
    "bar with bid and ask": lambda fact: "bid_open" in fact.body,
    "alias": lambda fact: fact.body.get("symbol") in ("XBTUSD", "ETHUSD"),
    "exit signal": lambda fact: fact.type == "exit.signalled",
    "clock tick": lambda fact: fact.type == "clock.ticked",
    "price of many digits": lambda fact: fact.type == "market.bar" and digits(fact.body["high"]) > 12,
    "later attempt": lambda fact: (fact.body.get("attempt") or 1) > 1,
    "open beyond the extremes": lambda fact: fact.type == "market.bar" and opens_beyond(fact),
    "run left out": lambda fact: fact.body["bot"] == "delta",
    "signal that expires": lambda fact: fact.body.get("expires_at") is not None,
}

ROWS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "overlapped": lambda row: bool(row["overlapped"]),
    "entry bar partial": lambda row: bool(row["flags"]),
    "repeated": lambda row: row["repeats"] > 0,
    "several attempts": lambda row: row["attempts"] > 1,
    "chain complete": lambda row: row["chain_complete"] is True,
    "chain cut": lambda row: row["chain_complete"] is False,
    "chain not said": lambda row: row["chain_complete"] is None,
    "sole blocker": lambda row: row["sole"] is not None,
    "several blockers": lambda row: len(row["blockers"]) > 1,
    "without R": lambda row: row["milli_r"] is None and row["return_ppm"] is not None,
    "really traded": lambda row: row["real_pnl"] is not None,
}


def lateness(fact: Fact) -> int:
    """Return by how many microseconds a fact is late; up to a minute it is on time."""
    delay = fact.appended_at - fact.at
    return delay if delay > MINUTE else 0


def opens_beyond(fact: Fact) -> bool:
    return not fact.body["low"] <= fact.body["open"] <= fact.body["high"]


def digits(value: object) -> int:
    return len(number(value).normalize().as_tuple().digits)


def whole_log(facts: Sequence[Fact], answer: Mapping[str, Any]) -> Counter[str]:
    """Count what shows only in several facts together."""
    accepted = [fact for fact in facts if refusal_of(fact, Settings.of({})) is None]
    copies = Counter((fact.type, fact.id) for fact in accepted)
    return Counter(
        {
            "copy of an id": sum(n - 1 for n in copies.values()),
            "id of two events": ids_of_two_events(accepted),
            "repaired bar": repaired_bars(accepted),
            "gap": gaps(accepted),
            "bar of which only the close counts": close_only(accepted),
            "overlapping bar": sum(fact.id.endswith("-shifted") for fact in accepted),
            "run declared anew": runs_declared_anew(accepted),
            "fill that is not the first of its kind": later_fills(accepted),
            "decision before its signal": early_decisions(accepted),
            "exact touch": exact_touches(accepted, answer),
            "quote crossed": sum(one["crossed"] for one in answer["quotes"].values()),
            "symbol without prices": len(answer["symbols_without_prices"]),
            "money unknown": len(answer["money_unknown"]),
            "trade open": sum(one["state"] == "open" for one in answer["trades"].values()),
            "trade from fills": sum(one["source"] == "fills" for one in answer["trades"].values()),
            "trade reported": sum(one["source"] == "trade.closed" for one in answer["trades"].values()),
            "trade without signal": sum(one["signal_id"] is None for one in answer["trades"].values()),
        }
    )


def ids_of_two_events(facts: Iterable[Fact]) -> int:
    contents: dict[tuple[str, str], set[str]] = {}
    for fact in facts:
        contents.setdefault((fact.type, fact.id), set()).add(fact.content)
    return sum(len(different) > 1 for different in contents.values())


def bars_in(facts: Iterable[Fact]) -> dict[tuple[str, str, str], dict[int, list[Fact]]]:
    """Return bars by series and open time."""
    series: dict[tuple[str, str, str], dict[int, list[Fact]]] = {}
    for fact in facts:
        if fact.type == "market.bar":
            key = (fact.symbol, str(fact.body.get("source")), str(fact.body["interval"]))
            series.setdefault(key, {}).setdefault(fact.moment("open_at") or 0, []).append(fact)
    return series


def repaired_bars(facts: Iterable[Fact]) -> int:
    return sum(
        len({fact.id for fact in same}) > 1 for bars in bars_in(facts).values() for same in bars.values()
    )


def gaps(facts: Iterable[Fact]) -> int:
    """Count places where a series lacks at least one bar."""
    total = 0
    for (_, _, interval), bars in bars_in(facts).items():
        opens = sorted(bars)
        total += sum(b - a > microseconds_of(interval) for a, b in pairwise(opens))
    return total


def close_only(facts: Sequence[Fact]) -> int:
    bars = [fact for fact in facts if fact.type == "market.bar"]
    series = market_of(bars, [], Settings.of({})).series.values()
    return sum(not piece.whole for one in series for piece in one.pieces)


def runs_declared_anew(facts: Iterable[Fact]) -> int:
    declared = Counter(fact.run for fact in facts if fact.type == "run.declared")
    return sum(n - 1 for n in declared.values())


def later_fills(facts: Iterable[Fact]) -> int:
    """Count fills that scale a trade in or out."""
    fills = {fact.id: fact for fact in facts if fact.type == "order.filled"}.values()
    kinds = Counter((*fact.run, fact.body["trade_id"], fact.body["role"]) for fact in fills)
    return sum(n - 1 for n in kinds.values())


def early_decisions(facts: Sequence[Fact]) -> int:
    signals = sorted((fact for fact in facts if fact.type == "signal.emitted"), key=lambda fact: -fact.at)
    emitted = {fact.signal: fact.at for fact in signals}
    return sum(fact.at < emitted.get(fact.signal, fact.at) for fact in facts if fact.type == "decision.made")


def exact_touches(facts: Iterable[Fact], answer: Mapping[str, Any]) -> int:
    """Count targets that were left at exactly the price that was the end of some bar."""
    extremes = {
        number_text(number(fact.body[name]))
        for fact in facts
        if fact.type == "market.bar"
        for name in ("high", "low")
    }
    targets = [row for row in answer["signals"].values() if row["exit_reason"] in ("take_profit", "roi")]
    return sum(row["exit_price"] in extremes for row in targets)
