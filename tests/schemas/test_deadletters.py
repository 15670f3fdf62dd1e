"""Dead letters."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tests.schemas.building import NOON, payload
from untaken.errors import Refused
from untaken.schemas.codec import decode, encode
from untaken.schemas.events.deadletters import MAX_RAW_BYTES, DeadLettered, dead_letter

INVALID = Refused("invalid", "price was '1': it must be a number, without quotes")


def test_a_dead_letter_keeps_the_bytes_the_reason_and_the_place() -> None:
    raw = payload(price="1")

    letter = dead_letter(raw, INVALID, origin="events.jsonl", position=7, at=NOON)

    assert letter.raw_bytes == raw
    assert (letter.code, letter.sentence) == ("invalid", INVALID.sentence)
    assert (letter.origin, letter.position) == ("events.jsonl", 7)
    assert (letter.refused_id, letter.refused_type) == ("s-1", "signal.emitted")


def test_refusing_the_same_input_again_gives_the_same_letter() -> None:
    letters = {dead_letter(payload(), INVALID, origin="f", position=line, at=NOON).id for line in (1, 1, 2)}

    assert len(letters) == 2


@given(raw=st.binary(max_size=300), origin=st.text(max_size=300))
def test_any_bytes_from_anywhere_make_a_letter_that_can_be_stored(raw: bytes, origin: str) -> None:
    letter = dead_letter(raw, Refused("unreadable", "x" * 5000), origin=origin, at=NOON, refused_id=origin)

    stored = decode(encode(letter))

    assert isinstance(stored, DeadLettered)
    assert stored == letter
    assert stored.raw_bytes == raw


def test_a_gigantic_input_is_cut_and_its_digest_kept() -> None:
    raw = b"x" * (3 * MAX_RAW_BYTES)

    letter = decode(encode(dead_letter(raw, Refused("too_large", "too large"), origin="f", at=NOON)))

    assert isinstance(letter, DeadLettered)
    assert len(letter.raw_bytes) == MAX_RAW_BYTES
    assert letter.raw_size == len(raw)
    assert letter.raw_sha256 == hashlib.sha256(raw).hexdigest()
