"""Strategies side by side, real and shadow, with their ranks."""

import random
from typing import Any

from tests.projections.answers import signals_of, trades_of
from tests.projections.builders import DAY_2024, Row, at, signal, trade
from untaken.projections.figures import Figures
from untaken.projections.performance.figures import Account
from untaken.projections.performance.table import PERFORMANCE, SIGNAL_PERFORMANCE
from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.strategy_leaderboard import LeaderboardTables, RankingBasis, leaderboard_section

ALL_CLOSED = DAY_2024 + 10_000


def section(signals: list[Row], trades: list[Row], closed_before: int = ALL_CLOSED) -> Figures:
    ledger, real = signals_of(*signals), trades_of(*trades)
    real_table, signal_table = PERFORMANCE.fold(real), SIGNAL_PERFORMANCE.fold(ledger)
    return leaderboard_section(
        LeaderboardTables(real_table, signal_table, real_table, signal_table),
        real,
        ledger,
        Account(),
        RankingBasis(VerdictRules(), closed_before),
    )


def emitted(strategy: str, mean: float, days: int = 120, **fields: Any) -> list[Row]:
    """Return a signal a day whose results lie around a mean in R, one R being 20."""
    draw = random.Random(strategy)
    results = [draw.gauss(mean, 1.0) for _ in range(days)]
    return [
        signal(f"{strategy}-{day}", pnl=20 * r, r=r, at=at(day), exit_at=at(day), strategy=strategy, **fields)
        for day, r in enumerate(results)
    ]


def traded(strategy: str, *results: float) -> list[Row]:
    return [
        trade(
            f"{strategy}-{day}",
            pnl=pnl,
            strategy=strategy,
            at=at(day),
            exit_at=at(day),
            return_ppm=round(1000 * pnl),
        )
        for day, pnl in enumerate(results)
    ]


def test_real_and_shadow_stand_side_by_side() -> None:
    signals = [
        signal("s1", pnl=40.0, r=2.0, at=at(0), exit_at=at(0)),
        signal("s2", pnl=-20.0, r=-1.0, at=at(1), exit_at=at(1)),
        signal("s3", pnl=10.0, r=0.5, at=at(1), exit_at=at(1), strategy="drift"),
    ]
    (swing, drift) = section(signals, traded("swing", 30.0, -10.0))["strategies"]

    assert (swing["strategy"], swing["real"]["trades"], swing["real"]["pnl"]) == ("swing", 2, 20)
    assert (swing["real"]["win_rate"], swing["real"]["profit_factor"], swing["real"]["drawdown"]) == (
        0.5,
        3.0,
        10,
    )
    assert (swing["real"]["average_win"], swing["real"]["average_loss"]) == (30, 10)
    assert (swing["shadow"]["pnl"], swing["shadow"]["drawdown"], swing["shadow"]["win_rate"]) == (20, 20, 0.5)
    assert (drift["strategy"], drift["shadow"]["pnl"], drift["real"]["trades"]) == ("drift", 10, 0)
    assert (drift["real"]["rank"], drift["real"]["ranks_not_excluded"], drift["real"]["sharpe"]) == (
        None,
        None,
        None,
    )


def test_scores_are_shrunk_towards_the_mean_of_all() -> None:
    """Over two days: 1000 and 500 milli-R in all, 500 and 250 a day, 375 for all; own weights 1 / 101 and 1 / 101."""
    signals = [
        signal("s1", pnl=20.0, r=1.0, at=at(0), exit_at=at(0)),
        signal("s2", pnl=10.0, r=0.5, at=at(1), exit_at=at(1), strategy="drift"),
    ]
    (swing, drift) = section(signals, [])["strategies"]

    assert swing["shadow"]["score"] == (500 + 100 * 375) / 101
    assert drift["shadow"]["score"] == (250 + 100 * 375) / 101


def test_a_rank_comes_with_those_that_the_evidence_leaves_open() -> None:
    signals = [*emitted("good", 0.6), *emitted("also good", 0.65), *emitted("bad", -0.7)]
    found = section(signals, [])
    ranks = {each["strategy"]: each["shadow"]["ranks_not_excluded"] for each in found["strategies"]}

    assert ranks == {"good": [1, 2], "also good": [1, 2], "bad": [3, 3]}
    assert found["strategies"][2]["strategy"] == "bad"
    assert found["top_strategy"] in {"good", "also good"}


def test_the_best_in_shadow_and_the_best_for_real_may_differ() -> None:
    signals = [*emitted("steady", 0.6), *emitted("wild", -0.6)]
    found = section(signals, [*traded("steady", -10.0, -10.0), *traded("wild", 10.0, 10.0)])

    assert (found["top_strategy"], found["top_strategy_real"]) == ("steady", "wild")
    assert [each["strategy"] for each in found["strategies"]] == ["steady", "wild"]
    assert [each["real"]["rank"] for each in found["strategies"]] == [2, 1]


def test_days_that_are_not_closed_count_in_figures_but_not_in_ranks() -> None:
    found = section(emitted("good", 0.6), [], closed_before=DAY_2024)
    (good,) = found["strategies"]

    assert good["shadow"]["counted"] == 120
    assert (good["shadow"]["rank"], found["top_strategy"]) == (None, None)


def test_signals_that_overlap_do_not_move_ranks() -> None:
    found = section(
        [*emitted("good", 0.6), *emitted("bad", -0.6), *emitted("doubled", 3.0, overlapped=True)], []
    )

    assert found["top_strategy"] == "good"
    assert [each["shadow"]["counted"] for each in found["strategies"] if each["strategy"] == "doubled"] == [0]


def test_trades_without_a_strategy_are_on_no_board() -> None:
    found = section([], [trade("manual", pnl=5.0, strategy=None)])

    assert (found["strategies"], found["top_strategy"], found["top_strategy_real"]) == ([], None, None)
