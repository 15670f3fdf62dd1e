"""URLs of Kafka logs, and names of their topics and streams."""

import pytest

from untaken.streams.logs import UnknownLogUrl
from untaken.streams.logs.kafka.address import address_of
from untaken.streams.logs.kafka.naming import TopicPartition, is_of_prefix, partition_of_stream, stream_name
from untaken.streams.logs.kafka.options import KafkaOptions


def test_a_url_names_servers_and_prefix() -> None:
    address = address_of("kafka://one:9092,[::1]:9093?prefix=bots.")

    assert address.servers == ("one:9092", "[::1]:9093")
    assert address.options.prefix == "bots."
    assert address.url == "kafka://one:9092,[::1]:9093?prefix=bots."


def test_what_a_url_leaves_open_is_said_by_the_options() -> None:
    address = address_of("kafka://one:9092", KafkaOptions(prefix="mine.", partitions=3))

    assert (address.options.prefix, address.options.partitions) == ("mine.", 3)
    assert address_of("kafka://one:9092").url == "kafka://one:9092"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("kafka://", "'' is no host:port"),
        ("kafka://one", "'one' is no host:port"),
        ("kafka://one:9092/topic", "is no host:port"),
        ("kafka://user@one:9092", "is no host:port"),
        ("kafka://one:9092?topic=x", "'topic' is not known, only prefix is"),
        ("kafka://one:9092?prefix=a b", "is no prefix of topics"),
    ],
)
def test_other_urls_are_refused(url: str, why: str) -> None:
    with pytest.raises(UnknownLogUrl, match=why):
        address_of(url)


def test_streams_are_named_by_topic_and_partition() -> None:
    assert stream_name("untaken.market", 3) == "untaken.market[3]"
    assert partition_of_stream("untaken.market[3]") == TopicPartition("untaken.market", 3)


def test_a_prefix_that_only_begins_alike_is_another_log() -> None:
    assert is_of_prefix("untaken.", "untaken.dead-letters")
    assert not is_of_prefix("untaken.", "untaken.test.market")
    assert not is_of_prefix("untaken.", "untaken.")
    assert not is_of_prefix("untaken.", "other.market")
