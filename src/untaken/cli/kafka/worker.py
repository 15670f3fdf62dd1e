"""untaken worker: the chain on Kafka, on as many machines as one likes."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import orjson
import typer
from typing_extensions import override

from untaken.cli.session import ConfigOption, LogOption, Session
from untaken.errors import UntakenError
from untaken.schemas.times import from_us, rfc3339

if TYPE_CHECKING:
    from untaken.config import WorkerConfig
    from untaken.streams.logs.kafka.log import KafkaLog
    from untaken.streams.worker.options import WorkerOptions

FAILED = 70
"""Exit code of a worker that did not end of its own accord and is to be started again (EX_SOFTWARE)."""

LEAVE_S = 45.0
"""How long after its last batch a worker may take to leave."""

StateOption = Annotated[Path | None, typer.Option("--state", help="Directory for the states of partitions.")]
AppOption = Annotated[str | None, typer.Option("--app", help="Workers of one name share the partitions.")]


class WorkerNotInstalled(UntakenError):
    """Faust is an extra that this environment lacks."""


def worker(
    log: LogOption = None,
    config: ConfigOption = None,
    state: StateOption = None,
    app: AppOption = None,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="Serve /metrics, /health and /ready here.")
    ] = None,
    web_port: Annotated[
        int | None, typer.Option("--web-port", help="Serve Faust's own pages here, on loopback.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also log what the libraries say.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Log as JSON lines.")] = False,
) -> None:
    """Serve partitions of a log on Kafka, together with all other workers of the same name."""
    session = Session.of(log, config)
    _log_to_stderr(json=json, verbose=verbose)
    _demand_libraries()
    from untaken.streams.worker.starting import agree, opened

    asked = threading.Event()
    _until_the_worker_listens(asked)
    found = opened(lambda: session.opened(create=False), asked)
    if found is None:
        return
    try:
        agree(found, session.effective.config.settings)
        chosen = _options(session.effective.config.worker, found, state, app, metrics_port, web_port)
        if not asked.is_set():
            _work(found, chosen, asked)
    finally:
        found.close()


def _work(log: KafkaLog, options: WorkerOptions, asked: threading.Event) -> None:
    from untaken.streams.worker.worker import MembershipLost, PartitionStalled, Worker, WorkerStuck

    threading.Thread(target=_end_at_last, args=(asked, options.stop_s + LEAVE_S), daemon=True).start()
    gc.freeze()  # Faust's modules too are there to stay: see cli/__init__.py
    try:
        Worker(log, options, asked).run()
    except (MembershipLost, PartitionStalled, WorkerStuck) as error:
        _give_up(str(error))


def _end_at_last(asked: threading.Event, after_s: float) -> None:
    """End a process that is still there so long after it was asked to end."""
    asked.wait()
    time.sleep(after_s)
    _give_up(f"the worker did not end within {after_s:g} s after it was asked to: it is ended as it is")


def _give_up(why: str) -> NoReturn:
    """End at once: threads that hang would keep the process from ending."""
    logging.getLogger("untaken").critical("%s", why)
    logging.shutdown()
    os._exit(FAILED)


def _options(
    configured: WorkerConfig,
    log: KafkaLog,
    state: Path | None,
    app: str | None,
    metrics_port: int | None,
    web_port: int | None,
) -> WorkerOptions:
    from untaken.streams.worker.options import WorkerOptions

    return WorkerOptions(
        app=app or configured.app or log.prefix.strip("._-") or "untaken",
        state_directory=state or Path(configured.state),
        batch_records=configured.batch_records,
        parallel=configured.parallel or os.cpu_count() or 1,
        tick_s=configured.tick_s,
        stall_s=configured.stall_s,
        session_s=configured.session_s,
        metrics_host=configured.metrics_host,
        metrics_port=configured.metrics_port if metrics_port is None else metrics_port,
        web_port=configured.web_port if web_port is None else web_port,
    )


def _until_the_worker_listens(asked: threading.Event) -> None:
    """Let a signal end the wait for a broker too."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.set())


def _demand_libraries() -> None:
    try:
        import faust  # noqa: F401 - whether it is there
        import prometheus_client  # noqa: F401 - whether it is there
    except ModuleNotFoundError as error:
        raise WorkerNotInstalled(f"a worker needs {error.name}: pip install 'untaken[worker]'") from None


def _log_to_stderr(*, json: bool, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.CRITICAL)
    logging.getLogger("untaken").setLevel(logging.DEBUG if verbose else logging.INFO)


class Lines(logging.Formatter):
    """One line an entry: when, how grave, what."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    @override
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Return when the entry was made, in UTC."""
        del datefmt
        return rfc3339(from_us(round(record.created * 1_000_000)))


class JsonLines(Lines):
    """One JSON object an entry."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the entry as JSON."""
        entry = {
            "at": self.formatTime(record),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "logger": record.name,
            "thread": record.threadName,
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(entry).decode()
