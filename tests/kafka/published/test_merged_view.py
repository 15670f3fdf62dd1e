"""The merged view says what one engine that has read the whole log says."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.kafka.published.workers import Worker, worked, workers
from tests.properties.changes import with_settings
from tests.properties.logs import log_of_seed, short_log_of_seed
from tests.streams.chain.engines import computed, entries_of
from tests.streams.chain.records import HOUR, NOON, Record, record
from untaken.cli.session import as_json
from untaken.projections.catalogue import PROJECTIONS
from untaken.replay.digest import digest
from untaken.streams.answers import SECTIONS, Asked, figures
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.published.reading.merged import merged_view
from untaken.streams.view import Filters, NothingPublished, View, Window


def records(seed: int = 1) -> list[Record]:
    return with_settings(short_log_of_seed(seed))


def shown(view: View) -> dict[str, str]:
    """Return digests of everything that a view shows."""
    letters = view.refused().select(
        "code", "type", "id", "at", "appended_at", "sentence", pl.col("payload").bin.encode("hex")
    )
    tables = {p.name: view.table(p, Window(), Filters()) for p in PROJECTIONS}
    everything = {
        **{
            name: table.select(pl.all().exclude("day"), "day").sort(pl.all())
            for name, table in tables.items()
        },
        "ledger": view.ledger(),
        "trades": view.trades(),
        "letters": letters.sort(pl.all()),
    }
    return {name: digest(table) for name, table in everything.items()}


def health(view: View) -> dict[str, Any]:
    return dict(view.health(Window(), Filters()))


@pytest.mark.parametrize("seed", [1, 2])
def test_it_shows_what_one_engine_shows(log: KafkaLog, seed: int) -> None:
    told = with_settings(log_of_seed(seed))
    worked(log, entries_of(told))
    alone = View(computed(told).state)

    with merged_view(log) as view:
        assert shown(view) == shown(alone)
        assert view.watermark == alone.watermark
        assert health(view) == health(alone)
        assert view.lag == 0
        assert view.foreign == 0


KNOBS = [
    record(
        "knob.adjusted",
        "k1",
        NOON,
        knob="max_positions",
        old=3.0,
        target=5.0,
        new=4.0,
        rules=["sharpe"],
        cycle_id="c1",
        evidence={"sharpe": 2.5},
    ),
    record("knob.overridden", "k2", NOON + HOUR, knob="stop_loss_pct", new=1.5, by="ann"),
]


def test_it_gives_every_figure_that_one_engine_gives(log: KafkaLog) -> None:
    told = [*with_settings(log_of_seed(1)), *KNOBS]
    worked(log, entries_of(told))
    alone = View(computed(told).state)
    everything = Asked(hours=None)

    with merged_view(log) as view:
        for section in (*SECTIONS, "knob_state", "log_health"):
            assert as_json(figures(view, section, everything)) == as_json(figures(alone, section, everything))
        moved = {state["knob"] for state in figures(view, "knob_state", everything) if state["last_change"]}
    assert moved == {"max_positions", "stop_loss_pct"}


def test_a_cache_goes_on_from_where_it_stood(log: KafkaLog, tmp_path: Path) -> None:
    told = records()
    half = len(told) // 2
    cache = tmp_path / "cache.db"
    worked(log, entries_of(told[:half]))
    with merged_view(log, cache) as view:
        before = view.ledger().height
    worked(log, entries_of(told[half:]))

    with merged_view(log, cache) as cached, merged_view(log) as fresh:
        assert shown(cached) == shown(fresh)
        assert cached.ledger().height > before


def test_without_any_publication_it_says_what_to_do(log: KafkaLog) -> None:
    with pytest.raises(NothingPublished, match="untaken worker"), merged_view(log):
        pass


def test_it_says_what_is_not_published_yet(log: KafkaLog) -> None:
    told = entries_of(records())
    worked(log, told[: len(told) // 2])
    later = log.append(told[len(told) // 2 :])

    with merged_view(log) as view:
        assert view.lag >= len(later)
        assert all(each.published_at is not None for each in view.freshness)


def test_what_nobody_works_on_is_said(log: KafkaLog) -> None:
    log.append(entries_of(records()))
    with workers(log) as (first, _):
        first.catch_up()
        first.publish()

    with merged_view(log) as view:
        assert [each.published_at is None for each in view.freshness] == [False, True]
        assert view.freshness[1].behind > 0


def test_the_work_of_several_batches_and_owners_adds_up(log: KafkaLog) -> None:
    told = records()
    log.append(entries_of(told))
    for _ in range(2):
        for number in range(log.partitions):
            worker = Worker(log, number, most=50)
            worker.step(300)
            worker.publish(caught_up=False)
            worker.catch_up()
            worker.publish()
            worker.close()

    with merged_view(log) as view:
        assert shown(view) == shown(View(computed(told).state))
