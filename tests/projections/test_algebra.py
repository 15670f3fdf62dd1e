"""Every table can be cut, merged, corrected and put together again, on rows as extreme as they may be."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.projections.builders import DAY_2024, ledger_of, signal, trade, trades_of
from tests.projections.generating import LARGEST, Rows, frame, rows_of
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import DAY, DAY_US, Projection
from untaken.projections.shadow_performance.table import REAL_PERFORMANCE, SHADOW_PERFORMANCE

each_projection = pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
enough = settings(max_examples=40)
"""Of each law, for each of the projections, which are made of the same parts."""


def folded(projection: Projection, rows: Rows) -> pl.DataFrame:
    return projection.fold(frame(projection, rows))


@each_projection
@enough
@given(data=st.data())
def test_tables_of_any_parts_merge_into_the_table_of_the_whole(projection: Projection, data: Any) -> None:
    rows = data.draw(rows_of(projection))
    owners = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    parts = [[row for row, owner in zip(rows, owners, strict=True) if owner == part] for part in range(4)]
    tables = data.draw(st.permutations([folded(projection, part) for part in parts]))

    assert_frame_equal(projection.merge(tables), folded(projection, rows))


@each_projection
@enough
@given(data=st.data())
def test_a_table_does_not_depend_on_the_order_of_its_rows(projection: Projection, data: Any) -> None:
    rows = data.draw(rows_of(projection))

    assert_frame_equal(folded(projection, data.draw(st.permutations(rows))), folded(projection, rows))


@each_projection
@enough
@given(data=st.data())
def test_a_corrected_table_is_the_table_of_the_corrected_rows(projection: Projection, data: Any) -> None:
    kept, old, new = (data.draw(rows_of(projection)) for _ in range(3))
    corrected = projection.correct(
        folded(projection, kept + old), frame(projection, old), frame(projection, new)
    )

    assert_frame_equal(corrected, folded(projection, kept + new))


@each_projection
@enough
@given(data=st.data())
def test_what_is_taken_out_leaves_no_trace(projection: Projection, data: Any) -> None:
    rows = data.draw(rows_of(projection))
    table = folded(projection, rows)

    assert_frame_equal(projection.merge([table, projection.negated(table)]), projection.empty())
    assert_frame_equal(
        projection.correct(table, frame(projection, rows), frame(projection, [])), projection.empty()
    )


@each_projection
@enough
@given(data=st.data())
def test_a_lazy_source_gives_the_same_table(projection: Projection, data: Any) -> None:
    source = frame(projection, data.draw(rows_of(projection)))

    assert_frame_equal(projection.fold(source.lazy()), projection.fold(source))


@each_projection
@enough
@given(data=st.data())
def test_every_row_counts_on_the_utc_day_of_its_own_time(projection: Projection, data: Any) -> None:
    rows = data.draw(rows_of(projection))
    days = {row["at"] // DAY_US for row in rows}
    table = folded(projection, rows)

    assert set(table[DAY]) <= days
    for day in days:
        of_day = [row for row in rows if row["at"] // DAY_US == day]

        assert_frame_equal(table.filter(pl.col(DAY) == day), folded(projection, of_day))


@each_projection
def test_the_table_of_no_rows_has_the_schema_of_all_tables(projection: Projection) -> None:
    table = folded(projection, [])

    assert_frame_equal(table, projection.empty())
    assert dict(table.schema) == projection.columns
    assert_frame_equal(projection.merge([]), projection.empty())


def test_sums_leave_64_bits_unharmed() -> None:
    """Polars' own 64-bit sums would wrap to a negative number here, and say nothing."""
    rows = [trade(f"t{n}", fees_e8=LARGEST) | {"pnl_e8": LARGEST, "state": "closed"} for n in range(5)]
    table = REAL_PERFORMANCE.fold(trades_of(*rows))

    assert table["gains_e8"].to_list() == [5 * LARGEST]
    assert table["fees_e8"].to_list() == [5 * LARGEST]
    assert REAL_PERFORMANCE.merge([table] * 1000)["gains_e8"].to_list() == [5000 * LARGEST]


def test_returns_and_multiples_of_r_leave_64_bits_unharmed() -> None:
    rows = [signal(f"s{n}", pnl=1.0, r=1.0) | {"return_ppm": -LARGEST, "milli_r": LARGEST} for n in range(3)]
    table = SHADOW_PERFORMANCE.fold(ledger_of(*rows))

    assert table["alone_return_ppm"].to_list() == [-3 * LARGEST]
    assert table["alone_milli_r"].to_list() == [3 * LARGEST]


def test_losses_of_the_largest_size_are_gains_of_the_same_size_to_whoever_avoided_them() -> None:
    rows = [trade("t1", pnl=1.0) | {"pnl_e8": -LARGEST}, trade("t2", pnl=1.0) | {"pnl_e8": LARGEST}]
    table = REAL_PERFORMANCE.fold(trades_of(*rows))

    assert table.select("gains_e8", "losses_e8").rows() == [(LARGEST, LARGEST)]


def test_a_row_at_midnight_belongs_to_the_day_that_begins() -> None:
    midnight = DAY_2024 * DAY_US
    table = SHADOW_PERFORMANCE.fold(
        ledger_of(signal("before", at=midnight - 1), signal("on the stroke", at=midnight))
    )

    assert table.select(DAY, "signals").rows() == [(DAY_2024 - 1, 1), (DAY_2024, 1)]
