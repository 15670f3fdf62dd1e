"""A state in memory for the stores that lie in it."""

from collections.abc import Iterator

import pytest

from untaken.streams.store.state import State


@pytest.fixture
def state() -> Iterator[State]:
    opened = State(None)
    yield opened
    opened.close()
