"""A log of records in the topics, read by workers in batches of any size, which change hands in between."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count, pairwise
from typing import Any

import pytest

from tests.generators.chance import Chance
from tests.kafka.published.workers import Worker
from tests.kafka.worker.ground import Tables, differences, merged, shown
from tests.properties.changes import Change
from tests.properties.logs import SEEDS, TORTURE
from tests.streams.chain.engines import computed, entries_of, tables
from tests.streams.chain.records import Record
from untaken.streams.logs.base import Entry
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.published.reading.merged import merged_view
from untaken.streams.view import View

FEW = 2
"""How many changes the suite tries; torture tries all."""

Differences = Mapping[str, Any]


first_seed = pytest.mark.parametrize(
    "seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.torture) for seed in TORTURE[:6])]
)
"""A broker makes every example slow: fewer seeds than where the log is a file."""


def each_change(changes: Mapping[str, Change]) -> Callable[[Any], Any]:
    """Try a test on changes of logs: the first few in the suite, all of them as torture."""
    later = [
        pytest.param(change, id=name, marks=pytest.mark.torture)
        if place >= FEW
        else pytest.param(change, id=name)
        for place, (name, change) in enumerate(changes.items())
    ]
    return pytest.mark.parametrize("change", later)


def worked_in_parts(log: KafkaLog, seed: int, *, parts: int = 4) -> Tables:
    """Let each partition be read in batches of random sizes, by a worker without state now and then.

    Returns what the last owners of all partitions derived, together.
    """
    owners = [_worked(log, number, Chance(seed + number), parts) for number in range(log.partitions)]
    found = merged([owner.chain for owner in owners])
    for owner in owners:
        owner.close()
    return found


def _worked(log: KafkaLog, number: int, chance: Chance, parts: int) -> Worker:
    worker = Worker(log, number, most=chance.between(20, 400))
    left = sum(log.partition(number).end().values())
    for part in count(1):
        worker.step(chance.between(1, max(1, 2 * left // parts)))
        if part == parts:
            break
        if chance.happens(0.5):
            worker.publish(caught_up=False)
        if chance.happens(0.3):  # the next owner begins without a state, beside what the first has published
            worker.close()
            worker = Worker(log, number, most=worker.most)
    worker.catch_up()
    worker.publish()
    return worker


def delivered(
    log: KafkaLog, records: Sequence[Record], seed: int, *, appends: int = 4, edge: bool = True
) -> None:
    """Append records in their order, cut at random places; an edge has known the aliases of all of them before."""
    entries = _as_known_to_an_edge(records) if edge else entries_of(records, edge=False)
    chance = Chance(seed)
    places = sorted(chance.between(0, len(entries)) for _ in range(appends - 1))
    for since, until in pairwise([0, *places, len(entries)]):
        log.append(entries[since:until])


def _as_known_to_an_edge(records: Sequence[Record]) -> list[Entry]:
    """Across partitions an alias that an edge does not know yet leads astray (docs/decisions/0005)."""
    declared_first = sorted(
        range(len(records)), key=lambda at: records[at]["event"]["type"] != "run.declared"
    )
    passed_on = entries_of([records[at] for at in declared_first])
    return [entry for _, entry in sorted(zip(declared_first, passed_on, strict=True))]


def differences_from(whole: Sequence[Record], log: KafkaLog, seed: int, *, edge: bool = True) -> Differences:
    """Hold what workers derive and publish of a log against one embedded engine that read `whole` at once."""
    alone = computed(whole, edge=edge)
    derived = differences(_without_copies(worked_in_parts(log, seed)), _without_copies(tables(alone)))
    with merged_view(log) as view:
        published = differences(shown(view), shown(View(alone.state)))
        behind = {"lag": view.lag} if view.lag else {}
    return {**derived, **{f"published {name}": found for name, found in published.items()}, **behind}


def _without_copies(found: Tables) -> Tables:
    """Tell every refused event once, however many partitions tell of it."""
    return found | {"dead_letters": found["dead_letters"].unique().sort("code", "type", "id", "sentence")}
