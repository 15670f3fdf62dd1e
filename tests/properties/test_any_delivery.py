"""Any order, any batches, any number of copies: the same rows and tables, to the last bit."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.generators.chance import Chance
from tests.generators.delivery import Record
from tests.generators.orders import cuts, duplicated, logs, shuffled, with_duplicates
from tests.properties.changes import CHANGES, CLASHES, Change, with_settings
from tests.properties.logs import each_seed, first_seed, log_of_seed, short_log_of_seed
from tests.streams.chain.engines import computed, differences


def places(records: list[Record], seed: int, count: int) -> list[int]:
    chance = Chance(seed)
    return [chance.between(0, len(records)) for _ in range(count)]


@each_seed
def test_batches_change_nothing(seed: int) -> None:
    records = with_settings(log_of_seed(seed))

    assert differences(computed(records), computed(records, places(records, seed, 8))) == {}


@each_seed
def test_order_and_batches_change_nothing(seed: int) -> None:
    records = with_settings(log_of_seed(seed))
    mixed = shuffled(records, seed)

    assert differences(computed(records), computed(mixed, places(mixed, seed, 5))) == {}


@each_seed
def test_copies_in_any_order_and_batches_change_nothing(seed: int) -> None:
    records = with_settings(log_of_seed(seed))
    repeated = duplicated(records, seed)

    assert len(repeated) > len(records) * 1.2
    assert differences(computed(records), computed(repeated, places(repeated, seed, 5))) == {}


@first_seed
def test_one_record_at_a_time_changes_nothing(seed: int) -> None:
    records = with_settings(short_log_of_seed(seed))
    last = range(len(records) - 25, len(records))

    assert differences(computed(records), computed(records, last)) == {}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@first_seed
def test_what_is_declared_or_set_late_holds_as_if_it_had_been_known(change: Change, seed: int) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))
    mixed = shuffled(records, seed)

    assert differences(computed(records), computed(mixed, places(mixed, seed, 3))) == {}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@each_seed
@pytest.mark.torture
def test_what_is_declared_or_set_late_in_order_and_unseen_by_the_edge(change: Change, seed: int) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))
    whole = computed(records, edge=False)

    assert differences(whole, computed(records)) == {}
    assert differences(whole, computed(records, places(records, seed, 6), edge=False)) == {}


def test_declarations_after_the_facts_hold_where_the_edge_knew_none_of_them() -> None:
    records = CHANGES["declarations_come_after_the_facts"](list(short_log_of_seed(2)), Chance(2))

    assert differences(computed(records), computed(records, places(records, 2, 4), edge=False)) == {}


@pytest.mark.parametrize("change", CLASHES.values(), ids=CLASHES)
@first_seed
def test_of_two_events_under_one_id_the_first_appended_counts_in_any_order(change: Change, seed: int) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))
    mixed = shuffled(records, seed)
    whole = computed(records, edge=False)

    assert differences(whole, computed(mixed, places(mixed, seed, 3), edge=False)) == {}


@given(data=st.data())
@examples(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_any_part_of_a_log_in_any_batches_with_copies(data: st.DataObject) -> None:
    records = data.draw(logs())
    delivered = data.draw(with_duplicates(records))
    batches = data.draw(cuts(delivered, parts=4))
    ends = [sum(len(batch) for batch in batches[: count + 1]) for count in range(len(batches))]

    assert differences(computed(records), computed(delivered, ends)) == {}
