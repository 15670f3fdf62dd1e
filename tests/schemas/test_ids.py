"""Ids."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schemas.building import NOON
from untaken.schemas.ids import derived_id, signal_id, uuid7
from untaken.schemas.times import to_us


@given(now_us=st.integers(0, 2**48 * 1000 - 1), random=st.binary(min_size=8, max_size=16))
def test_a_uuid7_holds_its_time(now_us: int, random: bytes) -> None:
    made = uuid.UUID(uuid7(now_us, random))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == now_us // 1000


@given(
    now_us=st.integers(0, 2**48),
    later=st.integers(1, 10**9),
    random=st.tuples(st.binary(min_size=8), st.binary(min_size=8)),
)
def test_uuid7s_sort_by_microsecond(now_us: int, later: int, random: tuple[bytes, bytes]) -> None:
    assert uuid7(now_us, random[0]) < uuid7(now_us + later, random[1])


def test_a_uuid7_without_enough_random_bytes_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="needs 8 random bytes, got 3"):
        uuid7(0, b"abc")


def test_deriving_twice_gives_the_same_id() -> None:
    made = derived_id("b1/r1/s1", b"content")

    assert made == derived_id("b1/r1/s1", b"content")
    assert uuid.UUID(made).version == 5


@given(one=st.tuples(st.text(), st.binary()), other=st.tuples(st.text(), st.binary()))
def test_other_identities_or_contents_give_other_ids(
    one: tuple[str, bytes], other: tuple[str, bytes]
) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


def test_a_derived_signal_id_is_one_per_candle_strategy_and_direction() -> None:
    keys = {"bot": "b1", "run": "r1", "symbol": "BTC/USDT", "strategy": "breakout", "direction": "long"}

    own = signal_id(**keys, candle_at=NOON)
    others = {signal_id(**{**keys, name: "other"}, candle_at=NOON) for name in keys}
    others.add(signal_id(**keys, candle_at=NOON + timedelta(microseconds=1)))

    assert len(others - {own}) == 6
    assert signal_id(**keys, candle_at=NOON.astimezone()) == own


def test_ids_stay_what_they_were() -> None:
    assert derived_id("b1/r1/s1", b"content") == "dc3e24d3-46a0-5b66-aee9-b9795652bed1"
    assert uuid7(to_us(NOON), bytes(range(8))) == "018e0955-c600-7000-8001-020304050607"
