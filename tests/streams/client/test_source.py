"""Where the log of an emitter is, and what is kept beside it."""

from pathlib import Path

import pytest

from tests.streams.client.builders import WAIT_S
from tests.streams.logs.builders import START_US
from untaken.streams.broker.ports import free_ports
from untaken.streams.client import Buffering, Emitter
from untaken.streams.client.delivery.source import LogSource
from untaken.streams.logs import UnknownLogUrl, open_log
from untaken.streams.logs.base import system_clock
from untaken.streams.logs.kafka.errors import KafkaNotInstalled
from untaken.streams.logs.kafka.options import KafkaOptions


@pytest.mark.parametrize(
    ("url", "options", "place"),
    [
        ("memory://", None, None),
        ("sqlite:////var/bot.db", None, "/var/bot.db.run"),
        ("bot.db", None, "bot.db.run"),
        ("kafka://localhost:9092", None, "untaken.localhost-9092.run"),
        ("kafka://one:9092,two:9093?prefix=paper.", None, "paper.one-9092.run"),
        ("kafka://[::1]:9092", KafkaOptions(prefix="mine."), "mine.__1-9092.run"),
    ],
)
def test_what_is_kept_lies_beside_the_log_or_is_named_after_it(
    url: str, options: KafkaOptions | None, place: str | None
) -> None:
    source = LogSource(url, kafka=options)

    assert source.beside(".run") == (place and Path(place))


def test_a_broker_is_not_asked_before_somebody_may_wait_for_it() -> None:
    LogSource("kafka://localhost:1").open()


def test_an_address_without_a_port_is_refused_at_once() -> None:
    with pytest.raises(UnknownLogUrl, match="'localhost' is no host:port"):
        LogSource("kafka://localhost")


def test_a_missing_client_library_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("untaken.streams.client.delivery.source.find_spec", lambda _: None)

    with pytest.raises(KafkaNotInstalled, match=r"pip install 'untaken\[kafka\]'"):
        LogSource("kafka://localhost:9092")


def test_the_clock_of_an_emitter_stamps_events_and_the_clock_of_the_log_their_arrival(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    before = system_clock()
    with Emitter(path, "demo", backfill=True, clock=lambda: START_US) as bot:
        assert bot.clock().wait(WAIT_S)
    log = open_log(str(path), read_only=True)
    (record,) = log.read(log.start(), 10).frame.iter_rows(named=True)
    log.close()

    assert b'"at":"2024-03-04T10:00:00.000000Z"' in record["value"]
    assert before <= record["appended_at"] <= system_clock()


def test_an_emitter_of_a_broker_that_is_away_keeps_its_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (port,) = free_ports(1)
    buffering = Buffering(log_timeout_s=0.1)
    with Emitter(f"kafka://127.0.0.1:{port}", "demo", buffering=buffering) as bot:
        receipts = [bot.clock() for _ in range(3)]

    assert [receipt.state for receipt in receipts] == ["spooled"] * 3
    assert len(list(tmp_path.glob(f"untaken.127.0.0.1-{port}.spool/*.jsonl"))) == 1
    assert (tmp_path / f"untaken.127.0.0.1-{port}.run").read_text().strip() == bot.run
    assert "did not answer within 0.1 s" in bot.metrics.problem
