"""The spool keeps what it says it keeps, whatever happens to its process or its disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.streams.logs.builders import signal, signals
from untaken.streams.client.delivery.spool import SEGMENT_BYTES, Spool
from untaken.streams.client.receipts import News, Receipt
from untaken.streams.logs import Entry


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "bot.db.spool"


class Spools:
    """Makes spools in one directory, and lets go of their files at the end of the test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made: list[Spool] = []

    def __call__(self, owner: str = "one", max_bytes: int = 1 << 30, *, backfill: bool = False) -> Spool:
        self.made.append(Spool(self.directory, owner, max_bytes, backfill=backfill))
        return self.made[-1]


@pytest.fixture
def spools(directory: Path) -> Iterator[Spools]:
    factory = Spools(directory)
    yield factory
    for made in factory.made:
        made.abandon()


def receipts(count: int) -> list[Receipt]:
    news = News(lambda: None)
    return [Receipt(str(number), news) for number in range(count)]


def kept(spooled: Spool) -> list[Entry]:
    return [entry for segment in spooled.segments() for entry in segment.read()[0]]


def write(spooled: Spool, entries: list[Entry]) -> int:
    return spooled.write(entries, receipts(len(entries)))


def test_nothing_is_made_on_disk_before_something_is_spooled(directory: Path, spools: Spools) -> None:
    spooled = spools()
    spooled.adopt()
    spooled.close()

    assert not spooled
    assert not directory.exists()


def test_events_are_kept_as_json_lines_in_order(directory: Path, spools: Spools) -> None:
    spooled = spools()
    write(spooled, signals(2))
    write(spooled, [signal(3)])

    assert kept(spooled) == signals(3)
    (file,) = directory.glob("*.jsonl")
    assert file.read_bytes().splitlines() == [entry.value for entry in signals(3)]
    assert spooled.size == file.stat().st_size


def test_removing_the_last_segment_leaves_nothing_behind(directory: Path, spools: Spools) -> None:
    spooled = spools()
    write(spooled, signals(2))
    for segment in spooled.segments():
        spooled.remove(segment)
    spooled.close()

    assert not spooled
    assert not directory.exists()


def test_a_segment_knows_the_receipts_of_its_lines(spools: Spools) -> None:
    spooled = spools()
    given = receipts(3)
    spooled.write(signals(3), given)

    (segment,) = spooled.segments()
    assert segment.receipts == given


def test_a_long_outage_makes_several_segments(directory: Path, spools: Spools) -> None:
    spooled = spools()
    large = [signal(number, note="x" * (SEGMENT_BYTES // 3)) for number in range(8)]
    for entry in large:
        write(spooled, [entry])

    assert len(list(directory.glob("*.jsonl"))) == 3
    assert kept(spooled) == large


def test_only_what_there_is_room_for_is_taken(spools: Spools) -> None:
    entries = signals(9)
    room = sum(len(entry.value) + 1 for entry in entries[:4])
    spooled = spools(max_bytes=room)

    assert write(spooled, entries) == 4
    assert write(spooled, entries) == 0
    assert kept(spooled) == entries[:4]
    for segment in spooled.segments():
        spooled.remove(segment)
    assert write(spooled, entries) == 4


def test_what_an_ended_process_left_is_adopted_before_ones_own(spools: Spools) -> None:
    ended = spools("old")
    write(ended, signals(2))
    ended.close()
    other = spools("older")
    write(other, [signal(3)])
    other.close()

    heir = spools("new")
    write(heir, [signal(4)])
    heir.adopt()
    assert kept(heir) == signals(4)


def test_what_a_living_process_spools_is_left_to_it(spools: Spools) -> None:
    living = spools("living")
    write(living, signals(2))

    other = spools("other")
    other.adopt()
    assert not other
    assert kept(living) == signals(2)


def test_two_heirs_do_not_adopt_the_same(spools: Spools) -> None:
    ended = spools("old")
    write(ended, signals(2))
    ended.close()

    heirs = [spools("a"), spools("b")]
    for heir in heirs:
        heir.adopt()
    assert [len(kept(heir)) for heir in heirs] == [2, 0]


def test_a_lock_without_segments_is_cleared_away(directory: Path, spools: Spools) -> None:
    directory.mkdir()
    (directory / "old.lock").touch()

    spooled = spools()
    spooled.adopt()
    spooled.close()
    assert not directory.exists()


def test_an_owner_whose_name_is_being_looked_at_takes_another(spools: Spools) -> None:
    first, second = spools("same"), spools("same")
    write(first, [signal(1)])
    write(second, [signal(2)])

    assert (kept(first), kept(second)) == ([signal(1)], [signal(2)])


@pytest.mark.parametrize("torn", [b'{"type":"signal.emit', b'{"type":"signal.emitted","id":"x"}'])
def test_a_last_line_without_its_end_is_left_out(directory: Path, spools: Spools, torn: bytes) -> None:
    ended = spools("old")
    write(ended, signals(2))
    ended.close()
    (file,) = directory.glob("*.jsonl")
    file.write_bytes(file.read_bytes() + torn)

    heir = spools("new")
    heir.adopt()
    assert kept(heir) == signals(2)


def test_whole_lines_that_are_no_events_are_told_apart(directory: Path, spools: Spools) -> None:
    ended = spools("old")
    write(ended, signals(2))
    ended.close()
    (file,) = directory.glob("*.jsonl")
    lines = [signal(1).value, b"\xff\x00", b"[1]", b'{"id":1}', signal(2).value]
    file.write_bytes(b"".join(line + b"\n" for line in lines))

    heir = spools("new")
    heir.adopt()
    (segment,) = heir.segments()
    entries, others = segment.read()
    assert entries == signals(2)
    assert others == lines[1:4]
    assert heir.set_aside(others).read_bytes() == b"\xff\x00\n[1]\n" + lines[3] + b"\n"


def test_backfill_stays_backfill(spools: Spools) -> None:
    ended = spools("old", backfill=True)
    write(ended, signals(1))
    ended.close()

    heir = spools("new")
    heir.adopt()
    write(heir, [signal(2)])
    assert [entry.backfill for entry in kept(heir)] == [True, False]


def test_a_write_that_fails_in_the_middle_leaves_only_whole_lines(
    spools: Spools, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled = spools()
    write(spooled, signals(2))
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write(spooled, [signal(3)])
    write(spooled, [signal(4)])

    assert kept(spooled) == [*signals(2), signal(4)]


def full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_segment_that_somebody_deleted_holds_nothing(directory: Path, spools: Spools) -> None:
    spooled = spools()
    write(spooled, signals(2))
    for file in directory.glob("*.jsonl"):
        file.unlink()

    assert kept(spooled) == []


def test_a_spool_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    spooled = Spool(tmp_path / "missing" / "bot.db.spool", "one", 1 << 30)

    with pytest.raises(FileNotFoundError):
        write(spooled, signals(1))
