"""The answer to a sweep on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from untaken.cli.whatif.frame import heading, print_framed, table_of, who
from untaken.cli.whatif.tables import BOOKS, evidence_line
from untaken.projections.figures import Figures
from untaken.web.reports.numbers import Money, counted, percent, ratio
from untaken.web.reports.words import clean

SHOWN = 10
"""Scenarios in the table: the best by t, whatever their number."""

WHY = {
    "too_few_days": "too few days",
    "few_days_carry_all": "a few days carry all",
    "no_winner": "no scenario gains anything, or too little is known of all",
    "nothing_to_weigh": "there is nothing to weigh: it takes two strategies, or signals with two components",
    "no_change": "as the base",
}


def render(answer: Figures, console: Console) -> None:
    """Print an answer."""
    print_framed(answer, _title(answer), _body(answer), console)


def _body(answer: Figures) -> Iterator[RenderableType]:
    for group in answer["groups"]:
        yield from _group(answer, group)


def _title(answer: Figures) -> str:
    if "optimise" in answer:
        return f"Weights of {answer['optimise']['parts']}"
    axes = " x ".join(
        f"{len(axis['values'])} of {axis['rule'].rpartition('.')[2]}" for axis in answer["sweep"]["axes"]
    )
    return f"Sweep over {counted(answer['sweep']['size'], 'scenario')}, {clean(axes)}"


def _group(answer: Figures, group: Figures) -> Iterator[RenderableType]:
    book = answer["sweep"]["book"] if "sweep" in answer else "in_turn"
    money = Money.fitting(group["currency"], [group["base"]["pnl"]])
    yield from heading(f"{who(group)}, {BOOKS[book]}")
    yield Text(_periods(group))
    if "sweep" in answer:
        yield _table(group, money)
        yield Text(_winner(group))
        yield Text(_diagnostics(group["diagnostics"]), style="dim")
    elif group["weights"] is not None:
        yield Text(f"suggested by the open days: {_weights(group['weights'])}")
    yield from _forward(group["walk_forward"], money)
    yield from _locked(group["out_of_sample"], money)


def _periods(group: Figures) -> str:
    open_, locked = group["open"], group["locked"]
    size = "days" if open_["block_days"] == 1 else f"blocks of {open_['block_days']} days"
    if not open_["clusters"]:
        return f"no closed {size} yet: nothing can be chosen"
    return (
        f"chosen on {open_['clusters']} {size} up to {_day(open_['until'])}; {locked['clusters']} locked "
        f"{size} from {_day(locked['since'])} on are not looked at"
    )


def _table(group: Figures, money: Money) -> Table:
    table = table_of("trades", "PnL", "difference", "changed", "win rate", "PF", "t", "p (adjusted)")
    base = group["base"]
    table.add_row(
        "base", f"{base['trades']:,}", money.signed(base["pnl"]), "", "", percent(base["win_rate"], 1),
        ratio(base["profit_factor"]), "", "",
    )  # fmt: skip
    for index in _best(group["scenarios"]):
        said = group["scenarios"][index]
        style = "bold" if said["superior"] else ""
        table.add_row(clean(said["scenario"]), *_cells(said, money), style=style)
    if (more := len(group["scenarios"]) - SHOWN) > 0:
        table.add_row(f"and {more:,} more (--json)", style="dim")
    return table


def _best(scenarios: Sequence[Figures]) -> list[int]:
    def rank(index: int) -> tuple[bool, float, Any]:
        said = scenarios[index]
        return said["t"] is None, -(said["t"] or 0.0), -said["difference"]

    return sorted(range(len(scenarios)), key=rank)[:SHOWN]


def _cells(said: Figures, money: Money) -> list[str]:
    p = said["p_adjusted"]
    return [
        f"{said['trades']:,}",
        money.signed(said["pnl"]),
        money.signed(said["difference"]),
        f"{said['changed_signals']:,}",
        percent(said["win_rate"], 1),
        ratio(said["profit_factor"]),
        ratio(said["t"]),
        WHY[said["why"]] if p is None and said["why"] else _probability(p),
    ]


def _probability(p: float | None) -> str:
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _winner(group: Figures) -> str:
    if group["best"] is None:
        return WHY["no_winner"]
    best = group["scenarios"][group["best"]]
    left = sum(said["not_excluded"] for said in group["scenarios"])
    beat = counted(len(group["superior"]), "scenario") + (
        " beats" if len(group["superior"]) == 1 else " beat"
    )
    luck = (
        f"{beat} the base, all compared at once" if group["superior"] else "none beats the base beyond luck"
    )
    middle = group["scenarios"][group["plateau"]]["scenario"]
    return clean(
        f"best: {best['scenario']}; {luck}; {counted(left, 'scenario')} not told apart from the best, in their "
        f"middle {middle}"
    )


def _diagnostics(found: Figures) -> str:
    if "why" in found:
        return ""
    deflated, overfitted = found["deflated_sharpe"], found["overfitting"]
    parts = [
        f"the grid is worth {found['effective_scenarios']:.1f} independent scenarios",
        ""
        if deflated is None
        else f"deflated Sharpe {percent(deflated, 1)} after {counted(round(found['trials']), 'trial')}",
        "" if overfitted is None else f"probability of overfitting {percent(overfitted, 0)}",
    ]
    return "; ".join(part for part in parts if part)


def _forward(found: Figures, money: Money) -> Iterator[RenderableType]:
    if "why" in found:
        yield Text(f"walking forward: {WHY[found['why']]}")
        return
    yield Text(
        f"walking forward in {counted(len(found['folds']), 'step')}: {money.signed(found['difference'])} where the "
        f"best chosen afterwards shows {money.signed(found['in_sample_difference'])}; {evidence_line(found['evidence'])}"
    )
    for fold in found["folds"]:
        chosen = _weights(fold["weights"]) if "weights" in fold else fold["chosen"] or "the base"
        span = f"{_day(fold['since'])} to {_day(fold['until'])}"
        yield Text(clean(f"  {span}: {chosen}, {money.signed(fold['difference'])}"), style="dim")


def _locked(found: Figures | None, money: Money) -> Iterator[RenderableType]:
    if found is None:
        yield Text("locked days: not looked at; --unlock judges the best on them, and that is written down")
        return
    if "why" in found:
        yield Text(f"locked days: {WHY[found['why']]}")
        return
    chosen = _weights(found["weights"]) if "weights" in found else found["chosen"]
    yield Text(
        clean(
            f"locked days, look {found['look']} at an error of {percent(found['alpha'], 2)}: {chosen}, "
            f"{money.signed(found['difference'])}; {evidence_line(found['evidence'])}"
        )
    )


def _weights(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _day(text: str) -> str:
    return text[:10]
