"""What-if answers: what other rules would have made, each beside the base, with how sure the difference is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from untaken.web.reports.charts.intervals import Axis, Interval, forest, interval_words, mean_words
from untaken.web.reports.numbers import Money, count, counted, percent, ratio
from untaken.web.reports.parts.grid import Cell, Grid, grid, line
from untaken.web.reports.words import VERDICTS, Document, Verdict, clean, who, window

BOOKS = {"capacity": "with limits", "in_turn": "in turn", "alone": "alone"}
"""The first that an answer has is its headline."""
FINDINGS: Mapping[str, Verdict] = {
    "better": replace(VERDICTS["saves"], label="better than the base"),
    "worse": replace(VERDICTS["costs"], label="worse than the base"),
    "no_material_effect": VERDICTS["no_material_effect"],
    "inconclusive": VERDICTS["inconclusive"],
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


@dataclass(frozen=True)
class Scenario:
    """One scenario in one run."""

    name: str
    who: str
    change: str
    trades: str
    difference: str
    mean: str
    range: str
    interval: Interval
    verdict: Verdict
    sentence: str
    books: Grid


@dataclass(frozen=True)
class WhatIf:
    title: str
    window: str
    tried: str
    axis: Axis
    scenarios: list[Scenario]


def what_if_of(answer: Document) -> WhatIf:
    """Lay out an answer of `untaken replay what-if`."""
    pairs = [
        (scenario, group)
        for scenario in answer["scenarios"]
        for group in scenario["groups"]
        if any(group.get(book) for book in BOOKS)
    ]
    found = [_as_guard(_headline(group)[1]["evidence"]) for _, group in pairs]
    axis, intervals = forest(found, "mean difference per changed signal")
    return WhatIf(
        title=clean(answer.get("name") or ", ".join(each["scenario"] for each in answer["scenarios"])),
        window=window(answer),
        tried=f"{counted(answer['scenarios_tried'], 'scenario')} tried on this log so far: the more, the larger must evidence be.",
        axis=axis,
        scenarios=[
            _scenario(scenario, group, interval)
            for (scenario, group), interval in zip(pairs, intervals, strict=True)
        ],
    )


def saved_of(saved: Sequence[Document]) -> Grid | None:
    """Make the table of the scenarios that were kept; None without any."""
    rows = [
        {
            **each,
            **group,
            "scenario": each["scenario"],
            "scenario_side": group["scenario"],
            "answered": answered(each, group),
        }
        for each in saved
        for group in each["groups"] or [_UNREADABLE]
    ]
    if not rows:
        return None
    return grid(
        "Scenarios that were kept",
        rows,
        [
            line("name", lambda row: Cell(clean(row["name"]), note=clean(row["scenario"])), words=True),
            line(
                "of", lambda row: who(row) if row["bot"] else clean(row["problem"] or "no signal"), words=True
            ),
            line("trades", lambda row: _from_to(row, "trades", count)),
            line("win rate", lambda row: _from_to(row, "win_rate", percent)),
            line("net, in turn", lambda row: _from_to(row, "pnl", _amounts(row).signed)),
            line("difference", lambda row: Cell(_amounts(row).named_signed(row["difference"]), strong=True)),
            line("when it was kept", _when_kept, words=True),
        ],
        things="scenarios",
    )


def answered(kept: Document, group: Document) -> Document | None:
    """Return the part of a kept answer that is of a group; None where the scenario was kept without one."""
    whose = [group[name] for name in _WHOSE]
    found = [
        each
        for scenario in (kept.get("answer") or {"scenarios": ()})["scenarios"]
        for each in scenario["groups"]
        if [each[name] for name in _WHOSE] == whose
    ]
    return found[0] if found and any(found[0].get(book) for book in BOOKS) else None


_WHOSE = ("bot", "run", "mode", "currency")


def _when_kept(row: Document) -> Cell:
    """Say how sure the difference was when the scenario was kept: over all that had been asked for then."""
    if row["answered"] is None:
        return Cell("not answered" if row["bot"] else "")
    group = row["answered"]
    name, book = _headline(group)
    evidence, guard = book["evidence"], _as_guard(book["evidence"])
    again = f" {count(group['not_rejudged'])} could not be judged again." if group["not_rejudged"] else ""
    return Cell(
        f"{FINDINGS[evidence['finding']].label}: {mean_words(guard)} a signal, {interval_words(guard)}",
        note=f"{window(row['answer'])}, {BOOKS[name]}; {evidence_words(evidence)}{again}",
    )


_UNREADABLE: Document = {
    **dict.fromkeys(("bot", "run", "mode")),
    "currency": "",
    "base": {},
    "scenario": {},
    "difference": None,
}


def _amounts(row: Document) -> Money:
    return Money.fitting(clean(row["currency"]), [side.get("pnl") for side in _both(row)])


def _both(row: Document) -> tuple[Document, Document]:
    return row["base"], row["scenario_side"]


def _from_to(row: Document, name: str, write: Callable[[Any], str]) -> str:
    was, would = (side.get(name) for side in _both(row))
    return write(would) if was is None and would is None else f"{write(was)} → {write(would)}"


def _headline(group: Document) -> tuple[str, Document]:
    name = next(name for name in BOOKS if group.get(name))
    return name, group[name]


def _as_guard(evidence: Document) -> Document:
    return {
        "interval_milli_r": evidence["interval_milli_r"],
        "verdict_detail": {"mean_saved_milli_r": evidence["mean_milli_r"]},
    }


def _scenario(scenario: Document, group: Document, interval: Interval) -> Scenario:
    name, book = _headline(group)
    money = money_of(group)
    evidence = book["evidence"]
    return Scenario(
        name=clean(scenario["scenario"]),
        who=who(group),
        change=_change(group),
        trades=f"{count(book['base']['trades'])} → {count(book['scenario']['trades'])}",
        difference=money.named_signed(book["difference"]),
        mean=mean_words(_as_guard(evidence)),
        range=interval_words(_as_guard(evidence)),
        interval=interval,
        verdict=FINDINGS[evidence["finding"]],
        sentence=f"{BOOKS[name].capitalize()}: {evidence_words(evidence)}",
        books=_books(group, money),
    )


def money_of(group: Document) -> Money:
    """Choose the decimals of a scenario's money."""
    sides: list[Any] = [
        group[book][side]["pnl"] for book in BOOKS if group.get(book) for side in ("base", "scenario")
    ]
    return Money.fitting(clean(group["currency"]), sides)


def _change(group: Document) -> str:
    parts = [
        f"{counted(group['signals'], 'signal')}: {count(group['released'])} let in, {count(group['removed'])} taken out",
        f"{count(group['unknown'])} might be let in, their chains are incomplete" if group["unknown"] else "",
        f"{count(group['not_rejudged'])} could not be judged again" if group["not_rejudged"] else "",
    ]
    return "; ".join(part for part in parts if part)


def evidence_words(found: Document) -> str:
    """Say what the difference rests on, and what is lacking."""
    if not found["judged_signals"]:
        return "no changed signal has a result on a closed day."
    block = found["block_days"]
    days = counted(
        found["clusters"],
        "day" if block == 1 else f"block of {block} days",
        "" if block == 1 else f"blocks of {block} days",
    )
    sample = f"{counted(found['judged_signals'], 'changed signal')} on {days}"
    why = " and ".join(GATES.get(gate, clean(gate)) for gate in found["failing_gates"])
    waiting = f"; {counted(found['unresolved'], 'signal')} without a result" if found["unresolved"] else ""
    return f"{sample}{waiting}{f'; {why}' if why else ''}."


def _books(group: Document, money: Money) -> Grid:
    rows = [
        {"label": label, **side}
        for book, title in BOOKS.items()
        if group.get(book)
        for label, side in _sides(group[book], title)
    ]
    return grid(
        f"Books of {who(group)}",
        rows,
        [
            line("", lambda row: row["label"], words=True),
            line("trades", lambda row: count(row.get("trades"))),
            line(f"net, {money.currency}", lambda row: Cell(money.signed(row["pnl"]), strong=True)),
            line("win rate", lambda row: percent(row.get("win_rate"), 1)),
            line("profit factor", lambda row: ratio(row.get("profit_factor"))),
            line("Sharpe", lambda row: ratio(row.get("sharpe"))),
            line("drawdown", lambda row: money.plain(row.get("drawdown"))),
        ],
    )


def _sides(book: Document, title: str) -> list[tuple[str, Document]]:
    return [
        (f"base, {title}", book["base"]),
        (f"scenario, {title}", book["scenario"]),
        (f"difference, {title}", {"pnl": book["difference"]}),
    ]
