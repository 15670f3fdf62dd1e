"""Whatever arrives at the edge is an event, refused, or unread; nothing else ever happens."""

import random
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from untaken.errors import Refused, Unread
from untaken.schemas.base import Event
from untaken.schemas.codec import decode, encode
from untaken.schemas.columnar.bulk import decode_batch
from untaken.schemas.registry import EVENTS

STORED = Path(__file__).parent / "golden_versions"

TOKENS = [
    b"null", b"true", b"-1", b"0", b"1e400", b"NaN", b'""', b'"x"', b"[]", b"{}", b"[" * 2000, b'{"a":' * 300, b"\\u0000",
    b"\\ud800", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x00", b'"', b"\\", b"{", b"}", b",", b":", b"9" * 400,
    b'"v":2,', b'"v":null,', b'"type":"x",', b'"meta":{"a":1},', "\u202e".encode(), b"2024-03-04T10:00:00",
]  # fmt: skip


def seeds() -> list[bytes]:
    lines = [line for file in sorted(STORED.iterdir()) for line in file.read_bytes().splitlines()]
    return [line.removeprefix(b'{"stored":').partition(b',"read":')[0] for line in lines]


def mutated(rng: random.Random, originals: list[bytes]) -> bytes:
    data = bytearray(rng.choice(originals))
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3, 8])):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice([0, 0, 1, 1, 4, 30]))
        other = rng.choice(originals)
        cut = rng.randrange(len(other))
        new = rng.choice([b"", rng.randbytes(1), rng.choice(TOKENS), other[cut : cut + rng.randrange(40)]])
        data[start:end] = new
    return bytes(data)


def inputs(count: int, seed: int) -> Iterator[bytes]:
    rng, originals = random.Random(seed), seeds()
    for _ in range(count):
        yield mutated(rng, originals)


def verdict(data: bytes, *, edge: bool) -> str:
    found = decoded(data, edge=edge)
    if isinstance(found, Unread):
        return "unread"
    if isinstance(found, Refused):
        assert found.sentence.isprintable(), found.sentence
        assert len(found.sentence) < 4000
        return found.code
    assert decode(encode(found)) == found
    return "event"


def decoded(data: bytes, *, edge: bool) -> Event | Refused | Unread:
    try:
        return decode(data, edge=edge)
    except (Refused, Unread) as verdict:
        return verdict


def assert_nothing_else_happens(count: int, seed: int) -> None:
    seen = {"event": 0, "invalid": 0, "unreadable": 0, "unread": 0}
    for number, data in enumerate(inputs(count, seed)):
        seen[verdict(data, edge=number % 2 == 0)] += 1

    assert min(seen.values()) >= count // 500, seen


def test_five_thousand_mutated_inputs_are_events_refused_or_unread() -> None:
    assert_nothing_else_happens(5_000, seed=1)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(10))
def test_a_million_mutated_inputs_are_events_refused_or_unread(seed: int) -> None:
    assert_nothing_else_happens(100_000, seed=100 + seed)


@pytest.mark.parametrize(
    "name", ["market.bar", "decision.made", "signal.emitted", "ledger.row", "dead.lettered"]
)
def test_in_bulk_mutated_inputs_meet_the_same_verdicts(name: str) -> None:
    payloads = [data for data in inputs(12_000, seed=2) if name.encode() in data]

    batch = decode_batch(name, pl.Series(payloads, dtype=pl.Binary))

    refused = {refusal.row: refusal.code for refusal in batch.refused}
    for row, data in enumerate(payloads):
        found = refused.get(row, "unread" if row in batch.unread else "event")
        assert found == _in_a_log(data, name)
    assert batch.frame.height > 20


def _in_a_log(data: bytes, name: str) -> str:
    found = verdict(data, edge=False)
    is_filed_right = found != "event" or isinstance(decode(data), EVENTS[name])
    return found if is_filed_right else "invalid"
