"""The logs that speed is measured on hold what they say: valid events, in order of time, in the mix of real ones."""

from collections import Counter
from itertools import chain, pairwise

import pytest

from benchmarks.long_log import Shape, chunks
from benchmarks.mixed_log import entries
from untaken.schemas import codec
from untaken.streams.logs.base import Entry

EVENTS = 20_000


@pytest.fixture(scope="module")
def made() -> list[Entry]:
    return list(chain.from_iterable(chunks(EVENTS, Shape(symbols=5), size=3_000)))


def shares(entries: list[Entry]) -> dict[str, float]:
    return {name: count / len(entries) for name, count in Counter(entry.type for entry in entries).items()}


def test_every_event_is_valid_and_comes_in_order_of_time(made: list[Entry]) -> None:
    events = [codec.decode(entry.value) for entry in made]

    assert [event.type for event in events] == [entry.type for entry in made]
    assert all(before.at <= after.at for before, after in pairwise(events))
    assert len(
        {(entry.symbol, event.type, event.id) for entry, event in zip(made, events, strict=True)}
    ) == len(made)


def test_the_mix_is_that_of_the_small_logs(made: list[Entry]) -> None:
    assert len(made) == pytest.approx(EVENTS, rel=0.03)
    assert shares(made) == pytest.approx(shares(list(entries(EVENTS, symbols=5))), abs=0.02)
