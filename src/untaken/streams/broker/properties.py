"""How a broker of one's own is configured: one node, KRaft, loopback, small."""

import base64
import uuid
from collections.abc import Mapping
from pathlib import Path

ADDRESS = "127.0.0.1"

_SMALL = {
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "broker.heartbeat.interval.ms": "1000",
    "broker.session.timeout.ms": "5000",  # so long does a broker that was killed stay away
    "num.network.threads": "2",
    "num.io.threads": "4",
}

LOGGING = """<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="error">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%d %p %m (%c)%n"/></Console>
  </Appenders>
  <Loggers>
    <Logger name="kafka.server.KafkaRaftServer" level="info"/>
    <Root level="warn"><AppenderRef ref="out"/></Root>
  </Loggers>
</Configuration>
"""

READY = "Kafka Server started"
"""What a broker writes as soon as it serves."""


def new_cluster_id() -> str:
    """Return a new id; one that begins with a dash would be taken for an option by Kafka's own tools."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return made


def server_properties(data: Path, port: int, controller: int, more: Mapping[str, str]) -> str:
    """Return the text of server.properties; `more` overrides what stands here."""
    values = {
        "node.id": "1",
        "process.roles": "broker,controller",
        "controller.quorum.voters": f"1@{ADDRESS}:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{ADDRESS}:{port},CONTROLLER://{ADDRESS}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{ADDRESS}:{port}",
        "log.dirs": str(data / "log"),
        **_SMALL,
        **more,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def logins(port: int, sasl_port: int, controller: int, users: Mapping[str, str]) -> dict[str, str]:
    """Return the values that open a second port, on which only these users with their passwords are let in."""
    allowed = " ".join(f'user_{name}="{password}"' for name, password in users.items())
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return {
        "listeners": f"PLAINTEXT://{ADDRESS}:{port},LOGIN://{ADDRESS}:{sasl_port},"
        f"CONTROLLER://{ADDRESS}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{ADDRESS}:{port},LOGIN://{ADDRESS}:{sasl_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.name.login.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.login.plain.sasl.jaas.config": f"{module} required {allowed};",
    }
