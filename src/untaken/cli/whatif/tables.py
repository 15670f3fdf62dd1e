"""The answer to a what-if on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from untaken.cli.whatif.frame import heading, print_framed, table_of, who
from untaken.projections.figures import Figures
from untaken.web.reports.numbers import Money, counted, in_r, percent, ratio, written
from untaken.web.reports.parts.scenarios import BOOKS as WORDS
from untaken.web.reports.parts.scenarios import FINDINGS, GATES, money_of
from untaken.web.reports.words import clean

BOOKS = {book: WORDS[book] for book in ("in_turn", "alone", "capacity")}
"""Books in the order of the table, by what they are called."""


def render(answer: Figures, console: Console) -> None:
    """Print an answer."""
    print_framed(answer, "What if", _body(answer), console)


def _body(answer: Figures) -> Iterator[RenderableType]:
    for scenario in answer["scenarios"]:
        for group in scenario["groups"]:
            yield from _group(scenario, group)
    if "saved" in answer:
        yield Text(f"\nkept in {clean(answer['saved'])}")


def _group(scenario: Figures, group: Figures) -> Iterator[RenderableType]:
    money = money_of(group)
    yield from heading(f"{scenario['scenario']}: {who(group)}")
    yield Text(_story(group))
    books = {name: group[name] for name in BOOKS if group.get(name)}
    yield _table(books, money)
    for name, book in books.items():
        yield Text(f"{BOOKS[name]}: {_bounds(book, money)}{evidence_line(book['evidence'])}")
    if group["portfolio_guards_off"] and "capacity" not in books:
        yield Text(_without_room(group["portfolio_guards_off"]), style="yellow")
    if capacity := books.get("capacity"):
        yield Text(_interaction(capacity, money))


def _story(group: Figures) -> str:
    parts = [
        f"{counted(group['signals'], 'signal')}: {group['released']:,} let in, {group['removed']:,} taken out",
        f"{group['unknown']:,} might be let in, their chains are incomplete" if group["unknown"] else "",
        f"{group['not_rejudged']:,} could not be judged again" if group["not_rejudged"] else "",
    ]
    return "; ".join(part for part in parts if part)


def _without_room(guards: Sequence[str]) -> str:
    verb = "looks" if len(guards) == 1 else "look"
    return (
        f"! {clean(', '.join(guards))} {verb} at positions and capital: what is let in could not all be held at once; "
        "ask again with --max-positions or --capital"
    )


def _table(books: Mapping[str, Figures], money: Money) -> Table:
    table = table_of("trades", "PnL", "win rate", "profit factor", "Sharpe", "drawdown")
    for name, book in books.items():
        table.add_row(f"base, {BOOKS[name]}", *_figures(book["base"], money))
        table.add_row(f"scenario, {BOOKS[name]}", *_figures(book["scenario"], money))
        table.add_row("  difference", "", money.signed(book["difference"]), style="bold")
    return table


def _figures(side: Figures, money: Money) -> list[str]:
    return [
        f"{side['trades']:,}",
        money.signed(side["pnl"]),
        percent(side["win_rate"], 1),
        ratio(side["profit_factor"]),
        ratio(side["sharpe"]),
        money.plain(side["drawdown"]),
    ]


def _bounds(book: Figures, money: Money) -> str:
    low, high = book.get("bounds") or (None, None)
    return "" if low == high else f"between {money.signed(low)} and {money.signed(high)}; "


def evidence_line(found: Figures) -> str:
    """Say how sure a difference is, in one line."""
    cluster = "day" if found["block_days"] == 1 else f"block of {found['block_days']} days"
    clusters = counted(
        found["clusters"], cluster, cluster.replace("block ", "blocks ") if " " in cluster else ""
    )
    sample = f"{counted(found['judged_signals'], 'changed signal')} on {clusters}"
    if not found["judged_signals"]:
        return "no changed signal has a result on a closed day"
    low, high = found["interval_milli_r"] or (None, None)
    interval = "unbounded" if low is None or high is None else f"{in_r(low)} to {in_r(high)}"
    why = ", ".join(GATES[gate] for gate in found["failing_gates"])
    doubt = f" ({why})" if why else ""
    return f"{FINDINGS[found['finding']].label}{doubt}; {in_r(found['mean_milli_r'])} a signal, interval {interval}, {sample}"


def _interaction(capacity: Figures, money: Money) -> str:
    limits = [
        f"{name.replace('_', ' ')} {written(value, 0)}"
        for name, value in capacity["limits"].items()
        if value is not None
    ]
    return (
        f"with {', '.join(limits)}: {capacity['came_in']:,} come in, {capacity['crowded_out']:,} are crowded out; "
        f"each taken alone would change {money.signed(capacity['stateless_gain'])}, "
        f"the interaction is {money.signed(capacity['interaction'])}"
    )
