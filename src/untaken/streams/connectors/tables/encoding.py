"""Typed columns as encoded events: one JSON text a row, made of columns, without a Python object per field."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_origin

import polars as pl

from untaken.schemas.annotations import model_in, shape_of
from untaken.schemas.base import Event
from untaken.schemas.ids import derived_id
from untaken.streams.connectors.tables.derived import stamps

_LIST_SEPARATOR = ";"


def payloads(frame: pl.DataFrame, model: type[Event]) -> pl.Series:
    """Return the events of rows; an event without an id gets that of its content, so that it counts once."""
    type_name = model.model_fields["type"].default
    members = [
        _member(name, _field(frame, model, name)) for name in model.model_fields if name not in {"type", "id"}
    ]
    tails = frame.select(_object(members).cast(pl.Binary)).to_series()
    head = b'{"type":"' + type_name.encode() + b'","id":"'
    if "id" in frame.columns:
        ids = frame.select(_literal(pl.col("id"))).to_series()
        values = [
            head[:-1] + (name or "null").encode() + b"," + tail[1:]
            for name, tail in zip(ids, tails, strict=True)
        ]
    else:
        values = [head + derived_id(type_name, tail).encode() + b'",' + tail[1:] for tail in tails]
    return pl.Series(values, dtype=pl.Binary)


def _field(frame: pl.DataFrame, model: type[Event], name: str) -> pl.Expr | None:
    """Return the JSON of a field by row, null where it has none; None where no row has one."""
    annotation = model.model_fields[name].annotation
    parts = [column for column in frame.columns if column.startswith((f"{name}.", f"{name}\x00"))]
    if parts:
        return _of_parts(frame, annotation, parts)
    if name not in frame.columns:
        return None
    column = pl.col(name)
    if shape_of(annotation).bare is datetime:
        return _literal(stamps(column))
    if frame[name].dtype == pl.String and _is_nested(annotation):
        return _nested(column, annotation)
    return _literal(column)


def _of_parts(frame: pl.DataFrame, annotation: Any, parts: list[str]) -> pl.Expr:
    record = model_in(annotation)
    if get_origin(shape_of(annotation).bare) is list:
        joined = pl.concat_str([_literal(pl.col(part)) for part in parts], separator=",", ignore_nulls=True)
        return pl.when(pl.any_horizontal(pl.col(part).is_not_null() for part in parts)).then(
            "[" + joined + "]"
        )
    inner = {part: part.replace("\x00", ".").partition(".")[2] for part in parts}
    order = list(record.model_fields) if record is not None else list(inner.values())
    chosen = sorted(parts, key=lambda part: order.index(inner[part]))
    some = pl.any_horizontal(pl.col(part).is_not_null() for part in chosen)
    members = [
        _member(inner[part], _literal(pl.col(part))) for part in chosen if frame[part].dtype != pl.Null
    ]
    return pl.when(some).then(_object(members))


def _is_nested(annotation: Any) -> bool:
    bare = shape_of(annotation).bare
    return get_origin(bare) in {list, dict} or model_in(annotation) is not None


def _nested(column: pl.Expr, annotation: Any) -> pl.Expr:
    """Pass JSON on as it is; a list of texts may be written a;b."""
    given = pl.when(column.str.contains(r"^[\[{]")).then(column)
    if get_origin(shape_of(annotation).bare) is list:
        listed = column.str.split(_LIST_SEPARATOR).list.eval(pl.element().str.strip_chars())
        return given.otherwise(_literal(listed))
    return given.otherwise(_literal(column))


def _literal(column: pl.Expr) -> pl.Expr:
    """Return the JSON of a value."""
    encoded = pl.struct(column.alias("v")).struct.json_encode()
    return pl.when(column.is_not_null()).then(encoded.str.slice(5).str.strip_suffix("}"))


def _member(name: str, value: pl.Expr | None) -> pl.Expr:
    key = pl.select(pl.struct(pl.lit(name).alias("v")).struct.json_encode()).item()[5:-1]
    return pl.lit(None, dtype=pl.String) if value is None else pl.concat_str(pl.lit(f"{key}:"), value)


def _object(members: list[pl.Expr]) -> pl.Expr:
    return "{" + pl.concat_str(members, separator=",", ignore_nulls=True) + "}"
