"""Frames of derived rows as events: JSON out of columns, without a loop over rows.

A payload is the canonical JSON of its event but for the order of the fields: `type`, `id` and `revision` come
first, maps last, the free one at the very end. The id follows from everything but the revision, so that equal rows have equal ids
however often and by whom they were computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args, get_origin

import polars as pl
from pydantic import BaseModel

from untaken.schemas.annotations import shape_of
from untaken.schemas.base import Event
from untaken.schemas.columnar.columns import column_of
from untaken.schemas.ids import derived_id

RFC_3339 = "%Y-%m-%dT%H:%M:%S%.6fZ"
HEAD = ("type", "id", "revision", "v")
"""Fields that stand before the rest, or not at all."""


class Payloads(NamedTuple):
    """Events by row of the frame that they were made of."""

    ids: list[str]
    values: list[bytes]


def payloads(model: type[Event], frame: pl.DataFrame, identity: Sequence[str]) -> Payloads:
    """Return the events of a model of which the frame has the columns (`type`, `id` and `v` need not be there).

    `identity` names columns that tell what an event is about. Values are not judged: they come from the chain.
    """
    if frame.is_empty():
        return Payloads([], [])
    name = str(model.model_fields["type"].default)
    texts = frame.select(body=_body(model), about=about(name, identity), revision=_revision(frame))
    told = texts.select("about", "body").iter_rows()
    ids = [derived_id(subject, body.encode()) for subject, body in told]
    head = pl.concat_str(
        pl.lit(f'{{"type":"{name}","id":"'), pl.Series("id", ids), pl.lit('",'), "revision", pl.col("body")
    )
    return Payloads(ids, texts.select(head.cast(pl.Binary)).to_series().to_list())


def about(name: str, identity: Sequence[str]) -> pl.Expr:
    """Return what the id of an event of a type follows from beside its text."""
    return pl.concat_str(pl.lit(name), *identity, separator="\x1f")


def id_of(payload: bytes) -> str:
    """Return the id of a payload that `payloads` made, by its place; anything if it did not."""
    begin = payload.find(b'"id":"') + 6
    return payload[begin : begin + 36].decode(errors="replace")


def _revision(frame: pl.DataFrame) -> pl.Expr:
    if "revision" not in frame.columns:
        return pl.lit("")
    return pl.format('"revision":{},', pl.col("revision"))


def _body(model: type[Event]) -> pl.Expr:
    """Return the JSON of all fields that have a value, without the brace that opens it."""
    annotations = {name: field.annotation for name, field in model.model_fields.items() if name not in HEAD}
    maps = [name for name, annotation in annotations.items() if is_map(annotation)]
    scalars = [
        _written(pl.col(name), annotation).alias(name)
        for name, annotation in annotations.items()
        if name not in maps
    ]
    whole = pl.struct(scalars).struct.json_encode()
    # A quote in a text is escaped, so `,"name":null` is never part of one: it can only be a field without a value.
    present = whole.str.replace_all(r',"[a-z_0-9]+":null', "").str.strip_prefix("{").str.strip_suffix("}")
    free = [pl.concat_str(pl.lit(f',"{name}":'), pl.col(name)).fill_null("") for name in maps]
    return pl.concat_str(present, *free, pl.lit("}"))


def _written(value: pl.Expr, annotation: Any) -> pl.Expr:
    """Return a column as it is written: times as text, in lists of records too."""
    bare = shape_of(annotation).bare
    if bare is datetime:
        return pl.from_epoch(value, time_unit="us").dt.strftime(RFC_3339)
    record = record_in(annotation)
    return value if record is None else value.list.eval(_record(record))


def record_in(annotation: Any) -> type[BaseModel] | None:
    """Return the record that a field lists, if it does."""
    bare = shape_of(annotation).bare
    if get_origin(bare) is not list:
        return None
    record = shape_of(get_args(bare)[0]).bare
    return record if isinstance(record, type) and issubclass(record, BaseModel) else None


def _record(model: type[BaseModel]) -> pl.Expr:
    element = pl.element().struct
    return pl.struct(
        _written(element.field(name), field.annotation).alias(name)
        for name, field in model.model_fields.items()
    )


def is_map(annotation: Any) -> bool:
    """Whether a field is a map, whose column holds its JSON."""
    bare = shape_of(annotation).bare
    return get_origin(bare) is dict and column_of(annotation) == pl.String()
