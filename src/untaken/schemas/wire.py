"""JSON text as it is written: compact, times in full, nothing that is none."""

from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel

from untaken.schemas.times import rfc3339


def present(record: BaseModel) -> dict[str, Any]:
    """Return the fields of a record that have a value, in the model's order."""
    return {name: value for name, value in record.__dict__.items() if value is not None}


def json_bytes(value: object) -> bytes:
    """Return the JSON of a value made of records, times, maps, lists and scalars."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, BaseModel):
        return present(value)
    raise TypeError(f"{type(value).__name__} is not part of an event")
