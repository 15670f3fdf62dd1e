"""Events of every type, valid and damaged, drawn from the models themselves."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, get_args, get_origin

import annotated_types as at
import orjson
from hypothesis import strategies as st
from pydantic import BaseModel

from untaken.schemas.annotations import Shape, field_shape, shape_of
from untaken.schemas.base import Event
from untaken.schemas.intervals import PATTERN
from untaken.schemas.kinds import LINE, TEXT
from untaken.schemas.registry import EVENTS
from untaken.schemas.times import EARLIEST, LATEST

Fields = dict[str, Any]

LETTERS = st.characters(exclude_categories=("Cc", "Cs"), include_characters='"\\/:{}[],')
PLAIN = st.sampled_from(
    ["BTC/USDT", "b1", "s-17", "max_positions", "EUR", "müßig", "価格", "a:b", "x,y", "{}", "[1]"]
)


def types() -> st.SearchStrategy[type[Event]]:
    return st.sampled_from(sorted(EVENTS.values(), key=lambda model: model.__name__))


def fields_of(model: type[Event], texts: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Fields]:
    """Draw the JSON object of a valid event."""
    record = _record(model, texts)
    return record.map(_made_consistent) if "open_at" in model.model_fields else record


def wild_texts() -> st.SearchStrategy[str]:
    return st.one_of(
        PLAIN, st.text(LETTERS, min_size=1, max_size=12), st.sampled_from([" ", "\u200b", "a" * 64])
    )


def _record(model: type[BaseModel], texts: st.SearchStrategy[str]) -> st.SearchStrategy[Fields]:
    needed: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        shape = field_shape(field)
        drawn = st.just(model.VERSION) if name == "v" and issubclass(model, Event) else _value(shape, texts)
        if field.is_required() or name == "type":
            needed[name] = drawn
        else:
            optional[name] = st.one_of(drawn, st.none()) if shape.optional else drawn
    return st.fixed_dictionaries(needed, optional=optional)


def _value(shape: Shape, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    bare, origin = shape.bare, get_origin(shape.bare)
    if origin is Literal:
        return st.sampled_from(get_args(bare))
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return _record(bare, texts)
    if origin is list:
        return _list(shape, texts)
    if origin is dict:
        return _map(bare, texts)
    if bare is bool:
        return st.booleans()
    scalars: Mapping[object, Callable[[], st.SearchStrategy[Any]]] = {
        int: lambda: st.integers(_least(shape, -(2**63)), _most(shape, 2**63 - 1)),
        float: lambda: _numbers(_least(shape, -1e300), _most(shape, 1e300)),
        datetime: _times,
        str: lambda: _text(shape, texts),
    }
    return scalars[bare]() if bare in scalars else st.one_of(texts, _map(dict[str, Any], texts))


def _list(shape: Shape, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    inner = shape_of(get_args(shape.bare)[0])
    if get_origin(inner.bare) is list:
        percentages = st.floats(-100, 100)
        steps = st.lists(st.integers(0, 1000), max_size=3, unique=True).map(sorted)
        return steps.flatmap(
            lambda minutes: st.tuples(*(st.tuples(st.just(m), percentages) for m in minutes))
        )
    return st.lists(_value(inner, texts), max_size=3)


def _map(bare: Any, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    inner = shape_of(get_args(bare)[1])
    known = inner.bare in (float, int, str) or (
        isinstance(inner.bare, type) and issubclass(inner.bare, BaseModel)
    )
    return st.dictionaries(texts, _value(inner, texts) if known else _anything(texts), max_size=3)


def _anything(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), _numbers(-1e300, 1e300), texts
    )
    return st.recursive(
        scalars, lambda some: st.lists(some, max_size=2) | st.dictionaries(texts, some, max_size=2)
    )


def _numbers(least: float, most: float) -> st.SearchStrategy[float | int]:
    """Draw numbers of every length of digits, the bounds among them, whole ones also as integers."""
    floats = st.floats(least, most)
    short = st.integers(math.ceil(max(least, -1e6) * 1e4), math.floor(min(most, 1e6) * 1e4)).map(
        _ten_thousandths
    )
    whole = st.integers(math.ceil(max(least, -1e17)), math.floor(min(most, 1e17)))
    drawn: st.SearchStrategy[float | int] = st.one_of(
        short, short, floats, whole, st.sampled_from([least, most])
    )
    return drawn.filter(lambda number: least <= number <= most)


def _ten_thousandths(number: int) -> float:
    return number / 10_000


def _least(shape: Shape, otherwise: Any) -> Any:
    at_least: list[Any] = [item.ge for item in shape.constraints if isinstance(item, at.Ge)]
    above: list[Any] = [item.gt for item in shape.constraints if isinstance(item, at.Gt)]
    return max([*at_least, *(math.nextafter(limit, math.inf) for limit in above)], default=otherwise)


def _most(shape: Shape, otherwise: Any) -> Any:
    limits: list[Any] = [item.le for item in shape.constraints if isinstance(item, at.Le)]
    return min(limits, default=otherwise)


def _times() -> st.SearchStrategy[str]:
    moments = st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None) - timedelta(days=1))
    return st.tuples(moments, st.sampled_from(_WRITINGS)).map(
        lambda drawn: drawn[1](drawn[0].replace(tzinfo=UTC))
    )


def canonical_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_WRITINGS: list[Callable[[datetime], str]] = [
    canonical_time,
    canonical_time,
    lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda moment: canonical_time(moment)[:-4] + "Z",
    lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S.%f789Z"),
    lambda moment: moment.astimezone(timezone(timedelta(hours=-5, minutes=-30))).isoformat(),
]


def _text(shape: Shape, texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    patterns = [getattr(item, "pattern", None) for item in shape.constraints]
    special = [pattern for pattern in patterns if pattern not in (None, LINE, TEXT)]
    if special == [PATTERN]:
        return st.sampled_from(["1s", "1m", "5m", "1h", "1d", "1w", "1M", "99999m"])
    return st.from_regex(special[0], fullmatch=True).map(lambda text: text[:64]) if special else texts


def _made_consistent(fields: Fields) -> Fields:
    """Repair what belongs together in a bar."""
    fields["open_at"] = "1990-01-01T00:00:00Z"
    fields["high"], fields["low"] = max(fields["high"], fields["low"]), min(fields["high"], fields["low"])
    for side in ("bid", "ask"):
        names = [f"{side}_{part}" for part in ("open", "high", "low", "close")]
        prices: list[Any] = [fields.get(name) for name in names]
        if None in prices:
            fields = {name: value for name, value in fields.items() if name not in names}
        else:
            fields[names[1]], fields[names[2]] = max(prices[1], prices[2]), min(prices[1], prices[2])
    return fields


def written(fields: Fields) -> st.SearchStrategy[bytes]:
    """Draw a way to write a JSON object."""
    return st.sampled_from(
        [
            orjson.dumps(fields),
            orjson.dumps(fields),
            json.dumps(fields).encode(),
            json.dumps(fields, ensure_ascii=False).encode(),
            json.dumps(fields, indent=1).encode(),
            orjson.dumps(dict(reversed(fields.items()))),
            b" " + orjson.dumps(fields) + b"\n",
        ]
    )


WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [
            "",
            "x",
            "3",
            "NaN",
            "2024-03-04T10:00:00",
            "2024-02-30T10:00:00Z",
            "1989-12-31T23:59:59.999999Z",
            "2200-01-01T00:00:00Z",
            "2024-03-04",
            "x" * 201,
            "ü" * 150,
            "ü" * 64,
            "x" * 2001,
            "a\x00b",
            "a\x85b",
            "a\nb",
        ]
    ),
    st.sampled_from([-1, 0, 1, 2**31, 2**63, 2**64 - 1, -(2**63)]),
    st.sampled_from(
        [0.0, -0.0, 1.0, -1e-300, 1e-16, 1.0000000000000002, 1e15, 1e16, 5e-324, 1.7e308, 0.1 + 0.2]
    ),
    st.sampled_from(
        [[], {}, [[]], [[1, 2], [1, 3]], [[-1, 2]], [[1]], {"": 1}, {"a": "b"}, {"price": "1"}, [None]]
    ),
)
"""Values that do not belong into most fields."""

RAW = [
    b"NaN",
    b"18446744073709551616",
    b"1" + b"0" * 30,
    b"0.1" + b"0" * 40 + b"1",
    b"Infinity",
    b"1e400",
    b"-0",
    b"-0.0",
    b"01",
    b"1.",
    b".5",
    b"+1",
    b"1e5",
    b"1E-07",
    b"tru",
    b"'a'",
    b'"\\ud800"',
]
"""Values as text, most of which are no JSON."""


@st.composite
def damaged(draw: st.DrawFn, model: type[Event], texts: st.SearchStrategy[str] = PLAIN) -> bytes:
    """Draw the bytes of an event that somebody has tampered with; some are still valid."""
    fields = draw(fields_of(model, texts))
    kind = draw(
        st.sampled_from(["value", "inner", "unknown", "missing", "twice", "raw", "bytes", "cut", "none"])
    )
    name = draw(st.sampled_from(sorted(model.model_fields)))
    if kind == "value":
        fields[name] = draw(WRONG)
    elif kind == "inner":
        _damage_inside(fields, draw(WRONG), draw(st.sampled_from(["price", "bid", "x", "kind", "since"])))
    elif kind == "unknown":
        fields[draw(st.sampled_from(["symbl", "x", "Price", "\u0000", "type ", "é"]))] = draw(WRONG)
    elif kind == "missing":
        fields.pop(name, None)
    data = draw(written(fields))
    if kind == "twice":
        again = orjson.dumps(draw(st.sampled_from([fields.get(name), 1, "x", None])))
        return data.replace(b"{", b'{"' + name.encode() + b'":' + again + b",", 1)
    if kind == "raw":
        return orjson.dumps({**fields, name: "@"}).replace(b'"@"', draw(st.sampled_from(RAW)), 1)
    if kind == "bytes":
        return _tampered(draw, data)
    return data[: draw(st.integers(0, len(data)))] if kind == "cut" else data


def _damage_inside(fields: Fields, wrong: Any, name: str) -> None:
    for value in fields.values():
        if isinstance(value, dict):
            value[name] = wrong
            return


def _tampered(draw: st.DrawFn, data: bytes) -> bytes:
    place = draw(st.integers(0, len(data) - 1))
    byte = draw(
        st.sampled_from(
            [
                b"",
                b" ",
                b"\t",
                b'"',
                b"\\",
                b",",
                b":",
                b"}",
                b"]",
                b"0",
                b"\x00",
                b"\xff",
                b"\xc3",
                b"\x7f",
                b"\xc2\x85",
            ]
        )
    )
    return data[:place] + byte + data[place + draw(st.integers(0, 1)) :]
