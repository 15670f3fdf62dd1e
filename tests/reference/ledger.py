"""The ledger: one row per signal, with its shadow trade and its place in the book."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from tests.reference.acceptance import Accepted
from tests.reference.currency import Terms, terms_of
from tests.reference.facts import Fact
from tests.reference.lifecycle import Lifecycle, lifecycle_of
from tests.reference.moments import SECOND
from tests.reference.numbers import e8, ppm
from tests.reference.policy import Entry, booked, decision_price, direction_of, entry_of, policy_of
from tests.reference.series import Market, Series
from tests.reference.settings import Settings
from tests.reference.walk import Outcome, Trade, walk

Identity = tuple[str, str, str]

DELAYS = (1, 5, 15, 30, 60, 300, 900, 3600)
"""Seconds after the entry at which a trade is entered again."""


@dataclass(frozen=True)
class Result:
    """What a shadow trade came to; None where it is not known."""

    pnl_e8: int | None = None
    return_ppm: int | None = None
    milli_r: int | None = None


@dataclass(frozen=True)
class Row:
    signal: Fact
    currency: str
    repeats: int
    life: Lifecycle
    entry: Entry
    outcome: Outcome
    result: Result
    partial: bool
    has_prices: bool
    decision_price: Decimal
    later_ppm: Sequence[int | None] | None
    """Returns of the same trade entered at each of DELAYS."""

    @property
    def identity(self) -> Identity:
        assert self.signal.signal is not None
        return self.signal.signal

    @property
    def book(self) -> tuple[str, ...]:
        body = self.signal.body
        return (*self.signal.run, str(body["strategy"]), self.signal.symbol, str(body["direction"]))

    @property
    def resolved(self) -> bool:
        return self.outcome.price is not None


@dataclass(frozen=True)
class Story:
    """Facts by the signal that they are about."""

    signals: Mapping[Identity, Sequence[Fact]]
    decisions: Mapping[Identity, Sequence[Fact]]
    expiries: Mapping[Identity, Sequence[Fact]]
    exit_signals: Mapping[tuple[str, ...], Sequence[int]]


def story_of(log: Accepted) -> Story:
    exits: dict[tuple[str, ...], list[int]] = {}
    for fact in log.of_type("exit.signalled"):
        book = (*fact.run, str(fact.body["strategy"]), fact.symbol, str(fact.body["direction"]))
        exits.setdefault(book, []).append(fact.at)
    return Story(
        signals=by_signal(log.of_type("signal.emitted")),
        decisions=by_signal(log.of_type("decision.made")),
        expiries=by_signal(log.of_type("signal.expired")),
        exit_signals=exits,
    )


def by_signal(facts: Iterable[Fact]) -> dict[Identity, list[Fact]]:
    found: dict[Identity, list[Fact]] = {}
    for fact in sorted(facts, key=lambda fact: fact.order):
        if fact.signal is not None:
            found.setdefault(fact.signal, []).append(fact)
    return found


def rows_of(
    log: Accepted, market: Market, story: Story, filled: Mapping[Identity, int], settings: Settings
) -> list[Row]:
    """Return the ledger, by identity."""
    return [row_of(identity, log, market, story, filled, settings) for identity in sorted(story.signals)]


def row_of(
    identity: Identity,
    log: Accepted,
    market: Market,
    story: Story,
    filled: Mapping[Identity, int],
    settings: Settings,
) -> Row:
    signal, *repeats = story.signals[identity]
    decisions = story.decisions.get(identity, [])
    expiries = story.expiries.get(identity, [])
    run, series = log.runs.at(signal.run, signal.at), market.of(signal.symbol)
    terms = terms_of([signal], run.currency)
    entry = entry_of(signal, decisions, settings)
    trade = Trade(
        direction=direction_of(signal),
        entry=entry,
        policy=policy_of(signal, run, settings),
        slippage=settings.slippage,
        exit_signalled_at=first_exit_signal(signal, entry, story),
    )
    outcome = walk(trade, series, log.watermark, settings.span("shadow.grace_s"))
    late = Late(signal, trade, series, story, settings, log.watermark)
    return Row(
        signal=signal,
        currency=terms.account,
        repeats=len(repeats),
        life=lifecycle_of(signal, decisions, expiries, filled.get(identity), log.watermark),
        entry=entry,
        outcome=outcome,
        result=result_of(signal, trade, outcome, terms, settings),
        partial=series.enters_partially(entry.at),
        has_prices=bool(series.pieces),
        decision_price=decision_price(signal, decisions),
        later_ppm=None if outcome.price is None else later_returns(late),
    )


@dataclass(frozen=True)
class Late:
    """What is needed to enter a trade again later."""

    signal: Fact
    trade: Trade
    series: Series
    story: Story
    settings: Settings
    watermark: int


def later_returns(late: Late) -> list[int | None]:
    return [return_after(late, seconds * SECOND) for seconds in DELAYS]


def return_after(late: Late, delay: int) -> int | None:
    """Enter at the last price that came since the entry, on the same terms; None where none could tell."""
    first = late.trade.entry
    last = late.series.last_closed(first.at + delay)
    if last is None or last.at <= first.at or last.bar.interval > delay:
        return None
    price = booked(late.signal, last.bar.middle, first.half_spread, late.settings)
    entry = Entry(first.at + delay, price, first.half_spread)
    called_at = first_exit_signal(late.signal, entry, late.story)
    trade = replace(late.trade, entry=entry, exit_signalled_at=called_at)
    outcome = walk(trade, late.series, late.watermark, late.settings.span("shadow.grace_s"))
    return None if outcome.price is None else ppm(share_of(trade, outcome.price, late.settings))


def first_exit_signal(signal: Fact, entry: Entry, story: Story) -> int | None:
    """Return the first exit signal after an entry; one at or before it closes nothing."""
    book = (*signal.run, str(signal.body["strategy"]), signal.symbol, str(signal.body["direction"]))
    return min((at for at in story.exit_signals.get(book, ()) if at > entry.at), default=None)


def result_of(signal: Fact, trade: Trade, outcome: Outcome, terms: Terms, settings: Settings) -> Result:
    """Return money, return and R of a trade: gross less fees on the notional of both sides."""
    if outcome.price is None:
        return Result()
    size = Fraction(signal.number("size") or settings.number("shadow.size"))
    share = share_of(trade, outcome.price, settings)
    risk = Fraction(trade.policy.stop_loss)
    return Result(
        pnl_e8=None if terms.rate is None else e8(size * share * terms.rate),
        return_ppm=ppm(share),
        milli_r=round(1000 * share / risk) if risk else None,
    )


def share_of(trade: Trade, exit_price: Decimal, settings: Settings) -> Fraction:
    """Return what a trade brought, after fees, as a share of its size."""
    grown = Fraction(exit_price) / Fraction(trade.entry.price)
    return trade.direction * (grown - 1) - Fraction(settings.fee) * (1 + grown)


def overlapped(rows: Iterable[Row]) -> set[Identity]:
    """Return the rows that come while the last trade that counts in their book is open, or not yet known."""
    books: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        books.setdefault(row.book, []).append(row)
    return {identity for book in books.values() for identity in overlapped_in_book(book)}


def overlapped_in_book(rows: Iterable[Row]) -> list[Identity]:
    found, occupant = [], None
    for row in sorted(rows, key=lambda row: (row.entry.at, row.identity)):
        if occupant is not None and occupies(occupant, row.entry.at):
            found.append(row.identity)
        else:
            occupant = row
    return found


def occupies(occupant: Row, moment: int) -> bool:
    if occupant.resolved:
        assert occupant.outcome.at is not None
        return moment < occupant.outcome.at
    return occupant.outcome.reason is None
