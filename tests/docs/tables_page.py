"""The page of reference on ledger, trades and the frames of figures, from the columns that the code has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from untaken.reading import rows
from untaken.reading.columns import UNITS, Column
from untaken.reading.conclusions import FEEDBACK_COLUMNS, MODEL_COLUMNS
from untaken.reading.reader import FIGURES
from untaken.reading.results import KNOB_COLUMNS
from untaken.streams.store.rows import Kind

_HEAD = """\
# Ledger, trades and figures as tables

<!-- Made by `python -m tests.docs.generating` from the code; do not edit. -->

What `untaken.open` gives as polars frames ([how to](../how-to/read-from-python.md)), what `untaken ledger` and
`untaken trades` write as CSV, JSON Lines and Parquet, and the tables of `--sql`. Names and units are the same everywhere.

- **Times** are UTC, to the microsecond; in CSV and JSON they are written as `2024-03-04T10:00:00.000000Z`.
- **Money** is in the account currency of the row, after fees. The log keeps it in whole numbers of 1e-8. CSV and JSON of
  rows have every digit; frames, queries and Parquet have floats, the nearest to the exact amount; with `exact=True`
  (`--exact`) they have the whole numbers, in columns that end in `_e8`: those add up without rounding.
- **Returns** are in parts per million (`_ppm`), results in R in thousandths of the planned risk (`_milli_r`), durations in
  microseconds (`_us`) or seconds (`_s`), percentages in percent (`_pct`), costs in basis points (`_bps`).
- What is not known is null, never 0. In CSV a list or a record is JSON text.

"""
_ABOUT: dict[Kind, str] = {
    "ledger": "One row a signal, with everything that is known of it, by `at`. In queries also called `signals`.",
    "trades": "One row a real trade, by `at`: its exit, or its entry while it is open.",
}
_DECISIONS = {
    "guard": "Guard that was asked.",
    "kind": "What it looks at.",
    "attempt": "Which time the bot asked its guards.",
    "seq": "Its place in the chain.",
    "verdict": "approved or blocked.",
    "at": "When; UTC.",
    "value": "What it measured.",
    "threshold": "What that was held against.",
    "comparison": "How: it passes where value, comparison, threshold hold.",
    "reason_code": "Why it blocked, as a code.",
    "reason": "Why, in words.",
    "actor": "bot or operator.",
}


def tables_page() -> str:
    """Return the page."""
    parts = [_HEAD, *(_of_rows(kind) for kind in rows.STORED), _of_decisions()]
    parts += [_section(frame.name, frame.text, _of_columns(frame.all_columns)) for frame in FIGURES]
    parts += [
        _section("knobs", "What every knob stood at when the window ended.", _of_columns(KNOB_COLUMNS)),
        _section(
            "feedback",
            "Multipliers for bots, as the log holds them. Nothing of Untaken issues any yet; the frame is empty until somebody does.",
            _of_columns(FEEDBACK_COLUMNS),
        ),
        _section(
            "model",
            "What happened to models, as the log holds it: what bots that train elsewhere report.",
            _of_columns(MODEL_COLUMNS),
        ),
    ]
    return "\n".join(parts)


def _of_rows(kind: Kind) -> str:
    texts = rows.described(kind)
    cells = [(name, dtype, texts[name]) for name, dtype in rows.schema(kind).items()]
    return _section(kind, _ABOUT[kind], cells)


def _of_decisions() -> str:
    schema = dict(
        rows.decisions(rows.shown(pl.LazyFrame(schema=rows.STORED["ledger"]), "ledger")).collect_schema()
    )
    known: Mapping[str, str] = {**rows.described("ledger"), **_DECISIONS}
    about = "One row a verdict: the last of a guard in an attempt on a signal. Only in queries."
    return _section("decisions", about, [(name, dtype, known[name]) for name, dtype in schema.items()])


def _of_columns(columns: Iterable[Column]) -> list[tuple[str, pl.DataType, str]]:
    return [(column.name, column.dtype, _with_unit(column)) for column in columns]


def _with_unit(column: Column) -> str:
    unit = UNITS.get(column.holds)
    return f"{column.text.removesuffix('.')}; {unit}." if unit else column.text


def _section(name: str, about: str, cells: Iterable[tuple[str, pl.DataType, str]]) -> str:
    lines = [f"| `{column}` | {_type(dtype)} | {_in_markdown(text)} |\n" for column, dtype, text in cells]
    return "".join([f"## `{name}`\n\n{about}\n\n| column | type | |\n| --- | --- | --- |\n", *lines])


def _type(dtype: object) -> str:
    if isinstance(dtype, pl.List):
        return f"list of {_type(dtype.inner)}"
    if isinstance(dtype, pl.Struct):
        return f"records of {', '.join(f'`{field.name}`' for field in dtype.fields)}"
    return "Datetime UTC" if isinstance(dtype, pl.Datetime) else str(dtype)


def _in_markdown(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
