"""Over TLS, by certificate or password: log, clients and workers are let in, and whoever is not is told why."""

from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.kafka.builders import ids, kafka_log
from tests.kafka.secured import Secured, Way, each_way
from tests.kafka.worker.ground import Ground, at_work, demand_all_is_well, done, until
from tests.kafka.worker.test_worker_tables import facts
from tests.streams.logs.builders import signal, values_of
from untaken.errors import UntakenError
from untaken.streams.logs.kafka.errors import BrokerNotTrusted, LoginRefused


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """Give the certificate of an authority that has not signed the broker's."""
    path = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


@each_way
def test_the_log_is_let_in(secured: Secured, way: Way, prefix: str) -> None:
    url, options = way(secured)
    log = kafka_log(url, prefix, **options)
    log.append([signal(1)])

    assert ids(values_of(log)) == ["signal-1"]
    log.close()


@each_way
def test_a_worker_is_let_in_into_its_group_too(
    secured: Secured, way: Way, prefix: str, tmp_path: Path
) -> None:
    entries = facts(9, signals=8)
    url, options = way(secured)
    log = kafka_log(url, prefix, partitions=2, **options)
    log.append(entries)
    ground = Ground(log, tmp_path / "state")
    with at_work(ground) as worker:
        until(done(ground, worker))

    demand_all_is_well(ground, entries)
    log.close()


def refused(url: str, prefix: str, **options: Any) -> UntakenError:
    with pytest.raises(UntakenError) as caught:
        kafka_log(url, prefix, request_timeout_s=20.0, **options)
    return caught.value


def test_a_wrong_password_is_named_as_such(secured: Secured, prefix: str) -> None:
    for mechanism in ("SCRAM-SHA-512", "PLAIN"):
        said = refused(
            secured.login_url, prefix, **{**secured.by_password(mechanism), "sasl_password": "wrong"}
        )

        assert isinstance(said, LoginRefused)
        assert "check kafka.security_protocol, kafka.sasl_mechanism" in str(said)


@each_way
def test_a_broker_whose_authority_is_not_trusted_is_named_as_such(
    secured: Secured, way: Way, prefix: str, stranger: str
) -> None:
    url, options = way(secured)
    said = refused(url, prefix, **{**options, "ssl_cafile": stranger})

    assert isinstance(said, BrokerNotTrusted)
    assert "kafka.ssl_cafile" in str(said)


def test_without_a_certificate_one_is_asked_for(secured: Secured, prefix: str) -> None:
    options = {"security_protocol": "SSL", "ssl_cafile": str(secured.cafile)}
    said = refused(secured.certified_url, prefix, **options)

    assert "kafka.ssl_certfile" in str(said)


def test_a_port_without_tls_is_not_taken_for_one_with_it(secured: Secured, prefix: str) -> None:
    said = refused(secured.broker.url, prefix, **secured.by_certificate)

    assert "kafka.security_protocol" in str(said)
