"""Real trades, one per (bot, run, trade_id): from `trade.closed` where there is one, else from fills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.reference.acceptance import Accepted
from tests.reference.currency import Terms, terms_of
from tests.reference.facts import Fact
from tests.reference.ledger import Identity, Story
from tests.reference.numbers import PRICE, e8, number, price
from tests.reference.policy import direction_of


@dataclass(frozen=True)
class RealTrade:
    identity: Identity
    mode: str
    currency: str
    symbol: str
    signal: Identity | None
    direction: int
    closed: bool
    source: str
    entry_at: int | None
    exit_at: int | None
    entry_price: Decimal | None
    exit_price: Decimal | None
    qty: Decimal
    exit_qty: Decimal
    fees_e8: int | None
    reported_e8: int | None
    computed_e8: int | None
    fills: Sequence[Fact]
    reports: int
    said: Sequence[Mapping[str, Any]]
    """What tells of it: its report or its fills, then the signal that it names."""

    @property
    def reversed(self) -> bool:
        """Whether the reported result has the sign of the computed one turned."""
        if self.reported_e8 is None or self.computed_e8 is None:
            return False
        return 10 * abs(self.reported_e8 + self.computed_e8) < abs(self.computed_e8)

    @property
    def pnl_e8(self) -> int | None:
        return self.computed_e8 if self.reported_e8 is None or self.reversed else self.reported_e8

    @property
    def counts(self) -> bool:
        """Whether it enters sums: closed, and not left before it was entered."""
        return self.closed and not (
            self.entry_at is not None and self.exit_at is not None and self.exit_at < self.entry_at
        )


def trades_of(log: Accepted, story: Story) -> list[RealTrade]:
    """Return all trades, by identity."""
    fills = by_trade(log.of_type("order.filled"))
    reports = by_trade(log.of_type("trade.closed"))
    return [
        trade_of(identity, reports.get(identity, []), fills.get(identity, []), log, story)
        for identity in sorted({*fills, *reports})
    ]


def trade_of(
    identity: Identity, reports: Sequence[Fact], fills: Sequence[Fact], log: Accepted, story: Story
) -> RealTrade:
    """Take the earliest `trade.closed`, else the sum of the fills, on the terms of the signal if need be."""
    entries = [fill for fill in fills if fill.body["role"] == "entry"]
    signal = named_signal([*reports[:1], *entries, *fills])
    emitted: Sequence[Fact] = story.signals.get(signal, ()) if signal is not None else ()
    first_at = min(fact.at for fact in [*reports, *fills])
    account = log.runs.at(identity[:2], first_at).currency
    terms = terms_of([*reports[:1], *fills[:1], *emitted[:1]], account)
    said = [fact.body for fact in [*reports[:1], *fills[:1], *emitted[:1]]]
    if reports:
        return replace(from_report(identity, signal, reports, fills, terms), said=said)
    return replace(from_fills(identity, signal, fills, terms), said=said)


def by_trade(facts: Sequence[Fact]) -> dict[Identity, list[Fact]]:
    found: dict[Identity, list[Fact]] = {}
    for fact in sorted(facts, key=lambda fact: fact.order):
        found.setdefault((*fact.run, str(fact.body["trade_id"])), []).append(fact)
    return found


def named_signal(facts: Sequence[Fact]) -> Identity | None:
    return next((fact.signal for fact in facts if fact.signal is not None), None)


def from_report(
    identity: Identity, signal: Identity | None, reports: Sequence[Fact], fills: Sequence[Fact], terms: Terms
) -> RealTrade:
    """Take the earliest `trade.closed` as it stands, with the result that its prices give beside it."""
    report = reports[0]
    entry_price, exit_price = price(report.body["entry_price"]), price(report.body["exit_price"])
    qty, fees = number(report.body["qty"]), Fraction(report.number("fees") or 0)
    per_unit = direction_of(report) * (Fraction(exit_price) - Fraction(entry_price))
    gross = per_unit * Fraction(qty) * terms.contract_size
    costs = fees + Fraction(report.number("funding") or 0)
    return RealTrade(
        identity=identity,
        mode=report.mode,
        currency=terms.account,
        symbol=report.symbol,
        signal=signal,
        direction=direction_of(report),
        closed=True,
        source="trade.closed",
        entry_at=report.moment("entry_at"),
        exit_at=report.moment("exit_at"),
        entry_price=entry_price,
        exit_price=exit_price,
        qty=qty,
        exit_qty=qty,
        fees_e8=e8(fees),
        reported_e8=e8(Fraction(number(report.body["pnl"]))),
        computed_e8=None if terms.rate is None else e8(gross * terms.rate - costs),
        fills=fills,
        reports=len(reports),
        said=(),
    )


def from_fills(identity: Identity, signal: Identity | None, fills: Sequence[Fact], terms: Terms) -> RealTrade:
    """Add up fills; flat is closed."""
    entries = [fill for fill in fills if fill.body["role"] == "entry"]
    exits = [fill for fill in fills if fill.body["role"] == "exit"]
    fees, direction = fees_of(fills, terms), direction_of_fill((entries or exits)[0])
    gross = direction * (notional(exits) - notional(entries)) * terms.contract_size
    closed = quantity(entries) == quantity(exits)
    known = closed and terms.rate is not None and fees is not None
    return RealTrade(
        identity=identity,
        mode=fills[0].mode,
        currency=terms.account,
        symbol=fills[0].symbol,
        signal=signal,
        direction=direction,
        closed=closed,
        source="fills",
        entry_at=entries[0].at if entries else None,
        exit_at=exits[-1].at if closed else None,
        entry_price=weighted_price(entries),
        exit_price=weighted_price(exits),
        qty=quantity(entries),
        exit_qty=quantity(exits),
        fees_e8=None if fees is None else e8(fees),
        reported_e8=None,
        computed_e8=e8(gross * (terms.rate or 0) - (fees or 0)) if known else None,
        fills=fills,
        reports=0,
        said=(),
    )


def fees_of(fills: Sequence[Fact], terms: Terms) -> Fraction | None:
    """Return all fees in account currency, None where one cannot be converted."""
    rates = {terms.quote: terms.rate, terms.account: Fraction(1), None: Fraction(1)}
    total = Fraction(0)
    for fill in fills:
        rate = rates.get(fill.body.get("fee_currency"))
        if fill.number("fee") and rate is None:
            return None
        total += Fraction(fill.number("fee") or 0) * (rate or 0)
    return total


def direction_of_fill(fill: Fact) -> int:
    """Return 1 for a trade that is entered by buying."""
    return 1 if (fill.body["side"] == "buy") == (fill.body["role"] == "entry") else -1


def quantity(fills: Sequence[Fact]) -> Decimal:
    return sum((number(fill.body["qty"]) for fill in fills), Decimal(0))


def notional(fills: Sequence[Fact]) -> Fraction:
    return sum(
        (Fraction(price(fill.body["price"])) * Fraction(number(fill.body["qty"])) for fill in fills),
        Fraction(0),
    )


def weighted_price(fills: Sequence[Fact]) -> Decimal | None:
    if not fills:
        return None
    mean = notional(fills) / Fraction(quantity(fills))
    return PRICE.divide(Decimal(mean.numerator), Decimal(mean.denominator))


def first_real_entries(log: Accepted) -> dict[Identity, int]:
    """Return when each signal was really entered, by an entry fill or a `trade.closed` that names it."""
    moments: dict[Identity, int] = {}
    named = [(fill.signal, fill.at) for fill in log.of_type("order.filled") if fill.body["role"] == "entry"]
    named += [(report.signal, report.moment("entry_at") or 0) for report in log.of_type("trade.closed")]
    for signal, at in named:
        if signal is not None:
            moments[signal] = min(at, moments.get(signal, at))
    return moments
