"""Every figure of every guard, one line per figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from untaken.web.reports.charts.intervals import interval_words, mean_words
from untaken.web.reports.numbers import Money, count, in_r, percent, written
from untaken.web.reports.words import Document, clean

_Line: TypeAlias = tuple[str, str, Callable[[Document], str]]


@dataclass(frozen=True)
class Detail:
    label: str
    note: str
    cells: list[str]
    """One per guard, in the order of the guards."""


def details_of(guards: Sequence[Document], money: Money) -> list[Detail]:
    """Write the figures of each guard; money is that of the book in turn."""
    return [
        Detail(label, note, [cell(guard) for guard in guards])
        for label, note, cell in (*_counts(), *_money(money), *_evidence(money))
    ]


def _counts() -> list[_Line]:
    return [
        ("judged", "distinct signals it gave a verdict on", _count("judged")),
        ("blocked", "signals it blocked in the attempt that counted", _count("blocked")),
        ("block rate", "", lambda guard: percent(guard.get("block_rate"), 1)),
        ("as first blocker", "its share, so that guards add up", _count("first_blocked")),
        ("resolved", "with a simulated exit", _count("resolved")),
        ("overlapped", "while the trade before was open: no money", _count("overlapped")),
        ("unresolved", "prices missing or still to come: no money", _count("unresolved")),
        ("avoided a loss", "share of its blocks", lambda guard: percent(guard.get("avoided_share"), 1)),
    ]


def _money(money: Money) -> list[_Line]:
    return [
        (f"avoided loss, {money.currency}", "", lambda guard: money.plain(guard.get("avoided_loss"))),
        (f"missed profit, {money.currency}", "", lambda guard: money.plain(guard.get("missed_profit"))),
        (f"net saved, {money.currency}", "", lambda guard: money.signed(guard.get("net_saved"))),
        ("net saved, R", "", lambda guard: in_r(guard.get("net_saved_milli_r"))),
        (f"as sole blocker, {money.currency}", "where every guard was asked", _bounded("sole", money)),
        (f"Shapley share, {money.currency}", "saved, shared among its blockers", _bounded("shapley", money)),
        ("unknown beyond the first", "later guards were not asked", _count("unknown_beyond_first")),
    ]


def _evidence(money: Money) -> list[_Line]:
    return [
        ("mean per block", "over the epoch's closed days", mean_words),
        ("interval of the mean", "holds however often it is looked at", interval_words),
        ("evidence", "e-value against no effect", lambda guard: _significant(_detail(guard, "e_value"))),
        ("closed clusters", "days or longer blocks", lambda guard: count(_detail(guard, "clusters"))),
        ("failing gates", "", _gates),
        (
            f"break-even extra cost, {money.currency}",
            "per block, at which the result turns",
            lambda guard: money.signed(_detail(guard, "break_even_extra_cost")),
        ),
    ]


def _count(name: str) -> Callable[[Document], str]:
    return lambda guard: count(guard.get(name))


def _bounded(name: str, money: Money) -> Callable[[Document], str]:
    """Write a figure, and its bounds on a line below where they are not one number."""

    def cell(guard: Document) -> str:
        low, high = guard.get(f"{name}_bounds") or (None, None)
        exact = money.signed(guard.get(name))
        return exact if low == high else f"{exact}\n{money.signed(low)} to {money.signed(high)}"

    return cell


def _detail(guard: Document, name: str) -> Any:
    return (guard.get("verdict_detail") or {}).get(name)


def _significant(value: float | None) -> str:
    if value is None or value < 10_000:
        return written(value, 2)
    return f"{value:.1e}".replace("e+0", "e").replace("e+", "e")


def _gates(guard: Document) -> str:
    gates = _detail(guard, "failing_gates") or []
    return ", ".join(clean(gate).replace("_", " ") for gate in gates) or "none"
