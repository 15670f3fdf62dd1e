"""What doctor asks a worker that runs on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from untaken.cli.kafka.health import health_of_worker
from untaken.config import WorkerConfig
from untaken.streams.broker.ports import free_ports
from untaken.streams.worker.metrics import Condition, MetricsServer
from untaken.streams.worker.standing import Standing


@contextmanager
def serving(*standings: Standing) -> Iterator[WorkerConfig]:
    server = MetricsServer("127.0.0.1", 0, lambda: Condition(list(standings), 1, 0, joined=True))
    try:
        yield WorkerConfig(metrics_port=server.port)
    finally:
        server.close()


def test_a_worker_that_is_well_says_what_it_serves() -> None:
    with serving(Standing(0), Standing(3)) as config:
        problems, facts = health_of_worker(config)

    assert problems == []
    assert facts == [f"worker at 127.0.0.1:{config.metrics_port}: serves partitions 0, 3"]


def test_a_partition_that_does_not_go_on_is_a_problem() -> None:
    ill = Standing(3)
    ill.failed("the disk is full")
    with serving(Standing(0), ill) as config:
        problems, _ = health_of_worker(config)

    assert problems == [f"worker at 127.0.0.1:{config.metrics_port}: partition 3: the disk is full"]


def test_where_no_worker_runs_that_is_no_problem() -> None:
    (port,) = free_ports(1)

    assert health_of_worker(WorkerConfig(metrics_port=port)) == (
        [],
        [f"worker at 127.0.0.1:{port}: none runs, or it does not answer"],
    )
    assert health_of_worker(WorkerConfig()) == ([], [])


def test_somebody_else_on_the_port_is_told_apart() -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        problems, _ = health_of_worker(WorkerConfig(metrics_port=server.server_port))
        thread.join()

    assert "something else answers there" in problems[0]
