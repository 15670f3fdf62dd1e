"""What was really traded: scaled in and out, reported or not, with the errors that real bots make."""

from decimal import Decimal
from typing import Any

from tests.generators.bots import Wish, conversion, of_run, run_for
from tests.generators.chance import Chance, rounded
from tests.generators.market import Event, Path
from tests.generators.world import Symbol
from tests.reference.moments import MINUTE, SECOND, text_of


def executions(wish: Wish, verdicts: list[Event], path: Path, place: int, chance: Chance) -> list[Event]:
    """Return the real trade of a signal, if there was one; a blocked one is hardly ever traded."""
    last = max((one.get("attempt", 1) for one in verdicts), default=0)
    blocked = any(one["verdict"] == "blocked" for one in verdicts if one.get("attempt", 1) == last)
    if not chance.happens(0.05 if blocked else 0.55):
        return []
    after = max((one["at"] for one in verdicts), default=wish.event["at"])
    position = Position(wish, f"t{place:04d}", after, path, chance)
    return position.events()


def manual_trades(symbols: dict[Symbol, Path], moments: list[int], chance: Chance) -> list[Event]:
    """Return an operator's trades, which no signal asked for."""
    found: list[Event] = []
    for place, at in enumerate(moments):
        symbol = chance.choice(list(symbols))
        run = run_for(symbol, chance)
        event = {
            **of_run("signal.emitted", f"manual-{place}", run, at),
            "symbol": symbol.name,
            "direction": chance.one_of("long", "short"),
            "price": symbols[symbol].at(at),
            **conversion(run, symbol, chance),
        }
        text = text_of(at)
        assert text is not None
        found += Position(Wish(run, symbol, event), f"m{place:04d}", text, symbols[symbol], chance).events()
    return found


class Position:
    """One real position: quantities are tenths, so that what goes in can come out exactly."""

    def __init__(self, wish: Wish, trade_id: str, after: str, path: Path, chance: Chance) -> None:
        self.wish, self.trade_id, self.chance, self.path = wish, trade_id, chance, path
        self.entered_at = Wish(wish.run, wish.symbol, {"at": after}).at + chance.between(0, 9) * SECOND
        self.left_at = (
            self.entered_at + chance.choices((0, -MINUTE, chance.between(1, 300) * MINUTE), (4, 2, 94))[0]
        )
        self.side = 1 if wish.event["direction"] == "long" else -1
        tenths = chance.between(4, 50)
        self.ins = parts_of(tenths, chance)
        self.outs = parts_of(tenths, chance)

    def events(self) -> list[Event]:
        """Return fills, a report of the whole trade, or both."""
        manner = self.chance.one_of("fills", "fills", "report", "both")
        fills = self.fills() if manner != "report" else []
        return fills + (self.reports() if manner != "fills" else [])

    def fills(self) -> list[Event]:
        still_open = self.chance.happens(0.12)
        outs = self.outs[:-1] if still_open else self.outs
        entries = [self.fill("entry", i, tenths) for i, tenths in enumerate(self.ins)]
        return entries + [self.fill("exit", i, tenths) for i, tenths in enumerate(outs)]

    def fill(self, role: str, place: int, tenths: int) -> Event:
        at = (self.entered_at if role == "entry" else self.left_at) + place * self.chance.one_of(
            0, SECOND, MINUTE
        )
        buys = (self.side > 0) == (role == "entry")
        event: Event = {
            **of_run(
                "order.filled",
                f"{self.wish.run.bot}-{self.wish.run.run}-{self.trade_id}-{role}{place}",
                self.wish.run,
                at,
            ),
            "trade_id": self.trade_id,
            "symbol": self.wish.event["symbol"],
            "side": "buy" if buys else "sell",
            "role": role,
            "price": self.price(at, far=self.chance.happens(0.04)),
            "qty": float(Decimal(tenths).scaleb(-1)),
        }
        if self.chance.happens(0.7):
            event["fee"] = rounded(self.chance.random() / 3, 4)
        if "signal_id" in self.wish.event and (role == "entry" or self.chance.happens(0.5)):
            event["signal_id"] = self.wish.event["signal_id"]
        return event

    def price(self, at: int, *, far: bool = False) -> float:
        factor = self.chance.one_of(1.3, 0.7) if far else 1
        return rounded(self.path.at(at) * factor, self.path.digits)

    def reports(self) -> list[Event]:
        """Return `trade.closed`, now and then twice, with another result the second time."""
        first = self.report("")
        if not self.chance.happens(0.06):
            return [first]
        later = text_of(self.left_at + self.chance.one_of(0, 1, 90) * SECOND)
        return [first, {**self.report("-again"), "at": later}]

    def report(self, suffix: str) -> Event:
        entry, leave = self.price(self.entered_at), self.price(self.left_at)
        qty, fees = Decimal(sum(self.ins)).scaleb(-1), Decimal(self.chance.between(0, 90)).scaleb(-2)
        terms: Event = {
            name: self.wish.event[name]
            for name in ("contract_size", "fx_to_account")
            if name in self.wish.event
        }
        gross = self.side * (Decimal(repr(leave)) - Decimal(repr(entry))) * qty
        for factor in terms.values():
            gross *= Decimal(repr(factor))
        turned = -1 if self.chance.happens(0.08) else 1
        return {
            **of_run(
                "trade.closed",
                f"{self.wish.run.bot}-{self.wish.run.run}-{self.trade_id}-closed{suffix}",
                self.wish.run,
                self.left_at,
            ),
            "trade_id": self.trade_id,
            "symbol": self.wish.event["symbol"],
            "direction": self.wish.event["direction"],
            "entry_at": text_of(self.entered_at),
            "exit_at": text_of(self.left_at),
            "entry_price": entry,
            "exit_price": leave,
            "qty": float(qty),
            "pnl": float(round(turned * (gross - fees), 8)),
            "pnl_pct": rounded(100 * self.side * (leave / entry - 1), 4),
            "exit_reason": self.chance.one_of("take_profit", "stop_loss", "exit_signal"),
            **terms,
            **({"fees": float(fees)} if fees else {}),
            **self.naming(),
        }

    def naming(self) -> dict[str, Any]:
        if "signal_id" not in self.wish.event:
            return {"actor": "operator"}
        return {"signal_id": self.wish.event["signal_id"]} if self.chance.happens(0.9) else {}


def parts_of(tenths: int, chance: Chance) -> list[int]:
    """Part a quantity into one to three fills."""
    cuts = sorted(chance.sample(range(1, tenths), chance.one_of(0, 0, 1, 2)))
    return [until - since for since, until in zip([0, *cuts], [*cuts, tenths], strict=True)]
