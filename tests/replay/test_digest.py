"""A digest tells any two tables apart that differ in a name, a type, a cell or an order, and no others."""

from typing import Any

import polars as pl
import pytest

from untaken.replay.digest import digest

TABLE = pl.DataFrame(
    {
        "n": pl.Series([1, None, 3], dtype=pl.Int64),
        "big": pl.Series([2**100, None, -1], dtype=pl.Int128),
        "price": pl.Series([0.1, None, 3.0], dtype=pl.Float64),
        "text": pl.Series(["a", None, ""], dtype=pl.String),
        "flag": pl.Series([True, None, False], dtype=pl.Boolean),
        "list": pl.Series([["a"], None, []], dtype=pl.List(pl.String)),
        "struct": pl.Series([{"x": 1.5}, None, {"x": None}], dtype=pl.Struct({"x": pl.Float64})),
    }
)


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("n", 0, 2),
        ("n", 1, 0),
        ("n", 0, None),
        ("big", 0, 2**100 + 1),
        ("big", 1, 0),
        ("price", 0, 0.1 + 2**-56),
        ("price", 1, 0.0),
        ("text", 1, ""),
        ("text", 2, None),
        ("text", 0, "b"),
        ("flag", 1, False),
        ("flag", 0, False),
        ("list", 1, []),
        ("list", 0, ["b"]),
        ("list", 2, [""]),
        ("struct", 1, {"x": None}),
        ("struct", 0, {"x": 1.5 + 2**-50}),
    ],
)
def test_another_cell_is_another_digest(column: str, row: int, value: Any) -> None:
    cells = TABLE[column].to_list()
    cells[row] = value
    changed = TABLE.with_columns(pl.Series(column, cells, dtype=TABLE[column].dtype))

    assert digest(changed) != digest(TABLE)


@pytest.mark.parametrize("column", TABLE.columns)
def test_a_column_of_nulls_is_not_one_of_zeros(column: str) -> None:
    one = TABLE.select(column)
    nulls = one.with_columns(pl.lit(None, dtype=one[column].dtype).alias(column))

    assert digest(one) != digest(nulls) != digest(one.clear())


def test_texts_do_not_run_into_each_other() -> None:
    assert digest(pl.DataFrame({"x": ["ab", "c"]})) != digest(pl.DataFrame({"x": ["a", "bc"]}))


def test_order_names_and_types_count() -> None:
    assert digest(TABLE.reverse()) != digest(TABLE)
    assert digest(TABLE.rename({"n": "m"})) != digest(TABLE)
    assert digest(TABLE.with_columns(pl.col("n").cast(pl.Int32))) != digest(TABLE)
    assert digest(TABLE.select(TABLE.columns[::-1])) != digest(TABLE)


def test_chunks_do_not_count() -> None:
    parts = pl.concat([TABLE[:1], TABLE[1:2], TABLE[2:]], rechunk=False)

    assert parts["n"].n_chunks() == 3
    assert digest(parts) == digest(TABLE)


def test_a_table_of_no_rows_has_a_digest_of_its_own() -> None:
    assert digest(TABLE.clear()) == digest(TABLE.clear())
    assert digest(TABLE.clear()) != digest(TABLE.select("n").clear())
