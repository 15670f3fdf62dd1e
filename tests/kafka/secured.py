"""A broker behind TLS: one port that asks for a certificate, one that asks for a password."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.kafka.brokers import without_broker
from untaken.streams.broker import Broker, NoBroker
from untaken.streams.broker.jars import kafka_jars
from untaken.streams.broker.java import find_java
from untaken.streams.broker.ports import free_ports
from untaken.streams.broker.properties import ADDRESS

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
BOT = ("bot", "secret")


@dataclass(frozen=True)
class Secured:
    """A running broker, and what a client needs to be let in."""

    broker: Broker
    certified_url: str
    """Where a certificate of our authority is asked for."""
    login_url: str
    """Where name and password are asked for, by PLAIN and SCRAM-SHA-512."""
    cafile: Path
    certfile: Path
    keyfile: Path

    @property
    def by_certificate(self) -> dict[str, Any]:
        """Options of whoever shows a certificate."""
        return {
            "security_protocol": "SSL",
            "ssl_cafile": str(self.cafile),
            "ssl_certfile": str(self.certfile),
            "ssl_keyfile": str(self.keyfile),
        }

    def by_password(self, mechanism: str = "SCRAM-SHA-512") -> dict[str, Any]:
        """Options of whoever gives name and password, over TLS."""
        name, password = BOT
        return {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": mechanism,
            "sasl_username": name,
            "sasl_password": password,
            "ssl_cafile": str(self.cafile),
        }


Way = Callable[[Secured], tuple[str, dict[str, Any]]]
"""Where a client connects, and with which options."""

WAYS: dict[str, Way] = {
    "certificate": lambda secured: (secured.certified_url, secured.by_certificate),
    "SCRAM over TLS": lambda secured: (secured.login_url, secured.by_password()),
    "PLAIN over TLS": lambda secured: (secured.login_url, secured.by_password("PLAIN")),
}

each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@contextmanager
def secured_broker(folder: Path) -> Iterator[Secured]:
    """Start a broker with certificates of an authority of its own; skip loudly where there is no broker."""
    authority, store = trustme.CA(), folder / "broker.pem"
    store.write_bytes(_as_kafka_reads(authority.issue_cert(ADDRESS)))
    client = authority.issue_cert("bot@untaken.example")
    cafile, certfile, keyfile = (folder / name for name in ("ca.pem", "client.pem", "client.key"))
    authority.cert_pem.write_to_path(str(cafile))
    client.cert_chain_pems[0].write_to_path(str(certfile))
    client.private_key_pem.write_to_path(str(keyfile))
    port, certified, login, controller = free_ports(4)
    values = _listening(port, certified, login, controller) | _stores(store, cafile) | _logins()
    try:
        broker = Broker(folder / "broker", port=port, values=values).start()
    except NoBroker as missing:
        without_broker(str(missing))
    with broker:
        _allow_by_scram(broker.servers, *BOT)
        yield Secured(broker, _url(certified), _url(login), cafile, certfile, keyfile)


def _url(port: int) -> str:
    return f"kafka://{ADDRESS}:{port}"


def _as_kafka_reads(issued: trustme.LeafCert) -> bytes:
    """Return key and certificates as PEM; of keys Kafka only knows PKCS 8."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return b"".join([written, *(certificate.bytes() for certificate in issued.cert_chain_pems)])


def _listening(port: int, certified: int, login: int, controller: int) -> dict[str, str]:
    open_ones = {"PLAINTEXT": port, "CERTIFIED": certified, "LOGIN": login}
    told = ",".join(f"{name}://{ADDRESS}:{number}" for name, number in open_ones.items())
    return {
        "listeners": f"{told},CONTROLLER://{ADDRESS}:{controller}",
        "advertised.listeners": told,
        "controller.quorum.voters": f"1@{ADDRESS}:{controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CERTIFIED:SSL,LOGIN:SASL_SSL",
        "inter.broker.listener.name": "PLAINTEXT",
    }


def _stores(store: Path, cafile: Path) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(cafile),
        "listener.name.certified.ssl.client.auth": "required",
    }


def _logins() -> dict[str, str]:
    name, password = BOT
    return {
        "listener.name.login.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.login.plain.sasl.jaas.config": f'{PLAIN} required user_{name}="{password}";',
        "listener.name.login.scram-sha-512.sasl.jaas.config": f"{SCRAM} required;",
    }


def _allow_by_scram(servers: str, name: str, password: str) -> None:
    """Kafka keeps what SCRAM needs of a password in its own metadata, where its tool puts it."""
    tool = [str(find_java()), "-cp", f"{kafka_jars()}/*", "kafka.admin.ConfigCommand"]
    change = ["--alter", "--add-config", f"SCRAM-SHA-512=[password={password}]"]
    whom = ["--entity-type", "users", "--entity-name", name]
    subprocess.run([*tool, "--bootstrap-server", servers, *change, *whom], check=True, capture_output=True)
