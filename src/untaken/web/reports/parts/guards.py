"""Guards: one row each, with the interval that its verdict rests on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from untaken.web.reports.charts.bars import Balance, Calendar, Days, balances, calendar_of, days_of
from untaken.web.reports.charts.intervals import Axis, Interval, forest, interval_words, mean_words
from untaken.web.reports.findings import guards_of, of_portfolio
from untaken.web.reports.numbers import Money, count
from untaken.web.reports.parts.details import Detail, details_of
from untaken.web.reports.words import VERDICTS, Document, Verdict, basis, clean


@dataclass(frozen=True)
class GuardRow:
    name: str
    kind: str
    portfolio: bool
    verdict: Verdict
    sentence: str
    blocked: str
    avoided: str
    missed: str
    net: str
    mean: str
    range: str
    interval: Interval
    balance: Balance | None
    days: Days | None


@dataclass(frozen=True)
class Tally:
    verdict: Verdict
    number: int


@dataclass(frozen=True)
class Guards:
    rows: list[GuardRow]
    tally: list[Tally]
    axis: Axis
    calendar: Calendar | None
    details: list[Detail]
    basis: str


def guards_view(group: Document, money: Money) -> Guards | None:
    """Lay out the guards by net saved, portfolio guards last; None where no decision was seen."""
    guards = guards_of(group)
    if not guards:
        return None
    axis, intervals = forest(guards)
    bars = balances(guards, money)
    calendar = calendar_of(guards)
    return Guards(
        rows=[_row(*parts, calendar, money) for parts in zip(guards, intervals, bars, strict=True)],
        tally=tally_of(guards),
        axis=axis,
        calendar=calendar,
        details=details_of(guards, money),
        basis=basis(group),
    )


def tally_of(guards: Sequence[Document]) -> list[Tally]:
    """Count the verdicts."""
    numbers = Counter(guard["verdict"] for guard in guards)
    return [Tally(verdict, numbers[name]) for name, verdict in VERDICTS.items() if numbers[name]]


def _row(
    guard: Document, interval: Interval, balance: Balance | None, calendar: Calendar | None, money: Money
) -> GuardRow:
    return GuardRow(
        name=clean(guard["guard"]),
        kind=clean(guard.get("kind") or "kind not said"),
        portfolio=of_portfolio(guard),
        verdict=VERDICTS[guard["verdict"]],
        sentence=clean(guard.get("verdict_sentence") or ""),
        blocked=f"{count(guard.get('blocked'))} of {count(guard.get('judged'))}",
        avoided=money.plain(guard.get("avoided_loss")),
        missed=money.plain(guard.get("missed_profit")),
        net=money.signed(guard.get("net_saved")),
        mean=mean_words(guard),
        range=interval_words(guard),
        interval=interval,
        balance=balance,
        days=days_of(guard, calendar) if calendar else None,
    )
