"""How Kafka is reached and what its topics are like."""

from dataclasses import dataclass

PREFIX = "untaken."
PARTITIONS = 8


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """Everything about a Kafka log that its address does not say.

    `prefix` goes before the name of every topic. `partitions` (of the topics keyed by symbol) and `replication`
    only count when topics are made. The rest is handed to the Kafka client as it is.
    """

    prefix: str = PREFIX
    partitions: int = PARTITIONS
    replication: int = 1
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    request_timeout_s: float = 30.0
    """How long one request may take, and how long a broker that is away is waited for."""
