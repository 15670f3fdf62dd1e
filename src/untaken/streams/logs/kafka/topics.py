"""The topics of a log as an operator handles them: made, and listed, before or beside the log itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from untaken.streams.logs.kafka.address import Address, address_of
from untaken.streams.logs.kafka.admin import (
    Admin,
    Topic,
    demand_single,
    deviations,
    keyed_partitions,
    partition_counts,
    wait_for_topics,
)
from untaken.streams.logs.kafka.connecting import Connector
from untaken.streams.logs.kafka.errors import PartitionsDisagree, TopicsMissing
from untaken.streams.logs.kafka.naming import ALL_TOPICS, TopicPartition, topic_name
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.kafka.session import Session


class Described(NamedTuple):
    """A topic, and how many records it holds; those that compaction has removed are not told apart."""

    name: str
    partitions: int
    records: int
    values: Mapping[str, str]


class Cluster:
    """The topics of one prefix."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._session = Session(Connector(address))

    def create(self, partitions: int | None = None) -> list[str]:
        """Make what is missing and return it; raise PartitionsDisagree where other counts are there already."""
        before = self._counts()
        keyed = self._checked(before)
        if partitions is not None and keyed is not None and keyed != partitions:
            name = topic_name(self._address.options.prefix, "market")
            raise PartitionsDisagree(name, keyed, partitions, "as asked for")
        after = make_topics(self._session, before, keyed, ALL_TOPICS)
        return sorted(after.keys() - before.keys())

    def listed(self) -> tuple[list[Described], list[str]]:
        """Return every topic of the prefix, and what endangers the log, one sentence each."""
        counts = self._counts()
        if not counts:
            prefix = self._address.options.prefix
            raise TopicsMissing(self._address.url, [topic_name(prefix, topic) for topic in ALL_TOPICS])
        values = self._session.administer(lambda admin, _: admin.describe(sorted(counts)))
        records = self._records(counts)
        described = [Described(name, counts[name], records[name], values.get(name, {})) for name in counts]
        topics = [Topic(name, counts[name], found) for name, found in sorted(values.items())]
        return described, [*self._disagreement(counts), *deviations(topics, self._address.options.prefix)]

    def close(self) -> None:
        self._session.close()

    def _counts(self) -> dict[str, int]:
        prefix = self._address.options.prefix
        return self._session.administer(lambda _, client: partition_counts(client, prefix))

    def _checked(self, counts: Mapping[str, int]) -> int | None:
        keyed = keyed_partitions(counts, self._address.options.prefix)
        demand_single(counts, self._address.options.prefix)
        return keyed

    def _disagreement(self, counts: Mapping[str, int]) -> list[str]:
        try:
            self._checked(counts)
        except PartitionsDisagree as disagreement:
            return [str(disagreement)]
        return []

    def _records(self, counts: Mapping[str, int]) -> dict[str, int]:
        places = [TopicPartition(name, number) for name, count in counts.items() for number in range(count)]
        ends, firsts = self._session.ends(places), self._session.firsts(places)
        records = dict.fromkeys(counts, 0)
        for place in places:
            records[place.topic] += ends[place] - firsts[place]
        return records


def cluster_of(
    url: str, options: KafkaOptions, *, partitions: int | None = None, replication: int | None = None
) -> Cluster:
    """Return the topics behind a URL; `partitions` and `replication` beat the options."""
    chosen = replace(
        options,
        partitions=partitions or options.partitions,
        replication=replication or options.replication,
    )
    return Cluster(address_of(url, chosen))


def make_topics(
    session: Session, counts: Mapping[str, int], keyed: int | None, bare: Sequence[str]
) -> dict[str, int]:
    """Make those topics that are missing, the keyed ones like their kind; return all counts afterwards."""
    options = session.connector.address.options
    missing = [topic for topic in bare if topic_name(options.prefix, topic) not in counts]

    async def made(admin: Admin, client: Any) -> dict[str, int]:
        await admin.create(missing, keyed or options.partitions, options.replication)
        names = [topic_name(options.prefix, topic) for topic in missing]
        return await wait_for_topics(client, session.connector, names)

    after = session.administer(made)
    # Somebody else may have made some of them meanwhile, and otherwise.
    keyed_partitions(after, options.prefix)
    demand_single(after, options.prefix)
    return after
