"""Days of tables come back as they were, sums beyond 64 bits included."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.projections.generating import Rows, frame, rows_of
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import DAY, Projection
from untaken.replay.digest import digest
from untaken.streams.published.form.keys import key_of, parts_of
from untaken.streams.published.form.progress import NotProgress, Progress, Series, progress_of, series_of
from untaken.streams.published.form.tables import NotATable, of_table_key, table_json, table_key, table_of


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_a_day_comes_back_to_the_bit(projection: Projection, data: st.DataObject) -> None:
    rows: Rows = data.draw(rows_of(projection))
    table = projection.fold(frame(projection, rows))

    days = [
        table_of(projection, table_json(projection, day, part))
        for (day,), part in table.partition_by(DAY, as_dict=True).items()
    ]

    assert digest(pl.concat([projection.empty(), *days]).sort(DAY, *projection.keys)) == digest(
        table.sort(DAY, *projection.keys)
    )


@given(parts=st.lists(st.text(), min_size=1, max_size=4))
def test_keys_are_unambiguous(parts: list[str]) -> None:
    assert parts_of(key_of(*parts)) == parts


def test_the_key_of_a_day_names_the_version() -> None:
    key = table_key("guard_effectiveness.v1", 19786)

    assert key == b"guard_effectiveness.v1/19786"
    assert of_table_key(key) == ("guard_effectiveness.v1", 19786)


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"columns":["x"],"rows":[],"day":1}'])
def test_what_is_no_table_is_refused(value: bytes) -> None:
    with pytest.raises(NotATable):
        table_of(PROJECTIONS[0], value)


def test_progress_comes_back() -> None:
    said = Progress(
        3, "state", 7, {"untaken.market[3]": 5}, {}, 10, None, [("copies", "", 2)], 1, "d", {"ledger": 4}
    )

    assert progress_of(said.value()) == said


def test_series_come_back() -> None:
    prices = Series(3, [("BTC/USD", "", 60_000_000)], {"BTC/USD": 2})

    assert series_of(prices.value()) == prices


@pytest.mark.parametrize("value", [b"", b"{}", b"[1]", b'{"partition":1}', b'{"counters":[1]}'])
def test_what_is_no_progress_is_refused(value: bytes) -> None:
    with pytest.raises(NotProgress):
        progress_of(value)
