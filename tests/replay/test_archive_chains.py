"""Any log, copied through any chain of engines, is the same log: bytes, arrival, tables."""

from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.logs import each_seed, first_seed, log_of_seed
from tests.replay.copying import ENGINES, copied, digest_of, kept_of, log_with, place, records_of
from tests.streams.chain.engines import differences, entries_of
from untaken.replay.digest import digest
from untaken.replay.envelopes import Record, line_of, record_of
from untaken.replay.rebuild import rebuild, tables_of
from untaken.replay.sources import LogSource, Source
from untaken.schemas.registry import TOPICS
from untaken.streams.edge import Edge
from untaken.streams.logs.base import Entry
from untaken.streams.store.state import State

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.builds(
    lambda fields, indent: orjson.dumps(fields, option=orjson.OPT_INDENT_2 if indent else 0),
    st.dictionaries(st.sampled_from(["type", "id", "event", "symbol", "x"]), JSON),
    st.booleans(),
)
SPACED = st.builds(lambda event: b" " + event + b"\t", EVENTS)
VALUES = EVENTS | SPACED | st.binary(max_size=30) | st.just(b'{"event":{"a":1},"event":2}')
ENTRIES = st.builds(
    Entry,
    type=st.sampled_from(["signal.emitted", "market.bar", "clock.ticked", 'new "kind",\n']),
    value=VALUES,
    symbol=st.none(),
    backfill=st.booleans(),
    appended_at=st.sampled_from([0, 17, -5, 1_709_546_400_000_000]) | st.integers(0, 7_000_000_000_000_000),
    topic=st.sampled_from([*TOPICS, 'strange/"topic"']),
)
CHAINS = st.lists(st.sampled_from(ENGINES), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(entries=st.lists(ENTRIES, max_size=12), chain=CHAINS)
def test_any_chain_of_copies_keeps_every_byte(entries: list[Entry], chain: list[str]) -> None:
    first: Source = LogSource(log_with(entries))
    wanted, source = sorted(kept_of(first)), first
    with TemporaryDirectory() as folder:
        for number, engine in enumerate(chain):
            target = place(engine, Path(folder), f"copy{number}")
            found = copied(source, target)
            source = target.source()
            assert sorted(kept_of(source)) == wanted
            assert found.digest == digest_of(first)
            assert found.added == len(entries)


@settings(max_examples=200, deadline=None)
@given(ENTRIES, st.text(max_size=5), st.integers(0, 2**63 - 1))
def test_a_line_holds_a_record_exactly_and_is_one_line(entry: Entry, stream: str, offset: int) -> None:
    record = Record(
        stream, offset, entry.topic or "", entry.type, entry.appended_at or 0, entry.backfill, entry.value
    )
    line = line_of(record)

    assert not {10, 13} & set(line)
    assert record_of(line, 1) == record


def test_a_line_that_another_program_wrote_anew_is_read_all_the_same() -> None:
    record = Record(
        "log", 3, "signals", "signal.emitted", 1_709_546_400_000_000, True, b'{"type":"signal.emitted","x":1}'
    )
    sorted_keys = orjson.dumps(orjson.loads(line_of(record)), option=orjson.OPT_SORT_KEYS)

    assert record_of(sorted_keys, 1) == record


@each_seed
@pytest.mark.parametrize("engine", ["parquet", "jsonl.gz"])
def test_what_is_rebuilt_from_a_copy_is_what_is_rebuilt_from_the_log(
    seed: int, engine: str, tmp_path: Path
) -> None:
    log = log_with(entries_of(log_of_seed(seed), edge=False))
    target = place(engine, tmp_path)
    copied(LogSource(log), target)
    readable = target if engine == "parquet" else place("sqlite", tmp_path, "imported")
    if readable != target:
        copied(target.source(), readable)
    ours, theirs = rebuild(readable.log(), State(None), batch_records=777), rebuild(log, State(None))

    assert differences(ours, theirs) == {}
    digests = [{name: digest(table) for name, table in tables_of(chain)} for chain in (ours, theirs)]
    assert digests[0] == digests[1]


@first_seed
def test_emit_takes_an_export_and_makes_the_same_tables_of_it(seed: int, tmp_path: Path) -> None:
    log = log_with(entries_of(log_of_seed(seed)))
    target = place("jsonl", tmp_path)
    copied(LogSource(log), target)
    edge = Edge({}, origin="export", backfill=True)
    emitted = log_with(list(edge.entries(target.path.read_bytes().splitlines())))

    assert edge.emitted.refused == {}
    assert kept_of(LogSource(emitted)) == kept_of(LogSource(log))
    assert differences(rebuild(emitted, State(None)), rebuild(log, State(None))) == {}


def test_archives_and_files_keep_the_places_that_records_had(tmp_path: Path) -> None:
    log = log_with(entries_of(log_of_seed(1)))
    places = records_of(LogSource(log)).select("stream", "offset")
    for engine in ENGINES[1:]:
        target = place(engine, tmp_path)
        copied(LogSource(log), target)

        assert records_of(target.source()).select("stream", "offset").equals(places)
