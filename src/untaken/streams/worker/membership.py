"""Faust as the member of a group: it finds the others, shares out the partitions and watches who is alive.

Its consumer subscribes to one topic, whose partitions stand for those of all topics keyed by symbol, and fetches
nothing from it: the engines of the partitions read by themselves, from the positions in their states
(docs/decisions/0014). What is taken from Faust is public but for two names, each beside its reason; therefore
faust-streaming is held below 0.16.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import faust
from faust.app.base import BootStrategy
from faust.assignor import PartitionAssignor
from faust.auth import Credentials, SASLCredentials, SSLCredentials
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP

from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.connecting import Connector
from untaken.streams.logs.kafka.naming import topic_name
from untaken.streams.worker.options import LOOPBACK, WorkerOptions

faust_logger = logging.getLogger("faust.member")
"""What Faust's services report, and not this program."""

ANCHOR = "market"
"""Whoever is given a partition of this topic serves the partition of that number of all of them."""

_NEVER_S = 2_000_000.0
"""In milliseconds still a 32-bit number: the group need not wonder why nothing is fetched."""

Given = Callable[[frozenset[int]], None]
"""Told which partitions this worker serves from now on."""


class Member(Consumer):
    """A consumer that belongs to the group and reads nothing."""

    logger = faust_logger

    async def _drain_messages(self, fetcher: Any) -> None:
        # What Faust's fetcher runs: in stock Faust it delivers messages to agents, of which there are none.
        del fetcher
        with suppress(asyncio.CancelledError):  # else an end in the middle of a rebalance counts as a crash
            await self.wait_until_stopped()

    async def perform_seek(self) -> None:
        """Seek nothing: positions lie in the states."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Find nothing amiss where no events pass; the worker's own watchdog looks at positions."""


class MemberTransport(Transport):
    """Makes members instead of consumers."""

    Consumer = Member


class Sticky(PartitionAssignor):
    """Shares partitions out evenly and leaves them with whoever has them, as far as that goes."""

    def __init__(self, app: faust.App, replicas: int = 0) -> None:
        del replicas  # standbys are for tables, of which there are none
        super().__init__(app, 0)


class NoProducer(BootStrategy):
    """Nothing is written by way of Faust."""

    enable_kafka_producer = False


class MemberApp(faust.App):
    """The Faust application of a worker."""

    BootStrategy = NoProducer
    logger = faust_logger

    def __init__(self, address: Address, options: WorkerOptions, given: Given) -> None:
        self._anchor = topic_name(address.options.prefix, ANCHOR)
        self._given = given
        super().__init__(options.app, **_settings(address, options))
        self.on_partitions_assigned.connect(self._assigned)

    def _new_transport(self) -> Transport:
        # The one place where Faust lets an application choose its consumer.
        return MemberTransport(self.conf.broker_consumer, self)

    async def on_start(self) -> None:
        """Subscribe at once: what is added later waits for 45 seconds."""
        await super().on_start()
        self.topics.add(self.topic(self._anchor, value_type=bytes, value_serializer="raw"))

    async def _assigned(self, _sender: Any, /, *told: Any, signal: Any, **_: Any) -> None:
        del signal
        self._given(frozenset(tp.partition for tp in set[TP]().union(*told) if tp.topic == self._anchor))


def _settings(address: Address, options: WorkerOptions) -> dict[str, Any]:
    patience_s = max(address.options.request_timeout_s, options.session_s)
    return {
        "broker": [f"kafka://{server}" for server in address.servers],
        "broker_credentials": _credentials(address),
        "broker_client_id": f"untaken-{options.app}",
        "broker_session_timeout": options.session_s,
        "broker_heartbeat_interval": options.session_s / 5,
        "broker_request_timeout": patience_s,
        "broker_rebalance_timeout": 60.0,
        "broker_max_poll_interval": _NEVER_S,
        "consumer_max_fetch_size": 1,  # until it is paused, the client library fetches ahead
        "table_standby_replicas": 1,  # what makes Faust use its own assignor
        "PartitionAssignor": Sticky,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "datadir": options.state_directory / "faust",
        "web_enabled": options.web_port is not None,
        "web_bind": LOOPBACK,
        "web_host": LOOPBACK,
        "web_port": options.web_port or 6066,
        "web_tables_enabled": False,
        "web_stats_enabled": True,
    }


def _credentials(address: Address) -> Credentials | None:
    options = address.options
    values = Connector(address).arguments()
    context = values.get("ssl_context")
    if options.security_protocol.startswith("SASL"):
        return SASLCredentials(
            username=options.sasl_username,
            password=options.sasl_password,
            mechanism=options.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)
