"""Drawdown, streaks and daily series of many groups at once are those of each group by itself."""

from itertools import groupby

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.projections.answers import signals_of, trades_of
from tests.projections.builders import at, signal, trade
from untaken.projections.definition import DAY_US
from untaken.projections.ordered import ordered_by_value, period_of, real_results, shadow_results
from untaken.projections.statistics.performance import drawdown

rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.integers(0, 3 * DAY_US),
        st.integers(-5, 5) | st.sampled_from([2**63 - 1, -(2**63 - 1)]),
    ),
    max_size=12,
)


def runs(results: list[int]) -> list[tuple[int, int]]:
    """Return (sign, length) of each run of results of one sign."""
    return [(sign, len(list(run))) for sign, run in groupby(results, lambda each: (each > 0) - (each < 0))]


@settings(deadline=None)
@given(rows)
def test_groups_are_measured_one_by_one(drawn: list[tuple[str | None, int, int]]) -> None:
    ordered = sorted(drawn, key=lambda row: row[1])
    schema = {"value": pl.String(), "exit_at": pl.Int64(), "pnl_e8": pl.Int64()}
    found = ordered_by_value(pl.DataFrame(ordered, schema=schema, orient="row"))

    assert set(found) == {value for value, _, _ in drawn}
    for value, measures in found.items():
        mine = [(when, pnl) for name, when, pnl in ordered if name == value]
        results = [pnl for _, pnl in mine]
        days = {
            day: sum(pnl for _, pnl in group) for day, group in groupby(mine, lambda each: each[0] // DAY_US)
        }

        assert measures.drawdown_e8 == drawdown(results)
        assert measures.longest_winning_streak == max((n for sign, n in runs(results) if sign > 0), default=0)
        assert measures.longest_losing_streak == max((n for sign, n in runs(results) if sign < 0), default=0)
        assert measures.current_streak == runs(results)[-1][0] * runs(results)[-1][1]
        assert dict(zip(measures.days, measures.daily_e8, strict=True)) == days


def test_only_what_is_over_counts_and_is_known_is_a_real_result() -> None:
    kept = real_results(
        trades_of(
            trade("late", pnl=1.0, exit_at=at(2)),
            trade("early", pnl=1.0, exit_at=at(1)),
            trade("open"),
            trade("unknown", state="closed", exit_at=at()),
            trade("backwards", pnl=1.0, counts=False),
        )
    )

    assert kept["trade_id"].to_list() == ["early", "late"]
    assert period_of(kept) == (at(1) // DAY_US, at(2) // DAY_US)


def test_only_signals_in_turn_whose_money_is_known_are_shadow_results() -> None:
    kept = shadow_results(
        signals_of(
            signal("b", pnl=1.0),
            signal("a", pnl=1.0),
            signal("again", pnl=1.0, overlapped=True),
            signal("r", r=1.0),
        )
    )

    assert kept["signal_id"].to_list() == ["a", "b"]
    assert period_of(kept.clear()) is None
