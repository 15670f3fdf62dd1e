"""A worker where the broker asks for a login: Faust and the engines give the same one."""

from pathlib import Path

from tests.kafka.brokers import own_broker
from tests.kafka.worker.ground import Ground, at_work, demand_all_is_well, done, until
from tests.kafka.worker.test_worker_tables import facts
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka


def test_a_worker_logs_in(tmp_path: Path, prefix: str) -> None:
    entries = facts(9, signals=10)
    with own_broker(tmp_path / "broker", users={"bot": "secret"}) as broker:
        options = KafkaOptions(
            prefix=prefix,
            partitions=2,
            security_protocol="SASL_PLAINTEXT",
            sasl_username="bot",
            sasl_password="secret",  # noqa: S106 - the test's own broker
        )
        log = open_kafka(f"kafka://{broker.login_servers}", options)
        log.append(entries)
        ground = Ground(log, tmp_path / "state")
        with at_work(ground) as worker:
            until(done(ground, worker))

        demand_all_is_well(ground, entries)
        log.close()
