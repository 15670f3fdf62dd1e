"""The answer to a what-if on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from untaken.projections.figures import Figures
from untaken.web.reports.numbers import Money, counted, in_r, percent, ratio, written
from untaken.web.reports.words import clean, window

BOOKS = {
    "in_turn": "in turn",
    "alone": "alone",
    "capacity": "with limits",
}
FINDINGS = {
    "better": "better than the base",
    "worse": "worse than the base",
    "no_material_effect": "no material effect",
    "inconclusive": "inconclusive",
}
GATES = {
    "clusters": "too few days",
    "sides": "too few days against it",
    "n_eff": "a few days carry all",
    "data": "too many signals without a price",
    "tail": "its sign hangs on a few large results",
    "cost_model": "its sign hangs on the modelled slippage",
    "exit_model": "the simulation is less exact than the difference",
    "hold": "trades last longer than a cluster",
    "evidence": "the difference may be chance",
}


def render(answer: Figures, console: Console) -> None:
    """Print an answer; names from the log are printed as text, whatever is in them."""
    for part in _parts(answer):
        console.print(part)


def _parts(answer: Figures) -> Iterator[RenderableType]:
    yield Text(f"What if, {window(answer)}", style="bold")
    yield Text(clean(answer["log"]), style="dim")
    if "computed_here" in answer:
        yield Text(answer["computed_here"], style="dim")
    for scenario in answer["scenarios"]:
        for group in scenario["groups"]:
            yield from _group(scenario, group)
    if "saved" in answer:
        yield Text(f"\nkept in {clean(answer['saved'])}")
    tried = counted(answer["scenarios_tried"], "scenario")
    yield Text(f"\n{tried} tried on this log so far: the more, the larger must evidence be.", style="dim")


def _group(scenario: Figures, group: Figures) -> Iterator[RenderableType]:
    money = _money(group)
    who = f"{group['bot']}, run {group['run']}, {group['mode']}, {group['currency']}"
    yield Text()
    yield Rule(Text(clean(f"{scenario['scenario']}: {who}")), align="left", style="dim")
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
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    for title in ("trades", "PnL", "win rate", "profit factor", "Sharpe", "drawdown"):
        table.add_column(title, justify="right")
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
    return f"{FINDINGS[found['finding']]}{doubt}; {in_r(found['mean_milli_r'])} a signal, interval {interval}, {sample}"


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


def _money(group: Figures) -> Money:
    sides: list[Any] = [
        group[book][side]["pnl"] for book in BOOKS if group.get(book) for side in ("base", "scenario")
    ]
    return Money.fitting(group["currency"], sides)
