"""What guards saved and cost, worked out by hand on ledgers of a few rows."""

from decimal import Decimal
from typing import Any

import polars as pl

from tests.projections.builders import DAY_2024, Row, asked, at, blocked, ledger_of, signal
from untaken.projections.figures import Figures
from untaken.projections.guard_effectiveness.figures import GuardTables, VerdictBasis, guard_section
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.statistics.rules import VerdictRules


def section(*rows: Row, window: pl.DataFrame | None = None, **basis: Any) -> Figures:
    """Return the figures of a ledger; all its days are closed unless it is said otherwise."""
    whole = ledger_of(*rows)
    asked_table = GUARDS_ASKED.fold(whole if window is None else window)
    table = GUARD_EFFECTIVENESS.fold(whole)
    shown = table if window is None else GUARD_EFFECTIVENESS.fold(window)
    stands_on: Any = {"rules": VerdictRules(), "declared": 1, "closed_before": DAY_2024 + 10_000, **basis}
    return guard_section(GuardTables(asked=asked_table, window=shown, epoch=table), VerdictBasis(**stands_on))


def guard(figures: Figures, name: str) -> Figures:
    return next(each for each in figures["guards"] if each["guard"] == name)


def a_day() -> list[Row]:
    """Seven signals, of which spread blocked four and cooldown two."""
    return [
        blocked("lost", ["spread"], pnl=-20.0, r=-1.0),
        blocked("won", ["spread", "cooldown"], pnl=30.0, r=1.5),
        blocked("stopped there", ["cooldown"], complete=False, pnl=-8.0, r=-0.4),
        blocked("overlapped", ["spread"], pnl=-50.0, r=-2.5, overlapped=True),
        blocked("no prices", ["spread"], exit_reason="no_data"),
        signal("let through", status="approved", asked=asked("spread", "cooldown"), pnl=5.0, r=0.25),
        signal("filled later", status="filled", asked=asked("spread"), pnl=11.0, r=0.55),
    ]


def test_counts_tell_how_often_a_guard_was_asked_and_blocked() -> None:
    figures = section(*a_day())
    names = (
        "judged",
        "blocked",
        "first_blocked",
        "resolved",
        "unresolved",
        "overlapped",
        "unknown_beyond_first",
    )

    assert [guard(figures, "spread")[name] for name in names] == [6, 4, 4, 3, 1, 1, 0]
    assert [guard(figures, "cooldown")[name] for name in names] == [3, 2, 1, 2, 0, 0, 1]
    assert guard(figures, "spread")["block_rate"] == 4 / 6


def test_money_goes_to_the_first_blocker_so_that_guards_add_up_to_the_total() -> None:
    figures = section(*a_day())
    spread, cooldown = guard(figures, "spread"), guard(figures, "cooldown")

    assert (spread["avoided_loss"], spread["missed_profit"]) == (
        Decimal("20.00000000"),
        Decimal("30.00000000"),
    )
    assert (cooldown["avoided_loss"], cooldown["missed_profit"]) == (8, 0)
    assert spread["net_saved"] + cooldown["net_saved"] == -(-20 + 30 - 8)
    assert (spread["net_saved_milli_r"], cooldown["net_saved_milli_r"]) == (-500, 400)
    assert (spread["counted"], spread["avoided_share"], cooldown["avoided_share"]) == (2, 0.5, 1.0)


def test_guards_are_listed_by_what_they_saved() -> None:
    assert [each["guard"] for each in section(*a_day())["guards"]] == ["cooldown", "spread"]


def test_a_sole_blocker_is_known_only_where_every_guard_was_asked() -> None:
    """For spread: it alone stopped a loss of 20. Of cooldown's loss of 8 nobody knows who else would have blocked."""
    figures = section(*a_day())

    assert guard(figures, "spread")["sole"] == 20
    assert guard(figures, "spread")["sole_bounds"] == [20, 20]
    assert guard(figures, "cooldown")["sole"] == 0
    assert guard(figures, "cooldown")["sole_bounds"] == [0, 8]


def test_a_shapley_share_splits_a_block_evenly_among_its_blockers() -> None:
    """Spread: 20 alone and half of -30. Cooldown: the other half, and perhaps the 8 that are not known."""
    figures = section(*a_day())

    assert (guard(figures, "spread")["shapley"], guard(figures, "spread")["shapley_bounds"]) == (5, [5, 5])
    assert (guard(figures, "cooldown")["shapley"], guard(figures, "cooldown")["shapley_bounds"]) == (
        -15,
        [-15, -7],
    )


def test_a_third_of_the_last_digit_is_kept_as_a_fraction_and_shown_rounded() -> None:
    figures = section(blocked("s", ["a", "b", "c"], pnl=-1e-8, r=-0.001))

    assert [each["shapley_exact"] for each in figures["guards"]] == ["1/300000000"] * 3
    assert [each["shapley"] for each in figures["guards"]] == [Decimal("0E-8")] * 3


def test_a_blocked_signal_whose_money_is_unknown_counts_in_r_and_not_in_money() -> None:
    spread = guard(section(blocked("s", ["spread"], r=-1.0)), "spread")

    assert (spread["counted"], spread["money_unknown"], spread["net_saved"]) == (0, 1, 0)
    assert (spread["net_saved_milli_r"], spread["avoided_share"]) == (1000, None)
    assert (spread["days"][0]["n"], spread["verdict_detail"]["break_even_extra_cost"]) == (1, None)


def test_a_blocked_signal_without_a_stop_has_money_and_no_r() -> None:
    spread = guard(section(blocked("s", ["spread"], pnl=-20.0)), "spread")

    assert (spread["net_saved"], spread["net_saved_milli_r"]) == (20, 0)
    assert spread["verdict_detail"]["clusters"] == 0


def test_results_beyond_the_cap_are_cut_in_the_capped_sum_alone() -> None:
    rows = [
        blocked("jackpot", ["spread"], pnl=140.0, r=7.0),
        blocked("crash", ["spread"], pnl=-180.0, r=-9.0),
    ]
    spread = guard(section(*rows), "spread")

    assert spread["net_saved_milli_r"] == 2000
    assert spread["verdict_detail"]["sum_s"] == 2000
    assert spread["verdict_detail"]["capped_saved_milli_r"] == 0


def test_a_verdict_stands_on_closed_days_and_the_table_shows_the_open_one() -> None:
    rows = [
        blocked("yesterday", ["spread"], pnl=-20.0, r=-1.0, at=at(day=0)),
        blocked("today", ["spread"], pnl=-40.0, r=-2.0, at=at(day=1)),
    ]
    spread = guard(section(*rows, closed_before=DAY_2024 + 1), "spread")

    assert spread["net_saved"] == 60
    assert (spread["verdict_detail"]["clusters"], spread["verdict_detail"]["sum_s"]) == (1, 1000)
    assert [day["saved"] for day in spread["days"]] == [20, 40]


def test_a_verdict_stands_on_the_whole_epoch_whatever_the_window_shows() -> None:
    rows = [blocked(f"s{day}", ["spread"], pnl=-20.0, r=-1.0, at=at(day)) for day in range(3)]
    spread = guard(section(*rows, window=ledger_of(rows[0])), "spread")

    assert (spread["blocked"], spread["net_saved"]) == (1, 20)
    assert spread["verdict_detail"]["clusters"] == 3


def test_days_are_put_together_into_clusters_as_long_as_the_longest_hold() -> None:
    rows = [blocked(f"s{day}", ["spread"], pnl=-20.0, r=-1.0, at=at(day)) for day in range(4)]
    detail = guard(section(*rows, rules=VerdictRules(block_days=2)), "spread")["verdict_detail"]
    first = DAY_2024 % 2

    assert detail["clusters"] == 2 + first
    assert detail["sum_s2"] == (2 * 2000**2 if first == 0 else 2000**2 + 2 * 1000**2)


def test_portfolio_guards_are_kept_apart_and_grouped_apart() -> None:
    both = [*asked("max_positions", kind="portfolio"), *asked("spread")]
    rows = [
        blocked("s1", ["max_positions"], pnl=-20.0, r=-1.0, asked=both),
        blocked("s2", ["spread"], pnl=3.0, asked=both),
    ]
    figures = section(*rows)

    assert guard(figures, "max_positions")["bucket"] == "portfolio"
    assert figures["portfolio_guards"] == ["max_positions"]
    assert figures["inconclusive_guards"] == ["spread"]


def test_verdicts_put_guards_into_their_groups() -> None:
    """Sixty days on which one guard stops a loss of 1 R three times out of four, and another the same profit."""
    results = {"saver": -1, "spender": 1}
    rows = [
        blocked(f"{name}-{day}", [name], pnl=20.0 * sign, r=float(sign), at=at(day))
        for name, direction in results.items()
        for day in range(60)
        for sign in [direction if day % 4 else -direction]
    ]
    figures = section(*rows)

    assert figures["effective_guards"] == ["saver"]
    assert figures["ineffective_guards"] == [{"guard": "spender", "net_cost": Decimal(600)}]
    assert (figures["immaterial_guards"], figures["inconclusive_guards"]) == ([], [])
    assert guard(figures, "saver")["verdict_detail"]["break_even_extra_cost"] == Decimal(-10)


def test_a_guard_that_never_blocked_is_listed_with_nothing_to_judge() -> None:
    figures = section(signal(status="approved", asked=asked("spread"), pnl=5.0))
    spread = guard(figures, "spread")

    assert (spread["judged"], spread["blocked"], spread["block_rate"]) == (1, 0, 0.0)
    assert (spread["avoided_share"], spread["interval_milli_r"], spread["verdict"]) == (
        None,
        None,
        "inconclusive",
    )


def test_a_guard_asked_in_several_attempts_judged_one_signal() -> None:
    """The ledger lists a guard once a signal, whatever the attempts."""
    rows = [blocked("s1", ["spread"], attempts=3, pnl=-1.0), signal("s2", asked=asked("spread"))]

    assert guard(section(*rows), "spread")["judged"] == 2


def test_no_rows_are_no_guards() -> None:
    assert section()["guards"] == []
