"""Figures of a worker for Prometheus, and whether it is well and ready, over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from untaken.errors import UntakenError
from untaken.streams.worker.standing import Standing
from untaken.version import __version__

MICROSECONDS = 1_000_000

Look = Callable[[], "Condition"]


class PortUnavailable(UntakenError):
    """The port for metrics is taken or not allowed; the worker does not start."""


class Condition(NamedTuple):
    """A worker at one moment."""

    standings: list[Standing]
    rebalances: int
    ticks: int
    joined: bool
    """Whether the group has said which partitions are ours."""


class _Figure(NamedTuple):
    name: str
    help: str
    of: Callable[[Standing], float | None]
    counts: bool = False


def _age(moment_s: float | None, standing: Standing) -> float:
    return max(0.0, time.monotonic() - (standing.since_s if moment_s is None else moment_s))


def _lateness(standing: Standing) -> float | None:
    if standing.watermark_us is None:
        return None
    return max(0.0, time.time() - standing.watermark_us / MICROSECONDS)


FIGURES: tuple[_Figure, ...] = (
    _Figure("untaken_records", "Records applied.", lambda s: s.records, counts=True),
    _Figure("untaken_copies", "Records that were copies of others.", lambda s: s.copies, counts=True),
    _Figure("untaken_dead_letters", "Records refused.", lambda s: s.refused, counts=True),
    _Figure("untaken_unread", "Records of a newer version, left for later.", lambda s: s.unread, counts=True),
    _Figure("untaken_batches", "Batches applied.", lambda s: s.batches, counts=True),
    _Figure("untaken_busy_seconds", "Time spent applying and publishing.", lambda s: s.busy_s, counts=True),
    _Figure(
        "untaken_failures", "Times the partition had to be opened again.", lambda s: s.failures, counts=True
    ),
    _Figure("untaken_lag_records", "Records of the log not applied yet.", lambda s: s.lag),
    _Figure("untaken_lateness_seconds", "How far event time is behind the clock.", _lateness),
    _Figure(
        "untaken_checkpoint_age_seconds",
        "Since the state last took in a batch, or had nothing to take in.",
        lambda s: _age(s.committed_s, s),
    ),
    _Figure(
        "untaken_projection_age_seconds",
        "Since all that the state says was last public.",
        lambda s: _age(s.published_s, s),
    ),
    _Figure(
        "untaken_partition_up", "1 if the partition is open and goes on, 0 if not.", lambda s: float(s.open)
    ),
)


class Figures(Collector):
    """Reads the condition of the worker whenever it is asked."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand, so that registering asks for nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return every figure by partition, and those of the worker."""
        condition = self._look()
        for figure in FIGURES:
            family = CounterMetricFamily if figure.counts else GaugeMetricFamily
            metric = family(figure.name, figure.help, labels=["partition"])
            for standing in condition.standings:
                value = figure.of(standing)
                if value is not None:
                    metric.add_metric([str(standing.partition)], value)
            yield metric
        partitions = len(condition.standings)
        yield GaugeMetricFamily("untaken_partitions", "Partitions that this worker serves.", partitions)
        yield CounterMetricFamily(
            "untaken_rebalances", "Times the partitions were shared out.", condition.rebalances
        )
        yield CounterMetricFamily("untaken_clock_ticks", "Times the clock was told.", condition.ticks)
        build = GaugeMetricFamily("untaken_build", "The version at work.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build


def health(condition: Condition) -> tuple[bool, dict[str, Any]]:
    """Whether every partition goes on, and what keeps those from it that do not."""
    failing = {s.partition: s.error for s in condition.standings if s.error is not None}
    return not failing, {"partitions": [s.partition for s in condition.standings], "failing": failing}


def readiness(condition: Condition) -> tuple[bool, dict[str, Any]]:
    """Whether the group has given us our share and all of it is open."""
    waiting = [s.partition for s in condition.standings if not s.open]
    return condition.joined and not waiting, {"joined": condition.joined, "opening": waiting}


class MetricsServer:
    """Serves /metrics, /health and /ready. Raises PortUnavailable."""

    def __init__(self, host: str, port: int, look: Look) -> None:
        registry = CollectorRegistry()
        registry.register(Figures(look))
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(registry, look))
        except OSError as error:
            raise PortUnavailable(
                f"metrics cannot be served on {host}:{port} ({error.strerror}): choose another --metrics-port"
            ) from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="untaken-metrics", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on, also where port 0 left the choice to the system."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(registry: CollectorRegistry, look: Look) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/metrics":
                    self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
                case "/health":
                    self._judge(*health(look()))
                case "/ready":
                    self._judge(*readiness(look()))
                case _:
                    self._answer(
                        HTTPStatus.NOT_FOUND, "text/plain", b"/metrics, /health and /ready are here\n"
                    )

        def _judge(self, well: bool, document: dict[str, Any]) -> None:  # noqa: FBT001 - of a pair, spread out
            status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
            body = orjson.dumps({"ok": well, **document}, option=orjson.OPT_NON_STR_KEYS)
            self._answer(status, "application/json", body)

        def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet: scrapers come every few seconds."""

    return Handler
