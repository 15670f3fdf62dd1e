"""Latencies in integer buckets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from untaken.projections.statistics.histogram import (
    bounds,
    bucket_of,
    buckets_of,
    counted,
    merged,
    midpoint,
    quantile,
    quantile_bucket,
)

LATENCIES = [900, 1500, 1500, 2200, 40_000, 41_000, 750_000]

values = st.integers(0, 2**63 - 1)


def test_buckets_of_seven_latencies() -> None:
    assert [bucket_of(us) for us in LATENCIES] == [304, 349, 349, 388, 654, 656, 923]
    assert counted(LATENCIES) == {304: 1, 349: 2, 388: 1, 654: 1, 656: 1, 923: 1}
    assert (bucket_of(1_000_000), bounds(954)) == (954, (999_424, 1_007_616))
    assert (bucket_of(250_000), bounds(923)) == (826, (745_472, 753_664))


def test_an_hour_takes_about_two_thousand_buckets() -> None:
    assert bucket_of(3_600_000_000) < 2_000


@pytest.mark.parametrize(
    ("q", "bucket"), [(0.01, 304), (0.5, 388), (0.9, 923), (0.95, 923), (0.99, 923), (1, 923)]
)
def test_a_quantile_is_the_value_of_rank_ceil_q_n(q: float, bucket: int) -> None:
    assert quantile_bucket(counted(LATENCIES), q) == bucket


def test_a_quantile_is_named_by_the_middle_of_its_bucket() -> None:
    assert quantile(counted(LATENCIES), 0.5) == 2191.5


def test_a_quantile_is_the_decimal_that_it_is_written_as() -> None:
    assert quantile(counted(range(1, 101)), 0.07) == 7


def test_nothing_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None


def test_a_quantile_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"found 1\.5"):
        quantile({3: 1}, 1.5)


def test_negative_latencies_are_refused() -> None:
    with pytest.raises(ValueError, match="count negative ones apart"):
        bucket_of(-1)
    with pytest.raises(ValueError, match="count negative ones apart"):
        buckets_of(np.array([5, -1]))


@given(values)
def test_a_value_lies_in_its_bucket_and_the_middle_is_near(value: int) -> None:
    first, beyond = bounds(bucket_of(value))

    assert first <= value < beyond
    assert abs(midpoint(bucket_of(value)) - value) <= 0.0079 * value
    assert bucket_of(first) == bucket_of(beyond - 1)
    assert bucket_of(beyond) == bucket_of(value) + 1


@given(
    st.lists(
        st.one_of(values, st.integers(0, 62).map(lambda k: 2**k), st.integers(1, 63).map(lambda k: 2**k - 1))
    )
)
def test_many_values_fall_where_each_does(many: list[int]) -> None:
    assert buckets_of(np.array(many, dtype=np.int64)).tolist() == [bucket_of(value) for value in many]


@given(st.lists(values), st.integers(0, 100))
def test_merging_parts_is_counting_the_whole(many: list[int], cut: int) -> None:
    whole = counted(many)
    parts = [counted(many[cut:]), counted(many[:cut])]

    assert list(merged(parts).items()) == list(whole.items())


@given(st.lists(values))
def test_what_is_taken_out_leaves_no_trace(many: list[int]) -> None:
    assert merged([counted(many), {bucket: -count for bucket, count in counted(many).items()}]) == {}
