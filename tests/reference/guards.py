"""Figures per guard: counts over all its rows, money over the book in turn."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from tests.reference.book import Book
from tests.reference.ledger import Row
from tests.reference.moments import day_of
from tests.reference.numbers import money_text


def guard_figures(guard: str, book: Book) -> dict[str, Any]:
    """Return the figures of one guard over the rows of one bot, run, mode and currency."""
    judged = [row for row in book.rows if guard in row.life.judged_by]
    blocked = [row for row in judged if row.life.status == "blocked" and guard in row.life.blockers]
    first = [row for row in blocked if row.life.first == guard]
    return {
        "currency": book.currency,
        "judged": len(judged),
        "blocked": len(blocked),
        "first_blocked": len(first),
        "resolved": sum(row.resolved for row in blocked),
        "unresolved": sum(not row.resolved for row in blocked),
        "overlapped": sum(book.is_overlapped(row) for row in blocked),
        **as_first_blocker(first, book),
        **beyond_the_first(guard, blocked, book),
    }


def as_first_blocker(first: Sequence[Row], book: Book) -> dict[str, Any]:
    money = [row.result.pnl_e8 for row in book.in_turn(first) if row.result.pnl_e8 is not None]
    in_r = [row for row in book.in_turn(first) if row.result.milli_r is not None]
    milli_r = [row.result.milli_r or 0 for row in in_r]
    return {
        "avoided_loss": money_text(losses(money)),
        "missed_profit": money_text(gains(money)),
        "net_saved": money_text(-sum(money)),
        "avoided_loss_milli_r": losses(milli_r),
        "missed_profit_milli_r": gains(milli_r),
        "net_saved_milli_r": -sum(milli_r),
        "days": days_of(in_r),
    }


def losses(results: Iterable[int]) -> int:
    return sum(-result for result in results if result < 0)


def gains(results: Iterable[int]) -> int:
    return sum(result for result in results if result > 0)


def days_of(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return count and milli-R saved of each UTC day of signals."""
    days: dict[str, list[int]] = {}
    for row in rows:
        days.setdefault(day_of(row.signal.at), []).append(-(row.result.milli_r or 0))
    return [{"day": day, "n": len(saved), "saved_milli_r": sum(saved)} for day, saved in sorted(days.items())]


def beyond_the_first(guard: str, blocked: Sequence[Row], book: Book) -> dict[str, Any]:
    """Return what can be said only of rows whose chain is complete, and bounds for the others."""
    alone = [row for row in blocked if row.life.blockers == (guard,)]
    sole = saved_over(alone, book, lambda row: row.life.chain_complete is True)
    unknown = saved_over(alone, book, lambda row: row.life.chain_complete is not True)
    complete = [row for row in blocked if row.life.chain_complete is True]
    shares = [
        Fraction(-row.result.pnl_e8, len(row.life.blockers))
        for row in book.in_turn(complete)
        if row.result.pnl_e8 is not None
    ]
    shapley = sum(shares, Fraction(0))
    return {
        "sole": money_text(sum(sole)),
        "sole_bounds": [money_text(sum(sole) - losses(unknown)), money_text(sum(sole) + gains(unknown))],
        "shapley": money_text(round(shapley)),
        "shapley_exact": str(shapley / 10**8),
        "unknown_beyond_first": sum(
            row.life.first == guard and row.life.chain_complete is not True for row in blocked
        ),
    }


def saved_over(rows: Iterable[Row], book: Book, where: Callable[[Row], bool]) -> list[int]:
    """Return what blocking saved on each of the rows whose money is known."""
    return [-row.result.pnl_e8 for row in book.in_turn(rows) if where(row) and row.result.pnl_e8 is not None]
