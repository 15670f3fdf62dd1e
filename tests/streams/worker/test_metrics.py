import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest

from untaken.streams.chain.chain import Applied
from untaken.streams.worker.metrics import FIGURES, Condition, MetricsServer, PortUnavailable
from untaken.streams.worker.standing import Standing


def standing(partition: int = 0, *, open: bool = True, error: str | None = None) -> Standing:
    made = Standing(partition, open=open, error=error, position={"m[0]": 7}, end={"m[0]": 10})
    made.applied(Applied(records=5, accepted=3, copies=1, refused=1, unread=0, signals=0, trades=0), 0.5)
    return made


@contextmanager
def served(*standings: Standing, joined: bool = True) -> Iterator[MetricsServer]:
    server = MetricsServer("127.0.0.1", 0, lambda: Condition(list(standings), 2, 1, joined))
    try:
        yield server
    finally:
        server.close()


def asked(server: MetricsServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_every_figure_is_served_by_partition() -> None:
    with served(standing(0), standing(3)) as server:
        status, text = asked(server, "/metrics")

    assert status == 200
    assert 'untaken_records_total{partition="3"} 5.0' in text
    assert 'untaken_dead_letters_total{partition="0"} 1.0' in text
    assert 'untaken_lag_records{partition="0"} 3.0' in text
    assert "untaken_partitions 2.0" in text
    assert "untaken_rebalances_total 2.0" in text
    names = {
        line.split("{")[0].removesuffix("_total") for line in text.splitlines() if 'partition="0"' in line
    }
    assert {figure.name for figure in FIGURES} - names == {
        "untaken_lateness_seconds"
    }  # no event, no event time


def test_a_worker_is_well_while_its_partitions_go_on() -> None:
    with served(standing()) as server:
        assert asked(server, "/health")[0] == 200
    with served(standing(), standing(1, error="the broker is away")) as server:
        status, text = asked(server, "/health")

    assert status == 503
    assert orjson.loads(text)["failing"] == {"1": "the broker is away"}


def test_a_worker_is_ready_once_its_share_is_open() -> None:
    with served(joined=False) as server:
        assert asked(server, "/ready")[0] == 503
    with served(standing(open=False)) as server:
        assert asked(server, "/ready")[0] == 503
    with served(standing()) as server:
        assert asked(server, "/ready")[0] == 200
    with served() as server:  # more workers than partitions
        assert asked(server, "/ready")[0] == 200


def test_other_paths_say_what_there_is() -> None:
    with served() as server:
        assert asked(server, "/table")[0] == 404


def test_a_port_that_is_taken_is_named() -> None:
    with served() as server, pytest.raises(PortUnavailable, match=f"127.0.0.1:{server.port}.*--metrics-port"):
        MetricsServer("127.0.0.1", server.port, lambda: Condition([], 0, 0, joined=True))
