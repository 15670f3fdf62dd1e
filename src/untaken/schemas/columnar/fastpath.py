"""Many payloads of one type straight to columns; whatever this is not sure of is left to the pydantic model."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from pydantic import ValidationError

from untaken.schemas.base import Event
from untaken.schemas.columnar import scanner
from untaken.schemas.columnar.columns import cell_of, column_of, schema_of
from untaken.schemas.columnar.plans import FieldPlan, Kind, Plan, plan_of
from untaken.schemas.events.market import MarketBar

Mask = npt.NDArray[np.bool_]


class Read(NamedTuple):
    """The columns of the rows that are surely valid, and by payload whether it is one of them."""

    frame: pl.DataFrame
    sure: Mask


class Batch(NamedTuple):
    """Payloads that the scanner was sure of; the query over them is gathered here, then run once."""

    plan: Plan
    cells: scanner.Cells
    present: Mask
    """By field and row: whether there is a value."""
    sources: dict[str, pl.Series]
    """Columns that the query reads; `payload` among them."""
    rules: list[pl.Expr]
    """What must hold; a row where one does not is left to the pydantic model."""

    def source(self, part: str, index: int, values: pl.Series | Mask | None = None) -> pl.Expr:
        """Let the query read a part of the cells of a field, or these values."""
        name = f"{part} {index}"
        if name not in self.sources:
            column = np.ascontiguousarray(self.cells[part][index]) if values is None else values
            self.sources[name] = pl.Series(name, column)
        return pl.col(name)

    def require(self, index: int, rule: pl.Expr) -> None:
        """Demand something of a field where it has a value."""
        self.rules.append(rule if self.present[index].all() else ~self.has(index) | rule)

    def has(self, index: int) -> pl.Expr:
        """Say by row whether a field has a value."""
        return self.source("has", index, self.present[index])

    def slices(self, index: int) -> pl.Expr:
        """Cut a field out of the payloads."""
        return pl.col("payload").bin.slice(self.source("start", index), self.source("size", index))


def read(model: type[Event], payloads: pl.Series) -> Read:
    """Read payloads of a type; the rows keep their order."""
    scanned, batch = _scan(model, payloads)
    if not scanned.any():
        return Read(pl.DataFrame(schema=schema_of(model)), scanned)
    columns = [_column(batch, index) for index in range(batch.plan.top)]
    frame = pl.DataFrame(batch.sources).select(*columns, pl.all_horizontal(batch.rules).alias(" sure"))
    rules = (pl.col(" sure"), pl.col("v") == model.VERSION, *_rules_between_fields(model))
    sure = frame.select(pl.all_horizontal(rules).fill_null(value=False)).to_series()
    scanned[scanned] = sure.to_numpy()
    frame = frame.drop(" sure")
    return Read(frame if sure.all() else frame.filter(sure), scanned)


def _scan(model: type[Event], payloads: pl.Series) -> tuple[Mask, Batch]:
    plan = plan_of(model)
    sizes = payloads.bin.size().to_numpy()
    starts = np.concatenate(([0], np.cumsum(sizes + 1, dtype=np.int64)))
    data = np.frombuffer(b"\0".join([*payloads.to_list(), bytes(scanner.MARGIN)]), dtype=np.uint8)
    cells = np.zeros((len(plan.fields), len(payloads)), dtype=scanner.CELL)
    sure = np.zeros(len(payloads), dtype=np.bool_)
    scanner.scan(plan.table, plan.top, data, starts, cells, sure)
    state = np.ascontiguousarray(cells["state"])
    sure &= (sizes <= model.MAX_BYTES) & _is_utf8(payloads) & _is_complete(plan, state)
    if not sure.all():
        payloads, cells, state = payloads.filter(pl.Series(sure)), cells[:, sure], state[:, sure]
    return sure, Batch(plan, cells, state == scanner.PRESENT, {"payload": payloads.alias("payload")}, [])


def _is_utf8(payloads: pl.Series) -> Mask:
    try:
        payloads.cast(pl.String)
    except pl.exceptions.ComputeError:
        return np.array([_decodes(payload) for payload in payloads], dtype=np.bool_)
    return np.ones(len(payloads), dtype=np.bool_)


def _decodes(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_complete(plan: Plan, state: npt.NDArray[np.uint8]) -> Mask:
    """Say by row whether all needed fields have a value, and none is null that may only be left out."""
    complete = np.ones(state.shape[1], dtype=np.bool_)
    for index, field in enumerate(plan.fields):
        if field.required:
            needless = field.parent >= 0 and state[field.parent] != scanner.PRESENT
            complete &= (state[index] == scanner.PRESENT) | needless
        elif not field.shape.optional:
            complete &= state[index] != scanner.NULL
    return complete


def _column(batch: Batch, index: int) -> pl.Expr:
    """Return how a field is read; what must hold of it goes to the batch's rules."""
    field, present = batch.plan.fields[index], batch.present[index]
    default = pl.lit(field.default, dtype=column_of(field.shape.bare))
    if not present.any():
        return default.alias(field.name)
    column = _READERS[field.kind](batch, index)
    if not present.all():
        column = pl.when(batch.has(index)).then(column).otherwise(default)
    return column.alias(field.name)


def _whole(batch: Batch, index: int) -> pl.Expr:
    field, values = batch.plan.fields[index], batch.source("whole", index)
    least, most = max(field.least, -scanner.LARGEST_WHOLE), min(field.most, scanner.LARGEST_WHOLE)
    batch.require(index, values.is_between(int(least), int(most)))
    return values


def _time(batch: Batch, index: int) -> pl.Expr:
    return batch.source("whole", index)


def _flag(batch: Batch, index: int) -> pl.Expr:
    return batch.source("whole", index) != 0


def _real(batch: Batch, index: int) -> pl.Expr:
    field, numbers = batch.plan.fields[index], np.ascontiguousarray(batch.cells["real"][index])
    long = np.isnan(numbers)
    if long.any():
        numbers[long] = _long_numbers(batch, index, long)
    values = batch.source("real", index, numbers)
    batch.require(index, values.is_finite() & values.is_between(field.least, field.most))
    return values


def _long_numbers(batch: Batch, index: int, rows: Mask) -> npt.NDArray[np.float64]:
    """Read numbers that have more digits than a double holds, each to the nearest double."""
    return _cut(batch, index, rows).cast(pl.String).cast(pl.Float64).to_numpy()


def _text(batch: Batch, index: int) -> pl.Expr:
    field, size = batch.plan.fields[index], batch.source("size", index)
    # No text has more characters than bytes; one that seems too long is looked at by pydantic.
    batch.require(index, size.is_between(field.shortest, field.longest))
    text = batch.slices(index).cast(pl.String)
    if field.choices:
        batch.require(index, text.is_in(field.choices))
    if field.distinct:
        distinct = _cut(batch, index, batch.present[index]).cast(pl.String).unique()
        batch.require(index, text.is_in(_judge_texts(field, distinct)))
    return text


def _record(batch: Batch, index: int) -> pl.Expr:
    return pl.struct([_column(batch, child) for child in batch.plan.inside(index)])


def _judged(batch: Batch, index: int) -> pl.Expr:
    field, present = batch.plan.fields[index], batch.present[index]
    rows = np.flatnonzero(present).tolist()
    values = _judge(field, rows, _cut(batch, index, present).to_list())
    cell = cell_of(field.shape.bare)
    cells = [cell(values[row]) if row in values else None for row in range(len(present))]
    column = batch.source("judged", index, pl.Series(cells, dtype=column_of(field.shape.bare)))
    batch.require(index, column.is_not_null())
    return column


_READERS: Final[Mapping[Kind, Callable[[Batch, int], pl.Expr]]] = {
    Kind.TEXT: _text,
    Kind.REAL: _real,
    Kind.WHOLE: _whole,
    Kind.FLAG: _flag,
    Kind.TIME: _time,
    Kind.RECORD: _record,
    Kind.JUDGED: _judged,
}


def _cut(batch: Batch, index: int, rows: Mask) -> pl.Series:
    """Return the bytes of a field in some rows."""
    frame = pl.DataFrame(
        {
            "payload": batch.sources["payload"],
            "start": np.ascontiguousarray(batch.cells["start"][index]),
            "size": np.ascontiguousarray(batch.cells["size"][index]),
        }
    )
    return frame.filter(pl.Series(rows)).select(pl.col("payload").bin.slice("start", "size")).to_series()


def _judge_texts(field: FieldPlan, texts: pl.Series) -> list[str]:
    """Return the texts that the field's own pydantic type takes."""
    slices = [orjson.dumps(text) for text in texts]
    return list(_judge(field, range(len(slices)), slices).values())


def _judge(field: FieldPlan, rows: Sequence[int], slices: Sequence[bytes]) -> dict[int, Any]:
    """Return the values that the field's own pydantic type takes, by row."""
    try:
        taken = field.judge.validate_python(orjson.loads(b"[" + b",".join(slices) + b"]"))
    except (orjson.JSONDecodeError, ValidationError):
        if len(rows) <= 1:
            return {}
        half = len(rows) // 2
        return _judge(field, rows[:half], slices[:half]) | _judge(field, rows[half:], slices[half:])
    return dict(zip(rows, taken, strict=True))


def _rules_between_fields(model: type[Event]) -> list[pl.Expr]:
    """Return the model's own validators as rules; one that never holds where they are not known here."""
    if not model.__pydantic_decorators__.model_validators:
        return []
    if model is not MarketBar:
        return [pl.lit(value=False)]
    return [pl.col("high") >= pl.col("low"), pl.col("at") > pl.col("open_at"), _side("bid"), _side("ask")]


def _side(side: str) -> pl.Expr:
    parts = [pl.col(f"{side}_{part}") for part in ("open", "high", "low", "close")]
    given = pl.sum_horizontal(part.is_not_null() for part in parts)
    return (given == 0) | ((given == 4) & (parts[1] >= parts[2]))
