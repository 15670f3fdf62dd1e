"""Any order, batches, owners and number of copies in the topics: the same rows and tables, to the last bit."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.generators.chance import Chance
from tests.generators.orders import SEEDS, duplicated, logs, shuffled, with_duplicates
from tests.kafka.builders import any_prefix
from tests.kafka.properties.conftest import opened
from tests.kafka.properties.delivered import delivered, differences_from, each_change, first_seed
from tests.properties.changes import CHANGES, CLASHES, Change, with_settings
from tests.properties.logs import log_of_seed, short_log_of_seed
from untaken.streams.logs.kafka.log import KafkaLog

KNOWN_AT_THE_EDGE = {
    name: change for name, change in CHANGES.items() if name != "declarations_come_after_the_facts"
}
"""Changes but for the one where a symbol's name, and so its partition, is told too late (docs/decisions/0005)."""


@first_seed
def test_batches_change_nothing(log: KafkaLog, seed: int) -> None:
    records = with_settings(log_of_seed(seed))
    delivered(log, records, seed)

    assert differences_from(records, log, seed) == {}


@first_seed
def test_order_changes_nothing(log: KafkaLog, seed: int) -> None:
    records = with_settings(log_of_seed(seed))
    delivered(log, shuffled(records, seed), seed)

    assert differences_from(records, log, seed) == {}


@first_seed
def test_copies_in_any_order_change_nothing(log: KafkaLog, seed: int) -> None:
    records = with_settings(short_log_of_seed(seed))
    repeated = duplicated(records, seed)
    delivered(log, repeated, seed)

    assert len(repeated) > len(records) * 1.2
    assert differences_from(records, log, seed) == {}


@each_change(KNOWN_AT_THE_EDGE)
@first_seed
def test_what_is_set_late_holds_as_if_it_had_been_known(log: KafkaLog, change: Change, seed: int) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))
    delivered(log, shuffled(records, seed), seed)

    assert differences_from(records, log, seed) == {}


@first_seed
def test_aliases_that_no_edge_knew_hold_within_a_partition(undivided: KafkaLog, seed: int) -> None:
    records = CHANGES["declarations_come_after_the_facts"](list(short_log_of_seed(seed)), Chance(seed))
    delivered(undivided, records, seed, edge=False)

    assert differences_from(records, undivided, seed) == {}


@each_change(CLASHES)
@first_seed
def test_of_two_events_under_one_id_the_first_appended_counts(
    undivided: KafkaLog, change: Change, seed: int
) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))
    delivered(undivided, shuffled(records, seed), seed, edge=False)

    assert differences_from(records, undivided, seed, edge=False) == {}


def demand_any_part(broker: str, data: st.DataObject) -> None:
    records = data.draw(logs())
    arriving, seed = data.draw(with_duplicates(records)), data.draw(SEEDS)
    with opened(broker, any_prefix(), 2) as log:
        delivered(log, arriving, seed)

        assert differences_from(records, log, seed) == {}


SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)


@given(data=st.data())
@examples(max_examples=3, deadline=None, suppress_health_check=SLOW)
def test_any_part_of_a_log_in_any_batches_with_copies(broker: str, data: st.DataObject) -> None:
    demand_any_part(broker, data)


@pytest.mark.torture
@given(data=st.data())
@examples(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_many_parts_of_logs_in_any_batches_with_copies(broker: str, data: st.DataObject) -> None:
    demand_any_part(broker, data)
