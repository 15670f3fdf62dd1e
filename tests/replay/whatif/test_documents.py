"""Answers as texts, and back."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from untaken.replay.whatif.documents import read, written

amounts = st.decimals(allow_nan=False, allow_infinity=False, places=8)
numbers = amounts | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.text() | numbers,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def same(one: Any, other: Any) -> bool:
    """Say whether two documents agree in their types too; 1 equals 1.0 and Decimal(1), but is none of them."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and str(one) == str(other)


@given(st.dictionaries(st.text().filter(lambda name: name != "decimal"), values))
def test_an_answer_is_read_as_it_was_written(answer: dict[str, Any]) -> None:
    assert same(read(written(answer)), answer)


def test_money_beyond_the_digits_of_a_double_is_kept() -> None:
    answer = {"pnl": Decimal("123456789012345678.12345678"), "rules": {"thresholds": {"decimal": 0.4}}}

    assert read(written(answer)) == answer
