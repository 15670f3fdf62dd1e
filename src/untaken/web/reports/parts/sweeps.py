"""Sweeps: a grid of scenarios, what is best among them, and how much of that is luck."""

from dataclasses import dataclass

from untaken.web.reports.charts.sweeps import Squares, Sweep, curve, squares
from untaken.web.reports.numbers import Money, count, counted, p_value, percent, ratio
from untaken.web.reports.parts.grid import Cell, Grid, grid, line
from untaken.web.reports.parts.scenarios import FINDINGS, evidence_words
from untaken.web.reports.words import Document, clean, instant, who, window, words_of

MOST = 12


@dataclass(frozen=True)
class SweepGroup:
    who: str
    currency: str
    sentence: str
    luck: list[str]
    curve: Sweep | None
    squares: Squares | None
    best: Grid
    folds: Grid | None


@dataclass(frozen=True)
class SweepView:
    title: str
    window: str
    axes: list[str]
    tried: str
    groups: list[SweepGroup]


def sweep_of(answer: Document) -> SweepView:
    """Lay out an answer of a sweep."""
    axes = answer["sweep"]["axes"]
    names = [axis_name(axis["rule"]) for axis in axes]
    return SweepView(
        title=clean(answer.get("name") or f"Sweep over {' and '.join(names)}"),
        window=window(answer),
        axes=names,
        tried=f"{counted(answer['scenarios_tried'], 'scenario')} tried on this log so far.",
        groups=[_group(answer["sweep"], group) for group in answer["groups"]],
    )


def axis_name(rule: object) -> str:
    """Write a rule as the name of an axis, `take profit, %`."""
    name = words_of(str(rule).rpartition(".")[2])
    return f"{name.removesuffix(' pct')}, %" if name.endswith(" pct") else name


def _group(sweep: Document, group: Document) -> SweepGroup:
    scenarios, axes = group["scenarios"], sweep["axes"]
    money = Money.fitting(clean(group["currency"]), [each["difference"] for each in scenarios])
    return SweepGroup(
        who=who(group),
        currency=money.currency,
        sentence=sentence(group, money),
        luck=luck_of(group, money),
        curve=curve(axes[0]["values"], scenarios, money) if len(axes) == 1 and scenarios else None,
        squares=squares(axes, scenarios, group["best"], money),
        best=_best(group, money),
        folds=_folds(group.get("walk_forward") or {}, money),
    )


def sentence(group: Document, money: Money) -> str:
    """Say what is best and whether it can be believed."""
    if group["best"] is None:
        return "No scenario has enough days with results to be told from the base."
    best = group["scenarios"][group["best"]]
    said = f"Best on the open part: {clean(best['scenario'])}, {money.named_signed(best['difference'])} against the base"
    p = best["p_adjusted"]
    over = f"over {counted(best['changed_clusters'], 'day')} with changes"
    if p is None:
        return f"{said}, {over}: too few to say more."
    superior = len(group["superior"])
    surely = (
        f"{counted(superior, 'scenario is', 'scenarios are')} better than the base for all that were tried together"
        if superior
        else "none is surely better than the base, for all that were tried together"
    )
    return f"{said}, {over}; corrected p {p_value(p)}: {surely}."


def luck_of(group: Document, money: Money) -> list[str]:
    """Say what the diagnostics, the walk forward and the locked part have to say."""
    return [text for text in (_diagnosed(group), _forward(group, money), _locked(group, money)) if text]


def _diagnosed(group: Document) -> str:
    found = group.get("diagnostics") or {}
    parts = []
    if found.get("overfitting") is not None:
        parts.append(
            f"The winner of one half is below the middle in the other in {percent(found['overfitting'])} of "
            f"{count(found['splits'])} splits (probability of overfitting)"
        )
    if found.get("deflated_sharpe") is not None:
        parts.append(
            f"a Sharpe ratio above what {count(found['trials'])} trials give by luck has a probability of "
            f"{percent(found['deflated_sharpe'])}"
        )
    return f"{'; '.join(parts)}." if parts else ""


def _forward(group: Document, money: Money) -> str:
    found = group.get("walk_forward") or {}
    if "difference" not in found:
        return ""
    finding = FINDINGS[found["evidence"]["finding"]].label
    return (
        f"Walked forward, each period with the choice of those before: {money.named_signed(found['difference'])}, "
        f"where looking back would say {money.named_signed(found['in_sample_difference'])}; {finding}: "
        f"{evidence_words(found['evidence'])}"
    )


def _locked(group: Document, money: Money) -> str:
    found, locked = group.get("out_of_sample"), group.get("locked") or {}
    if found:
        finding = FINDINGS[found["evidence"]["finding"]].label
        return (
            f"On the locked part, look {count(found['look'])}: {clean(found['scenario'])} made "
            f"{money.named_signed(found['difference'])} against the base; {finding}."
        )
    if locked.get("since"):
        return f"Nobody has looked at what came from {instant(locked['since'])} on: it is kept for one honest test."
    return ""


def _best(group: Document, money: Money) -> Grid:
    rows = sorted(group["scenarios"], key=lambda each: -each["difference"])
    return grid(
        "Scenarios, best first",
        rows,
        [
            line("scenario", lambda row: Cell(clean(row["scenario"]), strong=True), words=True),
            line("trades", lambda row: count(row["trades"])),
            line(f"net, {money.currency}", lambda row: money.signed(row["pnl"])),
            line("against base", lambda row: Cell(money.signed(row["difference"]), strong=True)),
            line("win rate", lambda row: percent(row["win_rate"])),
            line("profit factor", lambda row: ratio(row["profit_factor"])),
            line("corrected p", lambda row: p_value(row["p_adjusted"])),
            line("", _standing, words=True),
        ],
        most=MOST,
        things="scenarios",
    )


def _standing(row: Document) -> str:
    if row["superior"]:
        return "▲ better"
    if row.get("why") == "base":
        return "the base"
    if row.get("why") == "too_few_days":
        return "too few days"
    return "may be the best" if row["not_excluded"] else "excluded"


def _folds(forward: Document, money: Money) -> Grid | None:
    folds = forward.get("folds") or ()
    if not folds:
        return None
    return grid(
        "Walked forward, period by period",
        folds,
        [
            line("from", lambda row: instant(row["since"]) if row["since"] else "the beginning", words=True),
            line("chosen", lambda row: clean(row["chosen"] or "the base"), words=True),
            line("days", lambda row: count(row["clusters"])),
            line(f"against base, {money.currency}", lambda row: money.signed(row["difference"])),
        ],
        things="periods",
    )
