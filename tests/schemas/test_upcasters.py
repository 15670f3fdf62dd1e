"""Stored events of older versions are lifted when they are read."""

from typing import Literal

import orjson
import polars as pl
import pytest
from pydantic import Field

from tests.schemas.building import NOON
from untaken.errors import Refused, Unread
from untaken.schemas.base import Event
from untaken.schemas.codec import Codec
from untaken.schemas.columnar import fastpath
from untaken.schemas.kinds import Ordinal
from untaken.schemas.upcasters import Fields


class TideMeasured(Event):
    """A type in its third version: 2 renamed `height` to `height_m`, 3 added the harbour."""

    type: Literal["tide.measured"] = Field(default="tide.measured")
    v: Ordinal = Field(default=3)
    height_m: float
    harbour: str


def metres(fields: Fields) -> Fields:
    fields["height_m"] = fields.pop("height")
    return fields


def harboured(fields: Fields) -> Fields:
    return {**fields, "harbour": "unknown"}


CODEC = Codec(
    {"tide.measured": TideMeasured}, {("tide.measured", 1): metres, ("tide.measured", 2): harboured}
)


def stored(**fields: object) -> bytes:
    return orjson.dumps(
        {"type": "tide.measured", "id": "t-1", "at": "2024-03-04T12:00:00Z", "bot": "b1", **fields}
    )


@pytest.mark.parametrize(
    "data",
    [
        stored(height=2.5),
        stored(height=2.5, v=1),
        stored(height_m=2.5, v=2),
        stored(height_m=2.5, harbour="unknown", v=3),
    ],
)
def test_every_stored_version_is_read_as_the_newest(data: bytes) -> None:
    event = CODEC.decode(data, edge=False)

    assert event == TideMeasured.model_validate(orjson.loads(stored(height_m=2.5, harbour="unknown", v=3)))


def test_a_lifted_event_is_written_in_the_newest_version() -> None:
    written = CODEC.encode(CODEC.decode(stored(height=2.5)))

    assert orjson.loads(written)["v"] == 3
    assert CODEC.decode(written) == CODEC.decode(stored(height=2.5))


def test_an_event_made_in_python_has_the_newest_version() -> None:
    made = TideMeasured(id="t-1", at=NOON, bot="b1", height_m=2.5, harbour="unknown")

    assert CODEC.decode(CODEC.encode(made)) == made
    assert made == CODEC.decode(stored(height=2.5))


def test_an_event_made_with_another_version_is_not_written() -> None:
    made = TideMeasured(id="t-1", at=NOON, bot="b1", height_m=2.5, harbour="unknown", v=2)

    with pytest.raises(Refused, match=r"v was 2: tide\.measured is written in version 3; leave v out"):
        CODEC.encode(made)


def test_the_fast_path_leaves_older_versions_to_the_upcasters() -> None:
    payloads = [
        stored(height_m=2.5, harbour="north", v=3),
        stored(height_m=2.5, harbour="north"),
        stored(height=2.5),
    ]

    read = fastpath.read(TideMeasured, pl.Series(payloads, dtype=pl.Binary))

    assert read.sure.tolist() == [True, False, False]


def test_an_old_event_that_does_not_fit_its_version_is_refused() -> None:
    with pytest.raises(Refused, match=r"height_m was '2\.5': it must be a number"):
        CODEC.decode(stored(height="2.5"))


def test_a_version_without_an_upcaster_is_refused_with_its_number() -> None:
    codec = Codec({"tide.measured": TideMeasured}, {("tide.measured", 2): harboured})

    with pytest.raises(Refused, match=r"v was 1: tide\.measured of that version can no longer be read"):
        codec.decode(stored(height=2.5))


def test_a_version_above_the_newest_is_unread_in_a_log_and_refused_at_the_edge() -> None:
    with pytest.raises(Unread):
        CODEC.decode(stored(v=4), edge=False)
    with pytest.raises(Refused, match=r"v was 4: this software reads tide\.measured up to version 3"):
        CODEC.decode(stored(v=4))
