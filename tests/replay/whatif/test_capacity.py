"""Limited positions and capital, simulated in order of time."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.projections.builders import Row, ledger_of, signal
from untaken.replay.whatif.capacity import Limits, admitted

E8 = 10**8

TABLE = {
    "A": (0, 60, 100, True),
    "B": (10, 20, -40, False),
    "C": (15, 90, 80, False),
    "D": (30, 50, 60, True),
    "E": (70, 80, -50, False),
}
"""STATISTICS 2.4: entry, exit, result, whether the guard blocks it."""


def trade(name: str, entry: int, exit_at: int, pnl: float = 0, **fields: Any) -> Row:
    terms: Row = {"size": 1000.0, "fx": 1.0, "symbol": name}
    return signal(name, pnl=pnl, entry_at=entry, **{**terms, **fields}) | {"exit_at": exit_at}


def named(rows: pl.DataFrame, **limits: Any) -> str:
    return "".join(sorted(rows.filter(admitted(rows, Limits(**limits)))["signal_id"]))


@pytest.mark.parametrize(
    ("slots", "guarded", "free"),
    [(None, ("BCE", -10), ("ABCDE", 150)), (2, ("BCE", -10), ("ABDE", 70)), (1, ("BE", -90), ("AE", 50))],
)
def test_the_table_of_the_statistics(
    slots: int | None, guarded: tuple[str, int], free: tuple[str, int]
) -> None:
    for blocks, (names, pnl) in ((True, guarded), (False, free)):
        rows = ledger_of(
            *(trade(name, *times) for name, (*times, held) in TABLE.items() if not (held and blocks))
        )
        inside = rows.filter(admitted(rows, Limits(max_positions=slots)))

        assert "".join(sorted(inside["signal_id"])) == names
        assert inside["pnl_e8"].sum() == pnl * E8


def test_an_exit_at_the_entry_of_another_has_freed_its_slot() -> None:
    rows = ledger_of(trade("A", 0, 10), trade("B", 10, 20), trade("C", 19, 30))

    assert named(rows, max_positions=1) == "AB"


def test_entries_of_one_moment_are_taken_in_order_of_identity() -> None:
    rows = ledger_of(trade("B", 0, 10), trade("A", 0, 10))

    assert named(rows, max_positions=1) == "A"


def test_capital_is_blocked_by_size_over_leverage_in_account_currency() -> None:
    rows = ledger_of(
        trade("A", 0, 10, leverage=2.0),
        trade("B", 1, 10, fx=0.5),
        trade("C", 2, 10, size=0.01),
        trade("D", 10, 11),
    )

    assert named(rows, capital=1000) == "ABD"
    assert named(rows, capital=1000.01) == "ABCD"
    assert named(rows, capital=499.99) == "C"


def test_one_symbol_may_be_limited_by_itself() -> None:
    rows = ledger_of(
        *(trade(name, place, 10, symbol="S") for place, name in enumerate("AB")), trade("C", 2, 10)
    )

    assert named(rows, max_per_symbol=1) == "AC"


trades = st.lists(
    st.tuples(
        st.integers(0, 30), st.integers(0, 15), st.sampled_from("XYZ"), st.sampled_from([100.0, 333.3])
    ),
    max_size=25,
)
limits = st.builds(
    Limits,
    max_positions=st.none() | st.integers(1, 4),
    max_per_symbol=st.none() | st.integers(1, 2),
    capital=st.none() | st.sampled_from([100.0, 500.0, 900.0]),
)


@settings(deadline=None)
@given(trades, limits)
def test_what_finds_room_is_what_a_patient_clerk_lets_in(
    wanted: list[tuple[Any, ...]], limit: Limits
) -> None:
    rows = ledger_of(
        *(
            trade(f"s{place:02}", entry, entry + held, symbol=symbol, size=size)
            for place, (entry, held, symbol, size) in enumerate(wanted)
        )
    )

    assert rows.filter(admitted(rows, limit))["signal_id"].sort().to_list() == sorted(clerk(rows, limit))


def clerk(rows: pl.DataFrame, limit: Limits) -> list[str]:
    """Ask of every signal in turn what is open at its entry."""
    inside: list[dict[str, Any]] = []
    for row in rows.sort("entry_at", "signal_id").to_dicts():
        held = [one for one in inside if one["exit_at"] > row["entry_at"]]
        same = [one for one in held if one["symbol"] == row["symbol"]]
        margin = sum(round(one["size"] * E8) for one in [*held, row])
        if (
            (limit.max_positions is None or len(held) < limit.max_positions)
            and (limit.max_per_symbol is None or len(same) < limit.max_per_symbol)
            and (limit.capital is None or margin <= limit.capital * E8)
        ):
            inside.append(row)
    return [row["signal_id"] for row in inside]
