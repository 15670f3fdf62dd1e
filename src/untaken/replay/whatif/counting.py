"""Scenarios are counted on the log: of many that are tried, the best looks good by luck."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from untaken.replay.whatif.scenario import Scenario
from untaken.schemas.codec import encode
from untaken.schemas.events.learning import ScenarioTried
from untaken.schemas.ids import uuid7
from untaken.schemas.times import from_us
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.opening import is_kafka
from untaken.streams.view import View

TRIED = "scenario.tried"
TOPIC = "learning"
BATCH = 100_000

SCENARIOS = "scenarios"
"""How many scenarios an event stands for, where it is a grid."""
OUT_OF_SAMPLE = "out_of_sample"
"""Rules that were judged on the locked days, where an event is such a look."""


@dataclass(frozen=True)
class Tried:
    """What was tried on a log so far."""

    scenarios: int = 0
    """How many were computed; the same one asked for twice counts twice."""
    looks: tuple[str, ...] = ()
    """Digests of the scenarios that were judged on locked days, in the order of the first look at each."""

    def look(self, digest: str) -> int:
        """Return which look at the locked days one at this scenario is, from 1; the same again is the same look."""
        return self.looks.index(digest) + 1 if digest in self.looks else len(self.looks) + 1


def tried(view: View, log: Log) -> Tried:
    """Return what was tried: what the view has counted, and what the log holds beyond it."""
    events: dict[str, Mapping[str, Any]] = {}
    for payload in _payloads(view, log):
        event = orjson.loads(payload)
        events.setdefault(event["id"], event)
    said = [event["scenario"] if isinstance(event["scenario"], dict) else {} for event in events.values()]
    pairs = list(zip(events.values(), said, strict=True))
    looks = dict.fromkeys(str(event["digest"]) for event, rules in pairs if OUT_OF_SAMPLE in rules)
    return Tried(
        sum(int(rules.get(SCENARIOS, 1)) for rules in said if OUT_OF_SAMPLE not in rules), tuple(looks)
    )


def count(log: Log, scenarios: Iterable[Scenario], now_us: int) -> None:
    """Write down that scenarios were tried; one that changes nothing is none."""
    entries = [
        _entry(scenario.rules(), scenario.digest, now_us) for scenario in scenarios if scenario.rules()
    ]
    if entries:
        log.append(entries)


def count_grid(log: Log, rules: Mapping[str, Any], digest: str, size: int, now_us: int) -> None:
    """Write down that all scenarios of a grid were tried, in one event."""
    log.append([_entry({**rules, SCENARIOS: size}, digest, now_us)])


def count_look(log: Log, scenario: Scenario, look: int, now_us: int) -> None:
    """Write down that the locked days were looked at, and with which scenario; before its result is shown."""
    log.append([_entry({OUT_OF_SAMPLE: scenario.rules(), "look": look}, scenario.digest, now_us)])


def _payloads(view: View, log: Log) -> Iterator[bytes]:
    """Yield the events, some perhaps twice. Kafka's lie in a topic of their own, which is read whole."""
    if is_kafka(log.url):
        yield from _of_type(log.topic_records(TOPIC).frame)  # type: ignore[attr-defined]  # a log on Kafka
        return
    yield from view.stores.facts.of([f"e\x1f{TRIED}"])["payload"]
    position = view.chain.position or log.start()
    while len(batch := log.read(position, BATCH)):
        yield from _of_type(batch.frame)
        position = batch.position


def _of_type(records: pl.DataFrame) -> pl.Series:
    return records.filter(pl.col("type") == TRIED)["value"]


def _entry(rules: Mapping[str, Any], digest: str, now_us: int) -> Entry:
    event = ScenarioTried(
        id=uuid7(now_us, os.urandom(10)),
        at=from_us(now_us),
        bot="untaken",
        scenario=dict(rules),
        digest=digest,
    )
    return Entry(TRIED, encode(event), None)
