"""Bulk decoding takes what the pydantic models take, with the same values, and refuses what they refuse."""

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.schemas import generating
from tests.schemas.building import bar, bar_payload, decision
from untaken.errors import Refused, Unread
from untaken.schemas.base import Event
from untaken.schemas.codec import decode, encode
from untaken.schemas.columnar import fastpath
from untaken.schemas.columnar.bulk import CHUNK, FEW, Decoded, decode_batch
from untaken.schemas.columnar.columns import frame_of, schema_of
from untaken.schemas.registry import EVENTS, FILINGS, SYMBOL_TOPICS

FACTS = [name for name, filing in FILINGS.items() if filing.topic in ("settings", "drills", *SYMBOL_TOPICS)]


def binary(payloads: list[bytes]) -> pl.Series:
    return pl.Series(payloads, dtype=pl.Binary)


def judged(payload: bytes) -> Event | None:
    try:
        return decode(payload, edge=False)
    except (Refused, Unread):
        return None


def assert_fast_path_agrees(model: type[Event], payloads: list[bytes]) -> None:
    read = fastpath.read(model, binary(payloads))
    believed = [payload for payload, sure in zip(payloads, read.sure, strict=True) if sure]
    events = [event for event in map(judged, believed) if isinstance(event, model)]

    assert len(events) == len(believed)
    assert_frame_equal(read.frame, frame_of(model, events), check_exact=True)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), model=generating.types())
def test_the_fast_path_agrees_with_the_models_on_valid_events(
    data: st.DataObject, model: type[Event]
) -> None:
    fields = data.draw(st.lists(generating.fields_of(model, generating.wild_texts()), min_size=1, max_size=4))
    payloads = [data.draw(generating.written(each)) for each in fields]

    assert all(judged(payload) is not None for payload in payloads)
    assert_fast_path_agrees(model, payloads)


@settings(max_examples=120, deadline=None)
@given(data=st.data(), model=generating.types())
def test_the_fast_path_agrees_with_the_models_on_damaged_events(
    data: st.DataObject, model: type[Event]
) -> None:
    payloads = data.draw(st.lists(generating.damaged(model), min_size=1, max_size=6))

    assert_fast_path_agrees(model, payloads)


@pytest.mark.torture
@settings(max_examples=10_000, deadline=None)
@given(data=st.data(), model=generating.types())
def test_the_fast_path_agrees_on_very_many_damaged_events(data: st.DataObject, model: type[Event]) -> None:
    payloads = data.draw(st.lists(generating.damaged(model, generating.wild_texts()), min_size=1, max_size=6))

    assert_fast_path_agrees(model, payloads)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(FACTS))
def test_the_fast_path_is_sure_of_facts_as_the_codec_writes_them(data: st.DataObject, name: str) -> None:
    fields = data.draw(st.lists(generating.fields_of(EVENTS[name]), min_size=1, max_size=4))
    payloads = [encode(decode(orjson.dumps(each))) for each in fields]

    assert fastpath.read(EVENTS[name], binary(payloads)).sure.all()


def mixed(rows: int) -> list[bytes]:
    """Bars of which every seventh is damaged, every eleventh odd but valid, every thirteenth newer."""
    payloads = []
    for row in range(rows):
        changes = {"id": f"bar-{row}", "close": 100 + row / 7}
        if row % 7 == 0:
            changes["high"] = "102"
        elif row % 11 == 0:
            changes["source"] = 'a "quoted" \\ name'
        elif row % 13 == 0:
            changes["v"] = 2
        payloads.append(bar_payload(**changes))
    return payloads


def verdicts(decoded: Decoded) -> list[tuple[int, str]]:
    refused = [(refusal.row, refusal.code) for refusal in decoded.refused]
    return sorted(
        [(row, "taken") for row in decoded.frame["row"]]
        + refused
        + [(row, "unread") for row in decoded.unread]
    )


@pytest.mark.parametrize("rows", [0, 1, FEW, FEW + 1, 3 * FEW, CHUNK + FEW])
def test_every_payload_is_taken_refused_or_unread_under_its_own_row(rows: int) -> None:
    decoded = decode_batch("market.bar", binary(mixed(rows)))

    expected = [
        (row, "invalid" if row % 7 == 0 else "unread" if row % 13 == 0 and row % 11 else "taken")
        for row in range(rows)
    ]
    assert verdicts(decoded) == expected
    assert decoded.frame["row"].is_sorted()
    assert decoded.frame["id"].to_list() == [f"bar-{row}" for row in decoded.frame["row"]]
    assert dict(decoded.frame.schema) == {**schema_of(EVENTS["market.bar"]), "row": pl.UInt32()}


def test_a_refused_payload_keeps_its_sentence_and_id() -> None:
    decoded = decode_batch("market.bar", binary([encode(bar())] * FEW + [bar_payload(high=1.0, low=2.0)]))

    refusal = decoded.refused[0]
    assert (refusal.row, refusal.code, refusal.id) == (FEW, "invalid", "bar-1")
    assert refusal.sentence == "high was 1.0, below low 2.0: the high of a bar is never below its low"


def test_an_event_filed_under_another_type_is_refused() -> None:
    decoded = decode_batch("market.bar", binary([encode(bar())] * FEW + [encode(decision())]))

    assert decoded.frame.height == FEW
    assert "the log has filed it as 'market.bar'" in decoded.refused[0].sentence


def test_an_unknown_type_is_unread() -> None:
    decoded = decode_batch("weather.observed", binary([b'{"type":"weather.observed"}'] * 3))

    assert decoded.unread == [0, 1, 2]
    assert decoded.frame.height == 0


def test_numbers_with_more_digits_than_a_double_holds_are_read_to_the_nearest_one() -> None:
    written = ["0.1234567890123456789", "123456789.123456789123", "1e-15", "9007199254740993", "1e15"]
    payloads = [bar_payload(volume="@").replace(b'"@"', number.encode()) for number in written]

    read = fastpath.read(EVENTS["market.bar"], binary(payloads))

    assert read.sure.all()
    assert read.frame["volume"].to_list() == [float(number) for number in written]


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_empty_batch_has_the_columns_of_its_type(name: str) -> None:
    frame = decode_batch(name, binary([])).frame

    assert dict(frame.schema) == {**schema_of(EVENTS[name]), "row": pl.UInt32()}
