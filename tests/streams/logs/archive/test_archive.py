"""An archive on disk: its files, its order, and what is said of one that is damaged."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import orjson
import polars as pl
import pytest

from tests.streams.logs.archive.building import DAY_US, copy_of, files_of, frame_of, manifest_of, places, row
from tests.streams.logs.builders import ids_of, signal, signals
from untaken.streams.logs import (
    LogError,
    LogLocked,
    LogMissing,
    LogNewer,
    LogReadOnly,
    NotALog,
    open_log,
)
from untaken.streams.logs.archive import log as reading
from untaken.streams.logs.archive.errors import (
    ArchiveDamaged,
    ArchiveIncomplete,
    ArchiveIsACopy,
    ArchiveNotContinued,
)
from untaken.streams.logs.archive.folder import LOCK, ArchiveFolder
from untaken.streams.logs.archive.log import ArchiveLog
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.archive.writer import writer_of_copy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_files_are_by_topic_and_date_of_arrival(path: Path) -> None:
    copy_of(path, [row(1), row(2, topic="settings"), row(3, after_us=DAY_US)], [row(4, after_us=DAY_US)])

    assert [str(file.relative_to(path)) for file in files_of(path)] == [
        "topic=settings/date=2024-03-04/000001.parquet",
        "topic=signals/date=2024-03-04/000001.parquet",
        "topic=signals/date=2024-03-05/000001.parquet",
        "topic=signals/date=2024-03-05/000002.parquet",
    ]


def test_the_manifest_describes_every_file_as_it_is(path: Path) -> None:
    copy_of(path, [row(1), row(2, topic="settings"), row(5, after_us=DAY_US)])

    manifest = manifest_of(path)
    notes = [note for segment in manifest["segments"] for note in segment["files"]]
    for note in notes:
        data = (path / note["path"]).read_bytes()
        assert (note["bytes"], note["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        frame = pl.read_parquet(path / note["path"])
        assert note["events"] == frame.height
        assert note["offsets"] == {"log": [frame["offset"].min(), frame["offset"].max()]}
        assert note["appended_at"] == [frame["appended_at"].min(), frame["appended_at"].max()]
    assert (manifest["source"], manifest["position"]) == ("sqlite:////bot.db", {"log": 6})
    assert sum(count["events"] for count in manifest["counts"]) == 3


def test_streams_are_read_by_arrival_and_each_in_the_order_of_its_offsets(path: Path) -> None:
    one = [row(offset, stream="a[0]", after_us=10 * offset) for offset in range(5)]
    other = [row(offset, stream="b[0]", after_us=10 * offset + 5) for offset in range(3, 6)]
    backwards = [row(7, stream="c[0]", after_us=22), row(8, stream="c[0]", after_us=-99)]
    log = copy_of(path, [*other, *backwards, *one], [row(9, stream="b[0]"), row(5, stream="a[0]")])

    expected = [
        ("a[0]", 0),
        ("a[0]", 1),
        ("a[0]", 2),
        ("c[0]", 7),
        ("c[0]", 8),
        ("a[0]", 3),
        ("b[0]", 3),
        ("a[0]", 4),
        ("b[0]", 4),
        ("b[0]", 5),
        ("a[0]", 5),
        ("b[0]", 9),
    ]
    assert [places(log, limit) for limit in (1, 2, 5, 100)] == [expected] * 4


def test_a_position_between_streams_gives_exactly_what_lies_beyond_it(path: Path) -> None:
    log = copy_of(
        path,
        [row(offset, stream="a[0]", after_us=offset) for offset in range(4)],
        [row(offset, stream="b[0]", after_us=offset) for offset in range(4)],
    )

    batch = log.read({"a[0]": 3, "b[0]": 2}, 100)
    assert batch.frame.select("stream", "offset").rows() == [("a[0]", 3), ("b[0]", 2), ("b[0]", 3)]
    assert batch.position == log.end() == {"a[0]": 4, "b[0]": 4}
    assert log.read(log.end() | {"b[0]": 1}, 1).frame["offset"].to_list() == [1]


def test_settings_are_read_without_the_files_of_other_topics(path: Path) -> None:
    log = copy_of(path, [row(1), row(2, topic="settings")], [row(3), row(4, topic="settings")])
    for file in files_of(path):
        if "topic=signals" in str(file):
            file.unlink()

    assert log.settings_records().frame["offset"].to_list() == [2, 4]


def test_reading_holds_no_more_than_a_segment_beyond_its_bound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = copy_of(path, *([row(10 * part + place) for place in range(10)] for part in range(20)))
    monkeypatch.setattr(reading, "SEGMENT_BYTES", 1_000)

    assert 10 <= len(log.read(log.start(), 1_000)) <= 20
    assert len(places(log, 1_000)) == 200


def test_a_reader_follows_an_archive_that_grows(path: Path) -> None:
    log = copy_of(path, [row(1)])
    end = log.end()
    assert not log.wait(end, 0)
    copy_of(path, [row(2)])

    assert log.wait(end, 0)
    assert log.read(end, 10).frame["offset"].to_list() == [2]


def test_a_copy_takes_no_events_of_its_own(path: Path) -> None:
    copy_of(path, [row(1)])

    with pytest.raises(ArchiveIsACopy, match=r"a copy of sqlite:////bot\.db .* emit into that log"):
        ArchiveLog(path).append([signal(1)])


def test_an_archive_with_events_of_its_own_is_not_made_a_copy(path: Path) -> None:
    ArchiveLog(path).append([signal(1)])

    with pytest.raises(ArchiveNotContinued, match="events of its own"):
        copy_of(path, [row(2)])


def test_records_that_a_copy_has_already_are_refused(path: Path) -> None:
    copy_of(path, [row(1), row(2)])

    with pytest.raises(ArchiveNotContinued, match="has log up to 2, and 2 was to follow"):
        copy_of(path, [row(2), row(3)])
    with pytest.raises(ArchiveNotContinued, match="two records of one place"):
        copy_of(path, [row(3), row(3)])


def test_a_copy_with_another_selection_is_refused(path: Path) -> None:
    copy_of(path, [row(1)])
    asked = Selection(topics=("market",), until=0)

    with (
        pytest.raises(
            ArchiveNotContinued, match=r"made with everything, not with --topics market --until 1970"
        ),
        writer_of_copy(ArchiveFolder(path), "sqlite:////bot.db", asked),
    ):
        raise AssertionError("the writer was to be refused")


def test_an_archive_that_somebody_writes_is_locked(path: Path) -> None:
    folder = ArchiveFolder(path)

    with (
        writer_of_copy(folder, "x", Selection()),
        pytest.raises(LogLocked, match="locked by another process"),
        writer_of_copy(ArchiveFolder(path), "x", Selection(), timeout_s=0.02),
    ):
        raise AssertionError("the second writer was to be refused")


def test_what_a_killed_writer_left_is_removed_by_the_next_and_never_read(path: Path) -> None:
    log = copy_of(path, [row(1)])
    leftovers = [
        path / "topic=signals/date=2024-03-04/000002.parquet",
        path / "topic=signals/date=2024-03-04/000001.parquet.partial",
        path / "manifest.json.partial",
    ]
    for file in leftovers:
        file.write_bytes(b"half")

    assert places(log) == [("log", 1)]
    assert log.check() == []
    log = copy_of(path, [row(2)])
    assert places(log) == [("log", 1), ("log", 2)]
    assert not leftovers[1].exists()
    assert not leftovers[2].exists()


def torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def altered(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def swapped(file: Path) -> None:
    frame_of([row(99)]).write_parquet(file)


@pytest.mark.parametrize(
    ("damage", "kind", "words"),
    [
        (torn, ArchiveDamaged, "torn or was altered .*bytes where"),
        (altered, ArchiveDamaged, "its digest is not the one in the manifest"),
        (swapped, ArchiveDamaged, "torn or was altered"),
        (Path.unlink, ArchiveIncomplete, "is missing, though the archive's manifest names it"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(
    path: Path, damage: Callable[[Path], None], kind: type[LogError], words: str
) -> None:
    log = copy_of(path, [row(1)], [row(2)])
    file = files_of(path)[1]
    damage(file)

    with pytest.raises(kind, match=words) as refusal:
        log.read(log.start(), 10)
    assert str(file) in str(refusal.value)
    assert "put it back from another copy" in str(refusal.value)
    assert log.check() == [str(refusal.value)]


def rewritten(path: Path, **changes: object) -> None:
    content = manifest_of(path) | changes
    (path / "manifest.json").write_bytes(orjson.dumps(content))


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (lambda path: torn(path / "manifest.json"), ArchiveDamaged, "not JSON to its end"),
        (lambda path: (path / "manifest.json").write_bytes(b"[]"), NotALog, "another program"),
        (lambda path: rewritten(path, format="other"), NotALog, "JSON file of another program"),
        (
            lambda path: rewritten(path, version=2),
            LogNewer,
            "format 2, this version of untaken reads up to 1",
        ),
        (
            lambda path: rewritten(path, digest="0" * 64),
            ArchiveDamaged,
            "its digest is not the one it carries",
        ),
        (lambda path: (path / "manifest.json").unlink(), NotALog, "other files and no manifest.json"),
    ],
    ids=["torn", "list", "foreign", "newer", "edited", "gone"],
)
def test_a_directory_whose_manifest_is_not_sound_is_refused(
    path: Path, change: Callable[[Path], None], kind: type[LogError], words: str
) -> None:
    copy_of(path, [row(1)])
    change(path)

    with pytest.raises(kind, match=words):
        ArchiveLog(path)


def test_places_where_no_archive_is_or_can_be_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").write_text("x")

    for url, kind, words in [
        (f"parquet:///{file}", NotALog, "an archive is a directory"),
        (f"parquet:///{tmp_path / 'full'}", NotALog, "a directory with other files"),
        (f"parquet:///{tmp_path / 'no' / 'where'}", LogMissing, "there is no directory"),
    ]:
        with pytest.raises(kind, match=words):
            open_log(url)
    with pytest.raises(LogMissing, match="make one with `untaken replay export`"):
        open_log(f"parquet:///{tmp_path / 'new'}", create=False)
    assert not (tmp_path / "new").exists()


def test_an_archive_opened_for_reading_is_left_without_a_trace(path: Path) -> None:
    ArchiveLog(path).append(signals(2))
    (path / LOCK).unlink()
    before = sorted(path.iterdir())
    log = ArchiveLog(path, read_only=True)

    assert ids_of(log) == ["signal-1", "signal-2"]
    with pytest.raises(LogReadOnly):
        log.append([signal(3)])
    assert sorted(path.iterdir()) == before


def test_topics_that_are_no_names_of_directories_are_kept(path: Path) -> None:
    log = ArchiveLog(path)
    log.append([signal(1)._replace(type="odd", topic="../a b/ü")])

    assert log.read(log.start(), 1).frame["topic"].to_list() == ["../a b/ü"]
    assert all(path in file.parents for file in files_of(path))
    assert log.check() == []
