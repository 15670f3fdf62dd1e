"""Guards that block together."""

import json
from collections.abc import Collection, Sequence
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.golden.cases import golden_folder
from untaken.projections.statistics.attribution import (
    BlockedTogether,
    Bounds,
    attribute,
    from_bitmask,
    released_by,
)

GUARDS = ("g0", "g1", "g2")
TABLE = {0b001: (10, 4000), 0b011: (6, 3000), 0b111: (2, 1200), 0b010: (5, -2500), 0b110: (4, -800)}

masks = st.dictionaries(
    st.integers(0, 7), st.tuples(st.integers(1, 50), st.integers(-(10**12), 10**12)), max_size=8
)


def together(
    *blockers: str, avoided: int = 0, missed: int = 0, n: int = 1, complete: bool = True
) -> BlockedTogether:
    return BlockedTogether(tuple(sorted(blockers)), blockers[0], n, avoided, missed, complete)


def test_the_worked_example_of_overlapping_guards() -> None:
    shares = [attribute(from_bitmask(TABLE, GUARDS))[guard] for guard in GUARDS]

    assert [credit.sole.exact for credit in shares] == [4000, -2500, 0]
    assert [credit.first for credit in shares] == [8200, -3300, 0]
    assert [credit.involved for credit in shares] == [8200, 900, 400]
    assert [credit.shapley for credit in shares] == [5900, -1000, 0]


def test_disabling_guards_releases_what_only_they_blocked() -> None:
    rows = from_bitmask(TABLE, GUARDS)

    assert released_by(rows, {"g0"}) == Bounds(4000, 4000, 4000)
    assert released_by(rows, {"g0", "g1"}).exact == 4500
    assert released_by(rows, GUARDS).exact == 4900


def test_shares_of_a_third_stay_exact() -> None:
    rows = [
        together("A", avoided=20),
        together("A", "B", missed=40),
        together("A", "B", "C", avoided=20),
        together("B", missed=40),
        together("B", "C", avoided=20),
        together("C", "A", avoided=20),
        together("A", "B", missed=40),
    ]
    shares = attribute(rows)

    assert {guard: credit.first for guard, credit in shares.items()} == {"A": -40, "B": -20, "C": 20}
    assert shares["A"].shapley == Fraction(-10, 3)
    assert shares["B"].shapley == Fraction(-190, 3)
    assert shares["C"].shapley == Fraction(80, 3)


def test_a_chain_cut_after_the_first_block_leaves_bounds() -> None:
    rows = [
        together("A", avoided=20, complete=False),
        together("A", missed=40, complete=False),
        together("A", missed=40),
        together("B", avoided=20, complete=False),
    ]
    shares = attribute(rows)

    assert shares["A"].sole == Bounds(exact=-40, low=-80, high=-20)
    assert shares["B"].sole == Bounds(exact=0, low=0, high=20)
    assert (shares["A"].first, shares["A"].unknown_beyond_first) == (-60, 2)
    assert shares["A"].shapley == -40


def test_golden_bitmask_table() -> None:
    path = golden_folder() / "12-guard-chain-complete" / "expected.json"
    if not path.exists():
        pytest.skip(f"no golden cases in {golden_folder()}")
    direct = json.loads(path.read_text("utf-8"))["direct"]
    rows = from_bitmask({int(mask, 2): (n, saved) for mask, n, saved in direct["table"]}, GUARDS)
    shares = [attribute(rows)[guard] for guard in GUARDS]

    assert [credit.sole.exact for credit in shares] == direct["sole"]
    assert [credit.first for credit in shares] == direct["first"]
    assert [credit.shapley for credit in shares] == direct["shapley"]
    for guards, saved in direct["disable"].items():
        assert released_by(rows, {GUARDS[int(guard)] for guard in guards.split("+")}).exact == saved


@given(masks)
def test_shapley_is_the_mean_over_all_orders_of_switching_on(table: dict[int, tuple[int, int]]) -> None:
    rows = from_bitmask(table, GUARDS)
    shares = attribute(rows)

    for guard in GUARDS:
        part = shares[guard].shapley if guard in shares else Fraction(0)
        assert part == mean_marginal_value(rows, guard)


@given(masks)
def test_first_and_shapley_add_up_to_the_total(table: dict[int, tuple[int, int]]) -> None:
    rows = from_bitmask(table, GUARDS)
    shares = attribute(rows).values()
    total = released_by(rows, GUARDS).exact

    assert sum(credit.first for credit in shares) == total
    assert sum(credit.shapley for credit in shares) == total


def mean_marginal_value(rows: Sequence[BlockedTogether], guard: str) -> Fraction:
    orders = list(permutations(GUARDS))
    gains = [
        blocked(rows, before(order, guard) | {guard}) - blocked(rows, before(order, guard))
        for order in orders
    ]
    return Fraction(sum(gains), len(orders))


def before(order: Sequence[str], guard: str) -> set[str]:
    return set(order[: order.index(guard)])


def blocked(rows: Sequence[BlockedTogether], active: Collection[str]) -> int:
    return sum(row.saved for row in rows if set(row.blockers) & set(active))
