"""Topics: made with the settings that the log relies on, looked at, and held to them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import errors as kafka_errors
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from untaken.schemas.registry import SYMBOL_TOPICS
from untaken.streams.logs.kafka.connecting import PASSING, Connector, Deadline, is_denial
from untaken.streams.logs.kafka.errors import AccessDenied, PartitionsDisagree, TopicRefused
from untaken.streams.logs.kafka.naming import (
    DERIVED_TOPICS,
    FACT_TOPICS,
    STATE_TOPICS,
    bare_name,
    is_of_prefix,
    topic_name,
)

MAX_MESSAGE_BYTES = 16 << 20
"""Largest batch that our topics take; an event of the log is far smaller, a row of the ledger may come close."""

TOMBSTONES_KEPT_S = 7 * 86_400
"""How long the topics of state tell that something is no more."""

KEYED_TOPICS = (*SYMBOL_TOPICS, *STATE_TOPICS, *DERIVED_TOPICS)
"""Topics of one partition count."""

_FACTS = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
}
_STATE = {
    "cleanup.policy": "compact",
    # Only closed segments are compacted: progress is written at every batch, and is read from the beginning.
    "segment.bytes": str(16 << 20),
    "segment.ms": "3600000",
    "min.cleanable.dirty.ratio": "0.2",
    # A reader that goes on from a cache must still find what was deleted meanwhile.
    "delete.retention.ms": str(TOMBSTONES_KEPT_S * 1000),
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
}
_NEEDED = {
    "cleanup.policy": "facts must never be compacted, nor state be deleted",
    "retention.ms": "facts that are gone cannot be replayed",
    "message.timestamp.type": "whether an event is late depends on when the broker took it",
}


class Topic(NamedTuple):
    """A topic as the broker has it."""

    name: str
    partitions: int
    values: Mapping[str, str]


def values_of(bare: str) -> Mapping[str, str]:
    """Return the settings of a topic, by its name without the prefix."""
    return _STATE if bare in STATE_TOPICS else _FACTS


def wanted_partitions(bare: str, keyed: int) -> int:
    return keyed if bare in KEYED_TOPICS else 1


def keyed_partitions(counts: Mapping[str, int], prefix: str) -> int | None:
    """Return the count that the topics keyed by symbol have; raise PartitionsDisagree if they have several."""
    named = {topic_name(prefix, bare): topic_name(prefix, bare) in counts for bare in KEYED_TOPICS}
    found = [name for name, there in named.items() if there]
    for name in found[1:]:
        if counts[name] != counts[found[0]]:
            raise PartitionsDisagree(name, counts[name], counts[found[0]], f"as {found[0]} has")
    return counts[found[0]] if found else None


def demand_single(counts: Mapping[str, int], prefix: str) -> None:
    """Raise PartitionsDisagree if a topic that must have one partition has more."""
    for bare in FACT_TOPICS:
        name = topic_name(prefix, bare)
        if bare not in KEYED_TOPICS and counts.get(name, 1) != 1:
            raise PartitionsDisagree(name, counts[name], 1, "its events are read in one order")


def topics_of(counts: Mapping[str, int], values: Mapping[str, Mapping[str, str]]) -> list[Topic]:
    return [Topic(name, counts[name], found) for name, found in sorted(values.items())]


def deviations(topics: Iterable[Topic], prefix: str) -> list[str]:
    """Say which settings of existing topics endanger the log, one sentence each."""
    found = []
    for topic in topics:
        wanted = values_of(bare_name(prefix, topic.name))
        for name, why in _NEEDED.items():
            has = topic.values.get(name)
            if name in wanted and has is not None and has != wanted[name]:
                found.append(f"topic {topic.name} has {name}={has}, it needs {wanted[name]}: {why}")
    return found


class Admin:
    """Makes and describes topics; to be used within one event loop."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._prefix = connector.address.options.prefix

    async def create(self, bare: Sequence[str], keyed: int, replication: int) -> list[str]:
        """Make topics that are missing; return the full names of those that were made here."""
        wanted = [
            NewTopic(
                topic_name(self._prefix, name),
                wanted_partitions(name, keyed),
                replication,
                topic_configs=dict(values_of(name)),
            )
            for name in bare
        ]
        answer = (
            await self._asked(lambda admin: admin.create_topics(wanted), "make topics") if wanted else None
        )
        made = []
        for topic, code, *said in answer.topic_errors if answer is not None else []:
            error = kafka_errors.for_code(code)
            if error is kafka_errors.NoError:
                made.append(topic)
            elif is_denial(error()):
                raise AccessDenied(self._connector.address.url, f"make the topic {topic}")
            elif error is not kafka_errors.TopicAlreadyExistsError:
                raise TopicRefused(topic, " ".join(str(word) for word in said if word) or error.__name__)
        return made

    async def describe(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the settings of topics by their full names."""
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        answers = await self._asked(lambda admin: admin.describe_configs(resources), "describe topics")
        return {
            name: {value[0]: value[1] for value in values}
            for answer in answers
            for _, _, _, name, values in answer.resources
        }

    async def _asked(self, question: Any, doing: str) -> Any:
        deadline = Deadline(self._connector.patience_s)
        while True:
            await self._connector.knock(deadline)
            admin = AIOKafkaAdminClient(client_id="untaken-admin", **self._connector.arguments())
            try:
                await admin.start()
                return await question(admin)
            except PASSING as error:
                if is_denial(error):
                    raise AccessDenied(self._connector.address.url, doing) from error
                if deadline.passed:
                    raise self._connector.unreachable(error) from error
            finally:
                await admin.close()
            await deadline.back_off()


async def partition_counts(client: Any, prefix: str) -> dict[str, int]:
    """Return how many partitions each topic of a prefix has, by its full name."""
    metadata = await client.fetch_all_metadata()
    return {
        topic: len(metadata.partitions_for_topic(topic) or ())
        for topic in sorted(metadata.topics())
        if is_of_prefix(prefix, topic)
    }


async def wait_for_topics(client: Any, connector: Connector, names: Iterable[str]) -> dict[str, int]:
    """Return the counts as soon as the cluster tells of all these topics and who leads them."""
    deadline = Deadline(connector.patience_s)
    prefix = connector.address.options.prefix
    missing = set(names)
    while True:
        try:
            counts = await partition_counts(client, prefix)
        except PASSING as error:
            if deadline.passed:
                raise connector.unreachable(error) from error
        else:
            if missing <= counts.keys() or deadline.passed:
                await client.force_metadata_update()
                return counts
        await asyncio.sleep(0.05)
