"""Small builders for tests of logs."""

from pathlib import Path

import orjson

from untaken.streams.logs import Entry, Log, Position

ROOT = Path(__file__).parents[3]

START_US = 1_709_546_400_000_000


class Ticking:
    """A clock that moves by a second whenever it is read."""

    def __init__(self, now_us: int = START_US) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        self.now_us += 1_000_000
        return self.now_us


def signal(number: int = 1, symbol: str = "BTC/USDT", **more: object) -> Entry:
    event = {"type": "signal.emitted", "id": f"signal-{number}", "symbol": symbol, **more}
    return Entry("signal.emitted", orjson.dumps(event), symbol)


def signals(count: int, first: int = 1) -> list[Entry]:
    return [signal(number) for number in range(first, first + count)]


def settings(number: int = 1) -> Entry:
    event = {"type": "settings.changed", "id": f"settings-{number}"}
    return Entry("settings.changed", orjson.dumps(event), None)


def values_of(log: Log, after: Position | None = None, limit: int = 1000) -> list[bytes]:
    """Return the payloads from a position to the end, read batch by batch."""
    position = log.start() if after is None else after
    values: list[bytes] = []
    while len(batch := log.read(position, limit)):
        values += batch.frame["value"].to_list()
        position = batch.position
    return values


def ids_of(log: Log) -> list[str]:
    return [orjson.loads(value)["id"] for value in values_of(log)]
