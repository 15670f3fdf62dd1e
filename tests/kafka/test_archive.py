"""A log on Kafka, archived and brought back: the same records, each once, in the partitions of their symbols."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from tests.golden.command_line import in_process
from tests.kafka.builders import forget, kafka_log
from tests.properties.changes import with_settings
from tests.properties.logs import short_log_of_seed
from tests.replay.copying import ALL, copied, kept_of, log_with, place, records_of
from tests.streams.chain.engines import differences, entries_of
from untaken.replay.archive import copy_to_log, presence_in
from untaken.replay.presence import Presence
from untaken.replay.rebuild import rebuild
from untaken.replay.sources import LogSource
from untaken.streams.logs.base import Entry
from untaken.streams.logs.errors import LogError
from untaken.streams.store.state import State

ENTRIES = entries_of(with_settings(short_log_of_seed(1)))
FOREIGN = Entry("strange", b'{"pretty":\n 1}', None, appended_at=17, topic="signals")


def test_a_log_goes_through_kafka_and_an_archive_and_comes_back_whole(
    broker: str, prefix: str, tmp_path: Path
) -> None:
    first = log_with([*ENTRIES, FOREIGN])
    there, back = kafka_log(broker, f"{prefix}a."), kafka_log(broker, f"{prefix}b.", partitions=2)
    archive, lines, file = (place(engine, tmp_path) for engine in ("parquet", "jsonl.gz", "sqlite"))
    copy_to_log(LogSource(first), there, ALL, Presence([]))
    copied(LogSource(there), archive)
    again = copied(LogSource(there), archive)
    copied(archive.source(), lines)
    copy_to_log(lines.source(), back, ALL, Presence([]))
    found = copied(LogSource(back), file)

    assert again.added == 0
    assert Counter(kept_of(file.source())) == Counter(kept_of(LogSource(first)))
    assert found.aside > 0
    assert records_of(archive.source()).height == sum(there.end().values())
    rebuilt = [rebuild(log, State(None)) for log in (archive.log(), first)]
    assert differences(*rebuilt) == {}
    there.close()
    back.close()


def test_the_command_line_moves_a_log_to_kafka_and_back(
    broker: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file, url = place("sqlite", tmp_path), f"{broker}?prefix={prefix}"
    copied(LogSource(log_with(ENTRIES)), file)
    ways = [
        ["export", "--log", f"sqlite:///{file.path}", "--to", url],
        ["export", "--log", url, "--to", "parquet:///backup"],
        ["import", "--from", "parquet:///backup", "--log", "sqlite:///back.db"],
        ["import", "--from", url, "--log", "sqlite:///back.db"],
    ]
    found = []
    for way in ways:
        ran = in_process(["replay", *way, "--json"])
        assert (ran.code, ran.err) == (0, "")
        found.append(orjson.loads(ran.out))

    assert [each["added"] for each in found[::2]] == [len(ENTRIES)] * 2
    assert (found[3]["added"], found[3]["there"]) == (0, len(ENTRIES))
    assert found[0]["digest"] == found[2]["digest"] == found[3]["digest"]


def test_importing_into_kafka_twice_adds_nothing_twice(broker: str, prefix: str) -> None:
    log, source = kafka_log(broker, prefix), LogSource(log_with(ENTRIES[:200]))
    copy_to_log(source, log, ALL, Presence([]))
    end = log.end()
    found = copy_to_log(source, log, ALL, presence_in(log))

    assert (found.added, found.there) == (0, 200)
    assert log.end() == end
    log.close()


def test_a_log_whose_beginning_is_gone_is_not_archived_as_if_it_were_whole(
    broker: str, prefix: str, tmp_path: Path
) -> None:
    log = kafka_log(broker, prefix, partitions=1)
    copy_to_log(LogSource(log_with(ENTRIES[:100])), log, ALL, Presence([]))
    forget(broker, f"{prefix}market", 0, 3)

    with pytest.raises(LogError, match="retention"):
        copied(LogSource(log), place("parquet", tmp_path))
    log.close()


def test_an_archive_that_is_copied_into_fewer_files_goes_on_with_its_topics(
    broker: str, prefix: str, tmp_path: Path
) -> None:
    log, small, joined = (
        kafka_log(broker, prefix),
        place("parquet", tmp_path),
        place("parquet", tmp_path, "one"),
    )
    for start in range(0, 100, 20):
        copy_to_log(LogSource(log_with(ENTRIES[start : start + 20])), log, ALL, Presence([]))
        copied(LogSource(log), small)
    copied(small.source(), joined)
    copy_to_log(LogSource(log_with(ENTRIES[100:120])), log, ALL, Presence([]))
    found = copied(LogSource(log), joined)

    assert len(list(joined.path.rglob("*.parquet"))) < len(list(small.path.rglob("*.parquet")))
    assert found.added + found.there == sum(log.end().values())
    assert Counter(kept_of(joined.source())) == Counter(kept_of(LogSource(log)))
    log.close()
