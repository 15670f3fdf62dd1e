"""However a file is damaged, it is read, refused by row, or refused as a whole; nothing else happens."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.streams.connectors.builders import bars, imported, order, result, rows, trade
from untaken.streams.connectors.report import ImportRefused

CELLS = st.one_of(
    st.sampled_from(
        ["", "NaN", "-1", "0", "1e400", "-inf", "9" * 40, "2024-03-04", "03/04/24", "\x00", '"', "é", "Z"]
    ),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(repr),
    st.text(max_size=8),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
QUIET = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_candles_from(folder: Path, content: bytes, name: str = "AAA_USD-5m.csv") -> None:
    """Read what may be candles; every entry that comes out has passed the judge of all events."""
    (folder / name).write_bytes(content)
    with suppress(ImportRefused):
        bars(folder / name)


@QUIET
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), CELLS), min_size=1, max_size=12))
def test_a_csv_with_any_cells_replaced(tmp_path: Path, changes: list[tuple[int, int, str]]) -> None:
    table = [
        ["ts", "open", "high", "low", "close", "volume"],
        *([str(cell) for cell in row] for row in rows(7)),
    ]
    for line, column, cell in changes:
        table[line][column] = cell

    read_candles_from(tmp_path, "\n".join(",".join(line) for line in table).encode("utf-8", "replace"))


@QUIET
@given(st.data())
def test_a_file_of_any_format_with_bytes_changed_or_cut(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(["AAA_USD-5m.parquet", "AAA_USD-5m.feather", "AAA_USD-5m.json", "AAA_USD-5m.csv"])
    )
    content = bytearray(whole(name))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))

    read_candles_from(tmp_path, bytes(content[: end or len(content)]), name)


def whole(name: str) -> bytes:
    frame = pl.DataFrame(rows(7), schema=["date", "open", "high", "low", "close", "volume"], orient="row")
    buffer = io.BytesIO()
    if name.endswith("parquet"):
        frame.write_parquet(buffer)
    elif name.endswith("feather"):
        frame.write_ipc(buffer)
    elif name.endswith("json"):
        return json.dumps(rows(7)).encode()
    else:
        frame.write_csv(buffer)
    return buffer.getvalue()


@QUIET
@given(st.lists(st.lists(ANYTHING, max_size=13), max_size=6))
def test_any_lists_as_json(tmp_path: Path, lists: list[list[object]]) -> None:
    read_candles_from(tmp_path, json.dumps(lists).encode(), "AAA_USD-5m.json")


@QUIET
@given(
    st.dictionaries(st.sampled_from([*trade(), "orders", "is_short", "funding_fees"]), ANYTHING, max_size=6)
)
def test_a_backtest_with_any_fields_of_a_trade_replaced(tmp_path: Path, changes: dict[str, object]) -> None:
    import_result(tmp_path, {"strategy": {"Dip": result(trade(), {**trade(), **changes})}})


@QUIET
@given(st.dictionaries(st.sampled_from([*order(), "filled"]), ANYTHING, max_size=4))
def test_a_backtest_with_any_fields_of_an_order_replaced(tmp_path: Path, changes: dict[str, object]) -> None:
    orders = [order(), {**order(entry=False, side="sell"), **changes}]
    import_result(tmp_path, {"strategy": {"Dip": result(trade(orders=orders))}})


@QUIET
@given(
    st.dictionaries(
        st.sampled_from([*result(), "backtest_start_ts", "trailing_stop_positive"]), ANYTHING, max_size=4
    )
)
def test_a_backtest_with_any_fields_of_its_strategy_replaced(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    import_result(tmp_path, {"strategy": {"Dip": {**result(), **changes}}})


@QUIET
@given(ANYTHING)
def test_any_json_as_a_backtest(tmp_path: Path, document: object) -> None:
    import_result(tmp_path, document)


def import_result(folder: Path, document: object) -> None:
    (folder / "result.json").write_text(json.dumps(document))
    with suppress(ImportRefused):
        imported(folder / "result.json")
