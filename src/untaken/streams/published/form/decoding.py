"""Events that `encoding` wrote, back to columns: nothing is judged, for the id proves that they are ours.

The id of such an event follows from its text; where it does not, somebody else wrote it, and the event's own
model has to judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
from pydantic import BaseModel

from untaken.schemas.annotations import shape_of
from untaken.schemas.base import Event
from untaken.schemas.columnar.columns import column_of, schema_of
from untaken.schemas.ids import derived_id
from untaken.streams.published.form.encoding import HEAD, RFC_3339, about, is_map, record_in

_ID = 36


def own_events(model: type[Event], values: pl.Series, identity: Sequence[str]) -> pl.DataFrame | None:
    """Return `row` (index into the binary values), `revision` and the columns of those events that are ours.

    None where some of them are no JSON of this shape at all.
    """
    name = str(model.model_fields["type"].default)
    head = f'{{"type":"{name}","id":"'
    try:
        texts = pl.DataFrame({"text": values.cast(pl.String)}).with_row_index("row")
        ours = texts.filter(pl.col("text").str.starts_with(head))
        split = ours.select(
            "row",
            pl.col("text").str.slice(len(head), _ID).alias("id"),
            pl.col("text").str.slice(len(head) + _ID + 2).alias("rest"),
        )
        parts = split.with_columns(
            revision=pl.col("rest").str.extract(r'^"revision":(\d+),').cast(pl.Int64),
            body=pl.col("rest").str.replace(r'^"revision":\d+,', ""),
        )
        return _proven(_columns(model, parts), name, identity)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None


def _proven(events: pl.DataFrame, name: str, identity: Sequence[str]) -> pl.DataFrame:
    """Keep the events whose id follows from their text."""
    told = events.select("id", about(name, identity).alias("about"), "body")
    proven = [
        subject is not None and derived_id(subject, body.encode()) == own
        for own, subject, body in told.iter_rows()
    ]
    return events.drop("id", "body").filter(pl.Series(proven, dtype=pl.Boolean))


def _columns(model: type[Event], parts: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of the model to `row`, `id`, `revision` and `body` (the text after these, without a brace)."""
    annotations = {name: field.annotation for name, field in model.model_fields.items() if name not in HEAD}
    maps = [name for name, annotation in annotations.items() if is_map(annotation)]
    cut = parts.with_columns(
        *(_start_of(name).alias(f"{name} from") for name in maps),
        end=pl.col("body").str.len_bytes() - 1,
    )
    placed = cut.with_columns(_before_the_free_one(f"{name} from", maps) for name in maps[:-1])
    found = placed.with_columns(scalars=_scalars(maps), **{name: _map(maps, name) for name in maps})
    shape = pl.Struct(
        {name: _on_the_wire(annotation) for name, annotation in annotations.items() if name not in maps}
    )
    decoded = found.with_columns(pl.col("scalars").str.json_decode(shape)).unnest("scalars")
    dtypes = schema_of(model)
    return decoded.select(
        "row",
        "id",
        "revision",
        "body",
        *(
            _read(pl.col(name), annotation).cast(dtypes[name]).alias(name)
            for name, annotation in annotations.items()
        ),
    )


def _before_the_free_one(begin: str, maps: Sequence[str]) -> pl.Expr:
    """Null what only looks like the beginning of a map: it stands inside the last one, which alone is free."""
    free = pl.min_horizontal(f"{maps[-1]} from", "end")
    return pl.when(pl.col(begin) < free).then(pl.col(begin)).alias(begin)


def _start_of(name: str) -> pl.Expr:
    return pl.col("body").str.find(f',"{name}":{{', literal=True).cast(pl.Int64)


def _scalars(maps: Sequence[str]) -> pl.Expr:
    """Return the JSON of everything before the first map."""
    end = pl.min_horizontal(*(pl.col(f"{name} from") for name in maps), "end")
    text = pl.col("body").cast(pl.Binary).bin.slice(0, end).cast(pl.String)
    return pl.concat_str(pl.lit("{"), text, pl.lit("}"))


def _map(maps: Sequence[str], name: str) -> pl.Expr:
    """Return the JSON of a map as it stands; null where there is none."""
    later = [pl.col(f"{other} from") for other in maps[maps.index(name) + 1 :]]
    begin = pl.col(f"{name} from") + len(f',"{name}":')
    text = pl.col("body").cast(pl.Binary).bin.slice(begin, pl.min_horizontal(*later, "end") - begin)
    return pl.when(pl.col(f"{name} from").is_not_null()).then(text.cast(pl.String))


def _on_the_wire(annotation: Any) -> pl.DataType:
    """Return the type of a column as JSON has it: times are texts."""
    bare = shape_of(annotation).bare
    if bare is datetime:
        return pl.String()
    record = record_in(annotation)
    if record is not None:
        return pl.List(_wire_struct(record))
    return column_of(annotation)


def _wire_struct(record: type[BaseModel]) -> pl.Struct:
    return pl.Struct({name: _on_the_wire(field.annotation) for name, field in record.model_fields.items()})


def _read(value: pl.Expr, annotation: Any) -> pl.Expr:
    bare = shape_of(annotation).bare
    if bare is datetime:
        return value.str.to_datetime(RFC_3339, time_unit="us", time_zone="UTC").dt.epoch("us")
    record = record_in(annotation)
    if record is not None:
        element = pl.element().struct
        return value.list.eval(
            pl.struct(
                _read(element.field(name), field.annotation).alias(name)
                for name, field in record.model_fields.items()
            )
        )
    return value
