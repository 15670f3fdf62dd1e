"""Stock Faust: an agent for each topic, which decodes an event and updates one row of one table.

Faust's own defaults but for standbys, web pages and leader, which are off: at least once, tables in memory with a
changelog topic, JSON by Faust. It keeps
the last close by symbol, counts signals by strategy, decisions by guard and verdict, quantity and fees by role.
Nothing is put in order, validated, joined, executed in the shadow, corrected or kept apart by day: it does much
less than a worker does.

python -m benchmarks.kafka.stock_faust kafka://127.0.0.1:9092?prefix=bench. EVENTS SECONDS FOLDER
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust

from untaken.streams.logs.kafka.address import Address, address_of
from untaken.streams.logs.kafka.naming import topic_name
from untaken.streams.logs.kafka.options import PARTITIONS

Values = faust.StreamT[Any]


@dataclass
class Meter:
    """Counts events from the first one on, and ends the process after the last or when time is up."""

    events: int
    seconds: float
    count: int = 0
    wall_s: float = field(default=0.0)
    processor_s: float = field(default=0.0)

    def one(self) -> None:
        if self.count == 0:
            self.wall_s, self.processor_s = time.perf_counter(), time.process_time()
        self.count += 1
        if self.count >= self.events:
            self.end()

    def watch(self) -> None:
        while self.count == 0 or time.perf_counter() - self.wall_s < self.seconds:
            time.sleep(0.1)
        self.end()

    def end(self) -> None:
        took = f"{time.perf_counter() - self.wall_s} {time.process_time() - self.processor_s}"
        os.write(1, f"\n{self.count} {took}\n".encode())  # Faust makes log lines of what is printed
        os._exit(0)  # what was measured is over; a graceful stop takes Faust long


def app_of(address: Address, meter: Meter, folder: Path) -> faust.App:
    """Return the application."""
    prefix = address.options.prefix
    app = faust.App(
        f"{prefix.strip('.')}-stock",
        broker=[f"kafka://{server}" for server in address.servers],
        topic_partitions=PARTITIONS,
        datadir=folder,
        web_enabled=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
    )
    _agents(app, prefix, meter)
    return app


def _agents(app: faust.App, prefix: str, meter: Meter) -> None:  # noqa: C901 - four agents, each as plain as can be
    closes, signals = app.Table("closes"), app.Table("signals", default=int)
    decisions, fills = app.Table("decisions", default=int), app.Table("fills", default=float)

    def topic(bare: str) -> Any:
        return app.topic(
            topic_name(prefix, bare), value_serializer="json", key_type=bytes, key_serializer="raw"
        )

    @app.agent(topic("market"))
    async def market(stream: Values) -> None:
        async for event in stream:
            closes[event["symbol"]] = event["close"]
            meter.one()

    @app.agent(topic("signals"))
    async def emitted(stream: Values) -> None:
        async for event in stream:
            signals[event.get("strategy", "")] += 1
            meter.one()

    @app.agent(topic("decisions"))
    async def decided(stream: Values) -> None:
        async for event in stream:
            decisions[f"{event['guard']}/{event['verdict']}"] += 1
            meter.one()

    @app.agent(topic("executions"))
    async def filled(stream: Values) -> None:
        async for event in stream:
            if event["type"] == "order.filled":
                fills[event["role"]] += event["qty"] * event["price"] + event["fee"]
            meter.one()


def main() -> None:
    url, events, seconds, folder = sys.argv[1:]
    meter = Meter(int(events), float(seconds))
    app = app_of(address_of(url), meter, Path(folder))
    threading.Thread(target=meter.watch, daemon=True).start()
    faust.Worker(app, loglevel="ERROR").execute_from_commandline()


if __name__ == "__main__":
    main()
