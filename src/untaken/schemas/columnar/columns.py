"""Columnar schemas, from the same models as everything else."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Literal, get_args, get_origin

import polars as pl
from pydantic import BaseModel

from untaken.schemas.annotations import shape_of
from untaken.schemas.times import to_us
from untaken.schemas.wire import json_bytes

Cell = Callable[[Any], Any]
"""Turns a value of an event, never none, into that of a column."""

_SCALARS: dict[object, pl.DataType] = {
    datetime: pl.Int64(),
    str: pl.String(),
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
}


def schema_of(model: type[BaseModel]) -> dict[str, pl.DataType]:
    """Return the columns of a model.

    Times are Int64 microseconds since the epoch, nested records structs, lists lists; maps, and whatever
    may be a map, are compact JSON in a String.
    """
    return {name: column_of(field.annotation) for name, field in model.model_fields.items()}


def column_of(annotation: object) -> pl.DataType:
    """Return the type of the column that holds a field of this annotation."""
    bare = shape_of(annotation).bare
    if bare in _SCALARS:
        return _SCALARS[bare]
    if get_origin(bare) is list:
        return pl.List(column_of(get_args(bare)[0]))
    return pl.Struct(schema_of(bare)) if _is_record(bare) else pl.String()


def cell_of(annotation: object) -> Cell:
    """Return what turns a value of this annotation into a cell of its column."""
    bare = shape_of(annotation).bare
    if bare is datetime:
        return to_us
    if get_origin(bare) is list:
        return partial(_cells, cell_of(get_args(bare)[0]))
    if _is_record(bare):
        return _row_of
    return _same if bare in _SCALARS or get_origin(bare) is Literal else compact


def compact(value: object) -> str:
    """Return the compact JSON of a value, names in the order in which they came."""
    return json_bytes(value).decode()


def frame_of(model: type[BaseModel], records: Sequence[BaseModel]) -> pl.DataFrame:
    """Return records of one model as a frame, in their order."""
    cells = _cells_by_name(model)
    return pl.DataFrame(
        [
            pl.Series(name, [_or_none(cells[name], getattr(record, name)) for record in records], dtype)
            for name, dtype in schema_of(model).items()
        ]
    )


@cache
def _cells_by_name(model: type[BaseModel]) -> dict[str, Cell]:
    return {name: cell_of(field.annotation) for name, field in model.model_fields.items()}


def _is_record(bare: object) -> bool:
    return isinstance(bare, type) and issubclass(bare, BaseModel)


def _row_of(record: BaseModel) -> dict[str, Any]:
    return {
        name: _or_none(cell, getattr(record, name)) for name, cell in _cells_by_name(type(record)).items()
    }


def _or_none(cell: Cell, value: Any) -> Any:
    return None if value is None else cell(value)


def _cells(cell: Cell, values: list[Any]) -> list[Any]:
    return [cell(value) for value in values]


def _same(value: Any) -> Any:
    return value
