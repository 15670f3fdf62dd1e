"""JSON text as it is written: compact, times in full, nothing that is none."""

import re
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from untaken.schemas.kinds import LINE
from untaken.schemas.times import rfc3339

_MAX_CLAIM_BYTES = 1 << 20


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


class Claim(NamedTuple):
    """What a payload says that it is, believed or not."""

    id: str | None
    type: str | None


def claim_of(data: bytes) -> Claim:
    """Return id and type of a payload where they can be read, be it valid or not."""
    try:
        fields: Any = orjson.loads(data[: _MAX_CLAIM_BYTES + 1])
    except orjson.JSONDecodeError:
        return Claim(None, None)
    if not isinstance(fields, dict):
        return Claim(None, None)
    return Claim(name_or_none(fields.get("id")), name_or_none(fields.get("type")))


def name_or_none(value: object) -> str | None:
    """Return the value if it can be the name of something in an event."""
    readable = isinstance(value, str) and 0 < len(value) <= 200 and re.fullmatch(LINE, value)
    return str(value) if readable else None
