"""The strategy leaderboard: real and shadow side by side, with the ranks that the evidence leaves open."""

from dataclasses import dataclass

from untaken.web.reports.charts.ranks import RankSpan, rank_span, rank_words
from untaken.web.reports.numbers import Money, count, percent, ratio, written
from untaken.web.reports.parts.grid import Cell, Grid, Line, grid, line, pnl_of
from untaken.web.reports.words import Document, clean


@dataclass(frozen=True)
class Standing:
    name: str
    shadow: RankSpan | None
    real: RankSpan | None


@dataclass(frozen=True)
class Leaderboard:
    sentence: str
    standings: list[Standing]
    ranks: int
    grid: Grid


def leaderboard_of(group: Document, money: Money) -> Leaderboard | None:
    """Lay out the leaderboard; None without a strategy."""
    section = group.get("strategy_leaderboard")
    if not section or not section["strategies"]:
        return None
    rows = section["strategies"]
    ranks = max(_ranked(section, side) for side in ("shadow", "real"))
    return Leaderboard(
        sentence=sentence(section),
        standings=[
            Standing(clean(row["strategy"]), rank_span(row["shadow"], ranks), rank_span(row["real"], ranks))
            for row in rows[:24]
        ],
        ranks=ranks,
        grid=grid(
            "Strategies, best first",
            rows,
            [
                line("strategy", lambda row: Cell(clean(row["strategy"]), strong=True), words=True),
                *_side("shadow", "counted", money),
                *_side("real", "trades", money),
            ],
            over=[("", 1), ("shadow, in turn", 5), ("really traded", 5)],
            things="strategies",
        ),
    )


def _ranked(section: Document, side: str) -> int:
    return sum(row[side]["rank"] is not None for row in section["strategies"])


def sentence(section: Document) -> str:
    """Name the best, and whether another may be as good."""
    top, real = section["top_strategy"], section["top_strategy_real"]
    if top is None and real is None:
        return "No strategy has a result on a closed day yet, so none is ranked."
    parts = [
        _first(section, "shadow", top, "on every signal, in shadow"),
        _first(section, "real", real, "as really traded"),
    ]
    return " ".join(part for part in parts if part)


def _first(section: Document, side: str, name: str | None, where: str) -> str:
    if name is None:
        return ""
    if _ranked(section, side) == 1:
        return f"{clean(name)} is the only one with results {where}."
    others = [
        row["strategy"] for row in section["strategies"] if row["strategy"] != name and 1 in _open(row[side])
    ]
    if others:
        return f"{clean(name)} is first {where}, though {_listed(others)} may be as good."
    return f"{clean(name)} is first {where}, and no other is as good."


def _open(side: Document) -> range:
    ranks = side["ranks_not_excluded"]
    return range(ranks[0], ranks[-1] + 1) if ranks else range(0)


def _listed(names: list[str]) -> str:
    shown = [clean(name) for name in names[:3]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {count(more)} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _side(side: str, trades: str, money: Money) -> list[Line]:
    return [
        line("rank", lambda row: Cell(rank_words(row[side]), _score(row[side])), "milli-R a day"),
        line("trades", lambda row: count(row[side][trades])),
        line(f"net, {money.currency}", lambda row: Cell(money.signed(pnl_of(row[side])), strong=True)),
        line(
            "win rate",
            lambda row: Cell(percent(row[side]["win_rate"]), ratio(row[side]["profit_factor"])),
            "profit factor",
        ),
        line(
            "Sharpe",
            lambda row: Cell(ratio(row[side]["sharpe"]), money.plain(row[side]["drawdown"])),
            "drawdown",
        ),
    ]


def _score(side: Document) -> str:
    return "" if side["score"] is None else written(side["score"], 0, signed=True)
