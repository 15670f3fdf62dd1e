"""A real Apache Kafka broker of one's own, for trials and tests; it needs Java, Maven and no container."""

from untaken.streams.broker.broker import Broker
from untaken.streams.broker.errors import BrokerFailed, JavaMissing, MavenMissing, NoBroker, PortTaken

__all__ = ["Broker", "BrokerFailed", "JavaMissing", "MavenMissing", "NoBroker", "PortTaken"]
