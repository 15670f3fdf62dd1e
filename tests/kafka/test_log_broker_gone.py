"""Brokers that are down, go away, come back, or let nobody in."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import orjson
import pytest

from tests.kafka.brokers import own_broker
from tests.kafka.builders import ids, kafka_log
from tests.streams.logs.builders import signal, signals, values_of
from untaken.streams.broker import Broker
from untaken.streams.logs import Entry, LogUnreachable
from untaken.streams.logs.kafka.errors import LoginRefused, OptionsRefused
from untaken.streams.logs.kafka.log import KafkaLog

LOGIN: dict[str, Any] = {"security_protocol": "SASL_PLAINTEXT", "sasl_username": "bot"}
RIGHT, WRONG = ({**LOGIN, "sasl_password": word} for word in ("right", "wrong"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = own_broker(tmp_path_factory.mktemp("own"), users={"bot": "right"})
    yield broker
    broker.stop()


@pytest.fixture
def running(own: Broker) -> Broker:
    return own.start()


def login_url(own: Broker) -> str:
    return f"kafka://{own.login_servers}"


def test_a_broker_that_is_down_is_named_after_a_while() -> None:
    with pytest.raises(LogUnreachable, match=r"kafka://127\.0\.0\.1:1\S* did not answer within 0\.3 s"):
        kafka_log("kafka://127.0.0.1:1", "x.", request_timeout_s=0.3)


def test_the_second_of_two_servers_will_do(running: Broker, prefix: str) -> None:
    log = kafka_log(f"kafka://127.0.0.1:1,{running.servers}", prefix)

    assert log.append([signal(1)]) == [0]
    log.close()


def test_a_wrong_password_is_refused_at_once(running: Broker, prefix: str) -> None:
    with pytest.raises(LoginRefused, match=r"refused the login \(.*\): check kafka\.security_protocol"):
        kafka_log(login_url(running), prefix, **WRONG)


def test_the_right_password_is_let_in(running: Broker, prefix: str) -> None:
    log = kafka_log(login_url(running), prefix, **RIGHT)
    log.append([signal(1)])

    assert ids(values_of(log)) == ["signal-1"]
    log.close()


def test_a_mechanism_that_the_broker_does_not_have_is_refused(running: Broker, prefix: str) -> None:
    with pytest.raises(LoginRefused, match="check kafka"):
        kafka_log(login_url(running), prefix, **RIGHT, sasl_mechanism="SCRAM-SHA-256")


def test_a_broker_that_asks_for_a_login_hangs_up_on_others(running: Broker, prefix: str) -> None:
    with pytest.raises(
        LogUnreachable, match=r"hangs up, as one does that wants another kafka\.security_protocol"
    ):
        kafka_log(login_url(running), prefix, request_timeout_s=2.0)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"security_protocol": "TLS"}, "security_protocol was 'TLS'"),
        (LOGIN, "sasl_username and sasl_password are needed"),
        ({**LOGIN, "sasl_password": "x", "sasl_mechanism": "GSSAPI"}, "sasl_mechanism was 'GSSAPI'"),
        ({"security_protocol": "SSL", "ssl_cafile": "/no/such.pem"}, "the certificates could not be read"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionsRefused, match=why):
        kafka_log("kafka://127.0.0.1:1", "x.", **options)


def test_a_broker_that_goes_away_is_said_so_and_nothing_hangs(running: Broker, prefix: str) -> None:
    kafka_log(running.url, prefix, request_timeout_s=60.0).close()  # makes the topics
    log = kafka_log(running.url, prefix, request_timeout_s=5.0)
    append_at_last(log, signal(1))
    running.kill()

    for action in (lambda: log.append([signal(2)]), lambda: log.read(log.start(), 1), log.end):
        with pytest.raises(LogUnreachable, match="did not answer within 5 s"):
            action()
    running.start()
    append_at_last(log, signal(3))
    assert {"signal-1", "signal-3"} <= set(ids(values_of(log)))
    log.close()


def append_at_last(log: KafkaLog, entry: Entry) -> None:
    """Append as often as it takes: a broker that was killed is let in by its cluster only after a while."""
    for _ in range(24):
        try:
            log.append([entry])
        except LogUnreachable:
            continue
        return
    raise AssertionError("the broker did not come back")


@pytest.mark.parametrize("end", [Broker.kill, Broker.stop])
def test_appends_outlast_a_broker_that_comes_back(
    running: Broker, prefix: str, end: Callable[[Broker], None]
) -> None:
    log = kafka_log(running.url, prefix, request_timeout_s=60.0)
    writing = Writing(log)
    writing.until(5)
    end(running)
    running.start()
    writing.until(len(writing.offsets) + 5)
    offsets = writing.stop()

    found = log.read(log.start(), 100_000).frame
    by_offset = dict(zip(found["offset"].to_list(), ids(found["value"].to_list()), strict=True))
    for number, places in offsets.items():
        assert [by_offset[place] for place in places] == [f"signal-{number * 3 + part}" for part in range(3)]
    names = list(by_offset.values())
    assert len(set(names)) == len(names)
    log.close()


def test_a_reader_goes_on_where_it_was_after_the_broker_came_back(running: Broker, prefix: str) -> None:
    log = kafka_log(running.url, prefix, request_timeout_s=60.0)
    log.append(signals(10))
    first = log.read(log.start(), 4)
    running.kill()
    running.start()

    rest = log.read(first.position, 100)
    assert ids([*first.frame["value"], *rest.frame["value"]]) == [f"signal-{n}" for n in range(1, 11)]
    log.close()


class Writing:
    """A thread that appends three events at a time and keeps what was acknowledged."""

    def __init__(self, log: KafkaLog) -> None:
        self.offsets: dict[int, list[int]] = {}
        self._log = log
        self._ended = False
        self._thread = Thread(target=self._write)
        self._thread.start()

    def until(self, appends: int) -> None:
        while len(self.offsets) < appends:
            assert self._thread.is_alive()
            self._thread.join(0.01)

    def stop(self) -> dict[int, list[int]]:
        self._ended = True
        self._thread.join()
        return self.offsets

    def _write(self) -> None:
        number = 0
        while not self._ended:
            entries = [_signal(number * 3 + part) for part in range(3)]
            self.offsets[number] = self._log.append(entries)
            number += 1


def _signal(number: int) -> Entry:
    event = {"type": "signal.emitted", "id": f"signal-{number}", "symbol": "BTC/USDT"}
    return Entry("signal.emitted", orjson.dumps(event), "BTC/USDT")
