"""Copies go on where they stopped, take only what was asked for, and refuse another source."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.replay.copying import ALL, ENGINES, Place, copied, digest_of, kept_of, log_with, place, records_of
from tests.streams.chain.engines import entries_of
from tests.streams.chain.records import DAY, HOUR, NOON, bars, declared, signal
from tests.streams.logs.builders import Ticking
from untaken.replay import sources
from untaken.replay.archive import copy_to_log, presence_in
from untaken.replay.entries import is_kept_elsewhere
from untaken.replay.lines import LinesRefused, LinesSource, manifest_path
from untaken.replay.presence import Presence
from untaken.replay.sources import LogSource, selected
from untaken.streams.logs.archive.digests import record_digests
from untaken.streams.logs.archive.errors import ArchiveDamaged, ArchiveNotContinued
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.base import Batch, Entry, Position
from untaken.streams.logs.frames import SCHEMA
from untaken.streams.logs.memory import MemoryLog

RECORDS = [declared(), *bars(30), *(signal(number, NOON + number * HOUR) for number in range(1, 20))]
ENTRIES = entries_of(RECORDS)

each_engine = pytest.mark.parametrize("engine", ENGINES)
each_copy = pytest.mark.parametrize("engine", ENGINES[1:])


@each_engine
def test_a_copy_made_again_adds_only_what_has_come_since(engine: str, tmp_path: Path) -> None:
    log, target = log_with(ENTRIES[:30]), place(engine, tmp_path)
    first = copied(LogSource(log), target)
    again = copied(LogSource(log), target)
    log.append(ENTRIES[30:])
    more = copied(LogSource(log), target)

    assert [(found.added, found.there) for found in (first, again, more)] == [(30, 0), (0, 30), (20, 30)]
    assert kept_of(target.source()) == kept_of(LogSource(log))
    assert more.digest == digest_of(LogSource(log))


@each_engine
def test_an_empty_log_can_be_copied(engine: str, tmp_path: Path) -> None:
    target = place(engine, tmp_path)

    assert copied(LogSource(MemoryLog()), target).added == 0
    assert kept_of(target.source()) == []


@each_engine
def test_records_that_a_log_has_twice_are_twice_in_its_copy(engine: str, tmp_path: Path) -> None:
    twice = [entry for entry in ENTRIES[:5] for _ in range(2)]
    target = place(engine, tmp_path)
    copied(LogSource(log_with(twice)), target)

    assert copied(LogSource(log_with(twice)), target).added == 0
    assert len(kept_of(target.source())) == 10


@each_copy
def test_a_copy_in_many_small_parts_is_the_same(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "READ_RECORDS", 3)
    monkeypatch.setattr(sources, "SEGMENT_RECORDS", 7)
    log, target = log_with(ENTRIES), place(engine, tmp_path)
    copied(LogSource(log), target)

    assert kept_of(target.source()) == kept_of(LogSource(log))


@each_copy
def test_another_log_is_not_written_into_a_copy(engine: str, tmp_path: Path) -> None:
    target = place(engine, tmp_path)
    copied(LogSource(log_with(ENTRIES[:10])), target)

    for other, words in [
        (ENTRIES[:9], "it has no such record now"),
        ([*ENTRIES[:9], ENTRIES[20], ENTRIES[21]], "it has another record there now"),
        ([ENTRIES[5]] * 12, "it has another record there now"),
    ]:
        before = kept_of(target.source())
        with pytest.raises(ArchiveNotContinued, match=words):
            copied(LogSource(log_with(other)), target)
        assert kept_of(target.source()) == before


@each_engine
def test_only_what_was_asked_for_is_copied_but_settings_from_the_beginning(
    engine: str, tmp_path: Path
) -> None:
    log, target = log_with(ENTRIES), place(engine, tmp_path)
    since, until = NOON + 3 * HOUR, NOON + 6 * HOUR
    asked = Selection(topics=("settings", "signals"), since=since, until=until)
    found = copied(LogSource(log), target, asked)

    assert {count.topic: count.events for count in found.counts} == {"settings": 1, "signals": 3}
    arrived = [row[2] for row in kept_of(target.source()) if row[0] == "signals"]
    assert arrived == [since, since + HOUR, since + 2 * HOUR]
    assert copied(LogSource(log), target, asked).added == 0


def test_a_selection_without_bounds_is_everything() -> None:
    frame = LogSource(log_with(ENTRIES)).batches({})

    assert all(selected(batch.frame, ALL).equals(batch.frame) for batch in frame)


@each_copy
def test_a_copy_whose_rest_was_not_asked_for_remembers_how_far_it_read(engine: str, tmp_path: Path) -> None:
    log, target = log_with(ENTRIES), place(engine, tmp_path)
    asked = Selection(topics=("settings",))
    copied(LogSource(log), target, asked)
    log.append(entries_of([declared(NOON + DAY)]))

    assert copied(LogSource(log), target, asked).added == 1


def test_lines_beyond_what_the_manifest_names_are_cut_off_and_never_imported(tmp_path: Path) -> None:
    log, target = log_with(ENTRIES[:10]), place("jsonl", tmp_path)
    copied(LogSource(log), target)
    with target.path.open("ab") as file:
        file.write(b'{"half a li')

    assert len(kept_of(target.source())) == 10
    log.append(ENTRIES[10:])
    copied(LogSource(log), target)
    assert kept_of(target.source()) == kept_of(LogSource(log))


@pytest.mark.parametrize("engine", ["jsonl", "jsonl.gz"])
def test_a_file_that_is_torn_or_altered_is_refused_by_its_manifest(engine: str, tmp_path: Path) -> None:
    target = place(engine, tmp_path)
    copied(LogSource(log_with(ENTRIES)), target)
    whole = target.path.read_bytes()

    target.path.write_bytes(whole[:-10])
    with pytest.raises(ArchiveDamaged, match=r"torn or was altered .*bytes where"):
        target.source().check()
    with pytest.raises(ArchiveDamaged, match="shorter than its manifest says"):
        copied(LogSource(log_with(ENTRIES)), target)
    target.path.write_bytes(whole[:-10] + b"0123456789")
    with pytest.raises(ArchiveDamaged, match="its digest is not the one"):
        target.source().check()


@pytest.mark.parametrize("engine", ["jsonl", "jsonl.gz"])
def test_a_file_without_its_manifest_is_read_line_by_line(engine: str, tmp_path: Path) -> None:
    target = place(engine, tmp_path)
    copied(LogSource(log_with(ENTRIES)), target)
    manifest_path(target.path).unlink()
    records = kept_of(target.source())
    whole = target.path.read_bytes()
    target.path.write_bytes(whole[:-20])

    assert records == kept_of(LogSource(log_with(ENTRIES)))
    with pytest.raises(LinesRefused, match=r"broken off|damaged after line") as refusal:
        target.source().check()
    assert "nothing was imported" in str(refusal.value)
    with pytest.raises(ArchiveNotContinued, match="has lines already and no manifest"):
        copied(LogSource(log_with(ENTRIES)), target)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"type":"clock.ticked"}', "no envelope of an export; `untaken emit` takes plain events"),
        (b'{"appended_at":"noon","event":{"type":"clock.ticked"}}', "appended_at was 'noon'"),
        (b'{"appended_at":1,"event":{"type":7}}', "names no type"),
        (b'{"appended_at":1,"event":{"type":"no.such"}}', "there is no event type 'no.such'"),
        (b'{"appended_at":1,"backfill":1,"event":{"type":"clock.ticked"}}', "backfill was 1"),
        (b'{"appended_at":1,"stream":"a","event":{"type":"clock.ticked"}}', "its position was 'a', None"),
        (b'{"appended_at":1,"type":"x","topic":"x","raw":"?"}', "not base64"),
        (b"[1]", "no JSON object"),
        (b'{"appended_at":1,"event":{"type":"clo', "broken off"),
    ],
)
def test_a_line_that_is_no_record_is_told_with_its_number(line: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(b'{"appended_at":1,"event":{"type":"clock.ticked"}}\n\n' + line)

    with pytest.raises(LinesRefused, match=r"export\.jsonl, line 3: ") as refusal:
        LinesSource(file).check()
    assert words in str(refusal.value)


def test_lines_without_places_are_counted(tmp_path: Path) -> None:
    file, target = tmp_path / "made-by-hand.jsonl", place("parquet", tmp_path)
    file.write_bytes(b'{"appended_at":1,"event":{"type":"clock.ticked"}}\n' * 3)
    copied(LinesSource(file), target)

    assert target.log().end() == {"lines": 4}


def test_two_files_joined_into_one_are_not_archived_as_one_log(tmp_path: Path) -> None:
    one = place("jsonl", tmp_path)
    copied(LogSource(log_with(ENTRIES[:4])), one)
    joined = tmp_path / "joined.jsonl"
    joined.write_bytes(one.path.read_bytes() * 2)

    with pytest.raises(ArchiveNotContinued, match="two records of one place"):
        copied(LinesSource(joined), place("parquet", tmp_path))


class Brokers:
    """A source as Kafka's: what concerns all symbols lies in every partition."""

    url = "kafka://somewhere"
    records = None

    def __init__(self, rows: list[tuple[str, int, Entry, str]]) -> None:
        self.frame = pl.DataFrame(
            [
                {
                    "stream": stream,
                    "offset": offset,
                    "topic": topic,
                    "type": entry.type,
                    "appended_at": 17,
                    "backfill": False,
                    "value": entry.value,
                }
                for stream, offset, entry, topic in rows
            ],
            schema=SCHEMA,
        )

    def batches(self, after: Position) -> list[Batch]:
        return [Batch(self.frame, after)]


def test_copies_for_other_partitions_come_into_a_log_once() -> None:
    tick = Entry("clock.ticked", b'{"type":"clock.ticked"}', None)
    mood = Entry("context.observed", b'{"type":"context.observed","name":"mood"}', None)
    priced = Entry("market.quote", b'{"type":"market.quote","symbol":"X"}', "X")
    setting = Entry("settings.changed", b'{"type":"settings.changed"}', None)
    topics = ("market", "signals", "decisions")
    rows = [
        *((f"untaken.{topic}[{p}]", 0, tick, topic) for topic in topics for p in range(3)),
        *((f"untaken.market[{p}]", 1, mood, "market") for p in range(3)),
        ("untaken.market[2]", 2, priced, "market"),
        ("untaken.settings[0]", 0, setting, "settings"),
    ]
    brokers = Brokers(rows)
    kept = brokers.frame.filter(~is_kept_elsewhere(brokers.frame))

    assert kept.select("stream", "offset").rows() == [
        ("untaken.market[0]", 0),
        ("untaken.market[0]", 1),
        ("untaken.market[2]", 2),
        ("untaken.settings[0]", 0),
    ]


def test_what_a_log_holds_is_found_as_often_as_it_is_there() -> None:
    there = presence_in(log_with([ENTRIES[number] for number in (1, 2, 2, 3, 3, 3)]))
    asked = log_with([ENTRIES[number] for number in (3, 1, 2, 4, 3, 1, 2, 2, 3, 3)])
    digests = record_digests(records_of(LogSource(asked)))

    assert np.flatnonzero(there.missing(digests)).tolist() == [3, 5, 7, 9]
    assert there.unmatched == 0
    assert Presence([]).missing(digests).all()


def test_a_log_that_holds_other_facts_keeps_them_and_gets_what_it_lacks(tmp_path: Path) -> None:
    target = place("sqlite", tmp_path)
    copied(LogSource(log_with(ENTRIES[:20])), target)
    found = copied(LogSource(log_with(ENTRIES[10:])), target)

    assert (found.added, found.there) == (30, 10)
    assert sorted(kept_of(target.source())) == sorted(kept_of(LogSource(log_with(ENTRIES))))


def test_an_archive_moved_elsewhere_is_the_same_archive(tmp_path: Path) -> None:
    log, target = log_with(ENTRIES[:10]), place("parquet", tmp_path)
    copied(LogSource(log), target)
    shutil.move(target.path, tmp_path / "elsewhere")
    moved = Place("parquet", tmp_path / "elsewhere")
    log.append(ENTRIES[10:])
    copied(LogSource(log), moved)

    assert kept_of(moved.source()) == kept_of(LogSource(log))


def test_arrival_is_that_of_the_first_log_and_not_the_clock_of_the_copy() -> None:
    log, own = log_with(ENTRIES), MemoryLog(Ticking())
    copy_to_log(LogSource(log), own, ALL, Presence([]))

    assert kept_of(LogSource(own)) == kept_of(LogSource(log))
