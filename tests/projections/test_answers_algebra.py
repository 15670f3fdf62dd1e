"""The tables behind all answers can be cut, merged, corrected and put together again."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.projections.answers import ANSWERS, frame, rows_of, signals_of, trades_of
from tests.projections.builders import signal, trade
from tests.projections.generating import LARGEST, Rows
from untaken.projections.definition import DAY, DAY_US, Projection
from untaken.projections.missed_opportunity.table import MISSED_OPPORTUNITY, MISSED_REASONS
from untaken.projections.performance.table import PERFORMANCE, SIGNAL_PERFORMANCE

each_projection = pytest.mark.parametrize("projection", ANSWERS, ids=lambda projection: projection.name)


def folded(projection: Projection, rows: Rows) -> pl.DataFrame:
    return projection.fold(frame(projection, rows))


@each_projection
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_tables_of_any_parts_in_any_order_merge_into_the_table_of_the_whole(
    projection: Projection, data: Any
) -> None:
    rows = data.draw(rows_of(projection))
    owners = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    parts = [[row for row, owner in zip(rows, owners, strict=True) if owner == part] for part in range(3)]
    tables = data.draw(st.permutations([folded(projection, part) for part in parts]))

    assert_frame_equal(projection.merge(tables), folded(projection, rows))


@each_projection
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_corrected_table_is_the_table_of_the_corrected_rows(projection: Projection, data: Any) -> None:
    kept, old, new = (data.draw(rows_of(projection)) for _ in range(3))
    corrected = projection.correct(
        folded(projection, kept + old), frame(projection, old), frame(projection, new)
    )

    assert_frame_equal(corrected, folded(projection, kept + new))


@each_projection
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_what_is_taken_out_leaves_no_trace(projection: Projection, data: Any) -> None:
    table = folded(projection, data.draw(rows_of(projection)))

    assert_frame_equal(projection.merge([table, projection.negated(table)]), projection.empty())


@each_projection
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_lazy_source_gives_the_same_table(projection: Projection, data: Any) -> None:
    source = frame(projection, data.draw(rows_of(projection)))

    assert_frame_equal(projection.fold(source.lazy()), projection.fold(source))


@each_projection
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_every_row_counts_on_the_utc_day_of_its_own_time(projection: Projection, data: Any) -> None:
    rows = data.draw(rows_of(projection))
    table = folded(projection, rows)
    by_day = [
        folded(projection, [row for row in rows if row["at"] // DAY_US == day])
        for day in sorted({row["at"] // DAY_US for row in rows})
    ]

    assert_frame_equal(table, pl.concat([projection.empty(), *by_day]).sort(DAY, *projection.keys))


@each_projection
def test_the_table_of_no_rows_has_the_schema_of_all_tables(projection: Projection) -> None:
    table = folded(projection, [])

    assert_frame_equal(table, projection.empty())
    assert dict(table.schema) == projection.columns


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_every_dimension_with_one_value_a_row_adds_up_to_the_whole(data: Any) -> None:
    table = folded(SIGNAL_PERFORMANCE, data.draw(rows_of(SIGNAL_PERFORMANCE)))
    emitted = table.group_by("dimension").agg(pl.col("emitted", "gains_e8", "losses_e8").sum())
    single = emitted.filter(~pl.col("dimension").is_in(["component_present", "tag"])).drop("dimension")

    assert single.unique().height <= 1


def test_sums_under_a_dimension_leave_64_bits_unharmed() -> None:
    lost = [trade(f"t{n}", pnl=1.0) | {"pnl_e8": -LARGEST, "return_ppm": LARGEST} for n in range(5)]
    table = PERFORMANCE.fold(trades_of(*lost)).filter(dimension="overall")

    assert table["losses_e8"].to_list() == [5 * LARGEST]
    assert table["return_ppm"].to_list() == [5 * LARGEST]


def test_missed_results_leave_64_bits_unharmed() -> None:
    rows = [
        signal(f"s{n}", pnl=1.0, r=1.0, reason_code="spread") | {"pnl_e8": LARGEST, "milli_r": -LARGEST}
        for n in range(3)
    ]
    tables = [projection.fold(signals_of(*rows)) for projection in (MISSED_OPPORTUNITY, MISSED_REASONS)]

    assert [table["missed_profit_e8"].to_list() for table in tables] == [[3 * LARGEST]] * 2
    assert tables[1]["avoided_loss_milli_r"].to_list() == [3 * LARGEST]
