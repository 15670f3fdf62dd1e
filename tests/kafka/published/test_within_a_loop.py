"""What workers have published is read from within a running event loop, as every notebook has one."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import untaken
from tests.kafka.published.workers import worked
from tests.properties.changes import with_settings
from tests.properties.logs import short_log_of_seed
from tests.streams.chain.engines import entries_of
from tests.streams.chain.records import NOON, record
from untaken.reading.reader import Reader
from untaken.replay.digest import digest
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.published.reading.merged import merged_view
from untaken.streams.published.reading.snapshot import snapshot
from untaken.streams.view import NothingPublished

QUERY = "select bot, count(*) as n from ledger group by bot order by bot"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def filled(log: KafkaLog) -> KafkaLog:
    override = record("knob.overridden", "o1", NOON, knob="max_positions", new=5, by="me")
    worked(log, entries_of([*with_settings(short_log_of_seed(1)), override]))
    return log


@pytest.mark.parametrize("kept", [False, True], ids=["in memory", "with a cache"])
def test_a_merged_view_is_read(kept: bool, filled: KafkaLog, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    cache = tmp_path / "cache.db" if kept else None

    async def cell() -> str:
        with merged_view(filled, cache) as view:
            return digest(view.ledger())

    with merged_view(filled) as view:
        outside = digest(view.ledger())

    assert [asyncio.run(cell()) for _ in range(2)] == [outside, outside]


def test_a_snapshot_of_a_partition_is_read(filled: KafkaLog) -> None:
    async def cell() -> object:
        return snapshot(filled.address, 0)

    inside, outside = asyncio.run(cell()), snapshot(filled.address, 0)

    assert outside is not None
    assert inside.progress == outside.progress  # type: ignore[attr-defined]  # a snapshot, as the next line shows
    assert type(inside) is type(outside)


def test_a_reader_is_opened_queried_and_refreshed(filled: KafkaLog) -> None:
    def read(log: Reader) -> list[pl.DataFrame]:
        return [
            log.ledger(),
            log.trades(),
            log.sql(QUERY),
            log.where(everything=True).guards,
            log.knobs,
            log.model,
        ]

    async def cell() -> list[pl.DataFrame]:
        with untaken.open(filled.url) as log:
            before = read(log)
            log.refresh()
            for frame, again in zip(before, read(log), strict=True):
                assert_frame_equal(frame, again)
            return before

    with untaken.open(filled.url) as log:
        outside = read(log)
    for frame, wanted in zip(asyncio.run(cell()), outside, strict=True):
        assert_frame_equal(frame, wanted)

    assert outside[0].height > 0
    assert outside[4].filter(knob="max_positions", bot="demo")["overridden_by"].to_list() == ["me"]


def test_nothing_is_left_running(filled: KafkaLog) -> None:
    filled.end()
    before = {thread.name for thread in threading.enumerate()}

    with merged_view(filled):
        pass

    assert {thread.name for thread in threading.enumerate()} == before


def test_what_is_wrong_is_said_within_a_loop_too(log: KafkaLog) -> None:
    async def cell() -> None:
        with merged_view(log):
            pass

    with pytest.raises(NothingPublished, match="untaken worker"):
        asyncio.run(cell())
