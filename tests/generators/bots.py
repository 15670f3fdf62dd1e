"""What bots say: declarations, signals, decisions in attempts, expiries, exit signals, repeats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.generators.chance import Chance, rounded
from tests.generators.labels import REASONS, labels_of
from tests.generators.market import Event, Path
from tests.generators.world import GUARDS, RUNS, START, STRATEGIES, Run, Symbol
from tests.reference.moments import DAY, HOUR, MINUTE, SECOND, microseconds, text_of

EXITS: Mapping[str, tuple[Any, ...]] = {
    "take_profit_pct": (0, 0.5, 1, 2.5, 4),
    "stop_loss_pct": (0, 0.4, 1, 2),
    "trailing_stop_pct": (0, 0.3, 0.7, 1.5),
    "roi_steps": ([[0, 1.5], [30, 0.8], [90, 0.1]], [[15, 0.4]], []),
    "max_hold_s": (900, 3600, 5400.5, 14400, 43200),
}


@dataclass(frozen=True)
class Wish:
    """A signal with what belongs to it: its run, its symbol, when and at what price."""

    run: Run
    symbol: Symbol
    event: Event

    @property
    def at(self) -> int:
        return microseconds(self.event["at"])

    def common(self, at: int, **fields: Any) -> Event:
        """Return the fields that whatever is said about this signal shares with it."""
        named = ("bot", "run", "mode", "symbol", "signal_id")
        return {
            "at": text_of(at),
            **{name: self.event[name] for name in named if name in self.event},
            **fields,
        }


def declarations() -> list[Event]:
    """Return what runs declare at their start, and what one of them declares anew after a day."""
    first = [declaration(run, START, STRATEGIES) for run in RUNS if run.currency is not None]
    changed = {**STRATEGIES, "trend": {"take_profit_pct": 0.8, "max_hold_s": 7200}}
    return [*first, declaration(RUNS[0], START + DAY, changed)]


def declaration(run: Run, at: int, strategies: Mapping[str, Mapping[str, Any]]) -> Event:
    aliases = {"XBTUSD": "BTC/USD", "ETHUSD": "ETH/USD"}
    return {
        **of_run("run.declared", f"run-{run.bot}-{run.run}-{at}", run, at),
        "account_currency": run.currency,
        "strategies": {name: dict(exits) for name, exits in strategies.items()},
        "guards": {name: {"kind": kind, "order": i} for i, (name, kind) in enumerate(GUARDS.items(), 1)},
        **({"symbols": aliases} if run.bot == "alpha" else {}),
    }


def of_run(kind: str, event_id: str, run: Run, at: int) -> Event:
    """Return the common fields; what is the default is left out."""
    common: Event = {"type": kind, "id": event_id, "at": text_of(at), "bot": run.bot}
    own = {"run": run.run} if run.run != "default" else {}
    return {**common, **own, **({"mode": run.mode} if run.mode != "live" else {})}


@dataclass(frozen=True)
class Stance:
    """Who signals what: the run, the symbol and its prices, the strategy, the side."""

    run: Run
    symbol: Symbol
    path: Path
    strategy: str
    direction: str

    @classmethod
    def drawn(cls, symbols: Mapping[Symbol, Path], chance: Chance) -> "Stance":
        symbol = chance.choice(list(symbols))
        strategy, direction = chance.one_of(*STRATEGIES), chance.one_of("long", "short")
        return cls(run_for(symbol, chance), symbol, symbols[symbol], strategy, direction)


def run_for(symbol: Symbol, chance: Chance) -> Run:
    """Draw who trades a symbol; the run that declares no currency keeps to one."""
    return chance.choice([run for run in RUNS if run.currency or symbol.name.endswith("/USD")])


def wishes(symbols: Mapping[Symbol, Path], count: int, days: float, chance: Chance) -> list[Wish]:
    """Return signals in clusters: strategies signal again on the candles after the first."""
    found: list[Wish] = []
    after_open = (0, 0, SECOND, 5 * SECOND, 5 * SECOND + 1, 18 * SECOND)
    while len(found) < count:
        stance = Stance.drawn(symbols, chance)
        at = START + chance.randrange(int(days * DAY) // (5 * MINUTE)) * 5 * MINUTE
        for _ in range(min(chance.one_of(1, 1, 2, 3, 5), count - len(found))):
            moment = at + chance.one_of(*after_open, chance.between(1, 299) * SECOND)
            found.append(wish_of(stance, f"s{len(found):04d}", moment, chance))
            at += chance.one_of(0, 5, 5, 15, 60) * MINUTE
    return found


def late_wishes(symbols: Mapping[Symbol, Path], end: int, count: int, chance: Chance) -> list[Wish]:
    """Return signals so near to the end of the log that nobody knows yet what becomes of them."""
    moments = [end - chance.between(1, 800) * SECOND for _ in range(count)]
    return [
        wish_of(Stance.drawn(symbols, chance), f"end{place}", moment, chance)
        for place, moment in enumerate(moments)
    ]


def wish_of(stance: Stance, signal_id: str, at: int, chance: Chance) -> Wish:
    run, symbol = stance.run, stance.symbol
    by_alias = symbol.alias is not None and run.bot == "alpha" and chance.happens(0.5)
    event: Event = {
        **of_run("signal.emitted", f"{run.bot}-{run.run}-{signal_id}", run, at),
        "signal_id": signal_id,
        "symbol": symbol.alias if by_alias else symbol.name,
        "strategy": stance.strategy,
        "direction": stance.direction,
        "price": stance.path.at(at),
        **{name: chance.one_of(*values) for name, values in EXITS.items() if chance.happens(0.25)},
        **conversion(run, symbol, chance),
    }
    event.update(labels_of(event["id"]))
    if chance.happens(0.5):
        event["confidence"] = rounded(chance.random(), 2)
    if chance.happens(0.2):
        event["size"] = chance.one_of(250.0, 1234.5, 5000.0)
    if chance.happens(0.1):
        event["contract_size"] = chance.one_of(10.0, 0.01)
    if chance.happens(0.12):
        event["expires_at"] = text_of(at + chance.between(5, 900) * SECOND)
    return Wish(run, symbol, event)


def conversion(run: Run, symbol: Symbol, chance: Chance) -> Event:
    """Return the rate to account currency where one is needed, which bots now and then leave out."""
    quote = symbol.name.partition("/")[2]
    if quote in ("", run.currency) or run.currency is None or chance.happens(0.2):
        return {}
    if quote == "JPY":
        return {"fx_to_account": 0.00667 if run.currency == "USD" else 0.00613}
    return {"fx_to_account": run.fx_from_usd or 1.0}


def repeats(wish: Wish, chance: Chance) -> list[Event]:
    """Return the same signal under other ids, at its moment or seconds later, at another price."""
    found = []
    for place in range(chance.one_of(0, 0, 0, 0, 0, 0, 0, 1, 1, 2)):
        later = wish.at + chance.one_of(0, 10, 30) * SECOND
        price = rounded(wish.event["price"] * chance.one_of(1, 1.001, 0.999), wish.symbol.digits)
        found.append(
            {**wish.event, "id": f"{wish.event['id']}-again{place}", "at": text_of(later), "price": price}
        )
    return found


def decisions(wish: Wish, path: Path, chance: Chance) -> list[Event]:
    """Return the verdicts of some attempts; the last attempt says what the bot ended with."""
    if chance.happens(0.08):
        return []
    found: list[Event] = []
    delays = (-200_000, 50_000, 500_000, 2 * SECOND, 5 * SECOND, 5 * SECOND + 1, 9 * SECOND)
    at = wish.at + chance.choices(delays, (1, 4, 4, 2, 1, 1, 1))[0]
    for attempt in range(1, chance.one_of(1, 1, 1, 2, 3) + 1):
        found += asked(wish, attempt, at, path, chance)
        at += chance.between(5, 60) * SECOND
    return found


def asked(wish: Wish, attempt: int, at: int, path: Path, chance: Chance) -> list[Event]:
    """Return one chain: all guards asked, or cut after the first block; said to be so, or not."""
    manner = chance.one_of("complete", "complete", "cut", "cut and silent", "silent")
    with_seq, at_once = chance.happens(0.7), chance.happens(0.2)
    chain: list[Event] = []
    for place, (guard, kind) in enumerate(GUARDS.items(), 1):
        verdict = "blocked" if chance.happens(0.18) else "approved"
        decision = wish.common(at, type="decision.made", guard=guard, verdict=verdict, kind=kind)
        decision["id"] = f"{wish.event['id']}-{guard}-{attempt}"
        if verdict == "blocked" and guard in REASONS:
            decision["reason_code"] = REASONS[guard]
        decision.update({"seq": place} if with_seq else {})
        decision.update({"attempt": attempt} if attempt > 1 or chance.happens(0.5) else {})
        chain.append(decision)
        if verdict == "blocked" and manner.startswith("cut"):
            break
        at += 0 if at_once else chance.between(1, 400_000)
    if chance.happens(0.5):
        chance.choice(chain[:2])["snapshot"] = snapshot(wish, path, chance)
    if not manner.endswith("silent"):
        chain[-1].update(final=True, chain_complete=manner == "complete")
    return chain + second_thoughts(chain, chance)


def snapshot(wish: Wish, path: Path, chance: Chance) -> Event:
    ticks = round(wish.event["price"] * 10**path.digits) + chance.between(-3, 3)
    seen: Event = {"price": path.price(max(4, ticks))}
    if chance.happens(0.6):
        half = chance.between(0, 3)
        seen |= {
            "bid": path.price(max(1, ticks - half)),
            "ask": path.price(max(4, ticks) + half + chance.between(0, 1)),
        }
    return seen


def second_thoughts(chain: list[Event], chance: Chance) -> list[Event]:
    """Return now and then a guard's other verdict in the same attempt."""
    if not chance.happens(0.06):
        return []
    first = chance.choice(chain)
    other = "approved" if first["verdict"] == "blocked" else "blocked"
    later = text_of(microseconds(first["at"]) + chance.one_of(0, SECOND))
    kept = {
        name: value for name, value in first.items() if name not in ("final", "chain_complete", "snapshot")
    }
    return [{**kept, "id": first["id"] + "-z", "at": later, "verdict": other}]


def expiry(wish: Wish, chance: Chance) -> list[Event]:
    if not chance.happens(0.12):
        return []
    at = wish.at + chance.between(20, 200) * SECOND
    return [wish.common(at, type="signal.expired", id=f"{wish.event['id']}-expired")]


def exit_signals(found: list[Wish], chance: Chance) -> list[Event]:
    """Return exits for some of the books that have signals, half of them exactly at an open."""
    events = []
    for place, wish in enumerate(found):
        if chance.happens(0.3):
            after = chance.between(0, 36) * 5 * MINUTE + chance.one_of(0, 0, 20 * SECOND, 61 * SECOND)
            at = wish.at - wish.at % (5 * MINUTE) + after
            event = of_run("exit.signalled", f"exit-{place:04d}", wish.run, at)
            named = ("symbol", "strategy", "direction")
            events.append({**event, **{name: wish.event[name] for name in named}})
    return events


def ticks(days: float, end: int) -> list[Event]:
    moments = [START + hour * HOUR for hour in range(0, int(days * 24), 6)] + [end]
    return [{"type": "clock.ticked", "id": f"tick-{at}", "at": text_of(at), "bot": "feed"} for at in moments]
