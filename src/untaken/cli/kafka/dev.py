"""untaken dev: what a developer needs around the log."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from untaken.streams.broker import Broker

app = typer.Typer(help="Tools for trials and tests.", no_args_is_help=True)

_LOOK_S = 0.5


@app.callback()
def dev() -> None:
    """Keep `dev` a group, whatever the number of its commands."""


@app.command("kafka")
def kafka(
    port: Annotated[
        int | None, typer.Option("--port", help="Port on loopback (default: a free one).", min=1, max=65_535)
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Directory that keeps the topics (default: one that goes at the end)."),
    ] = None,
) -> None:
    """Run a Kafka broker of one's own, without containers, until Ctrl-C; print its log URL."""
    from untaken.streams.broker import Broker

    stopped = _until_stopped()
    with _directory(data) as directory:
        typer.echo(
            "starting Apache Kafka; the first time its jars are fetched, which takes a while", err=True
        )
        broker = Broker(directory, port=port)
        try:
            broker.start()
            typer.echo(broker.url)
            kept = (
                f"the topics stay in {directory}" if data else "the topics go with it; --data DIR keeps them"
            )
            typer.echo(f"Ctrl-C stops it, {kept}", err=True)
            _watch(broker, stopped)
        finally:
            broker.stop()
    typer.echo("stopped", err=True)


def _watch(broker: Broker, stopped: threading.Event) -> None:
    """Return when asked to stop; raise if the broker ends by itself."""
    from untaken.streams.broker import BrokerFailed

    while not stopped.wait(_LOOK_S):
        if not broker.running:
            raise BrokerFailed("ended by itself", broker.log_file)


def _until_stopped() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


@contextmanager
def _directory(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data.expanduser().absolute()
        return
    with tempfile.TemporaryDirectory(prefix="untaken-kafka-", ignore_cleanup_errors=True) as place:
        yield Path(place)
