"""`untaken replay export` and `import` as they are called, and what they say of wrong input."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.places import read_only, small_disk
from tests.golden.command_line import Ran, in_process
from tests.streams.chain.engines import entries_of
from tests.streams.chain.records import HOUR, NOON, bars, declared, record, signal
from tests.streams.logs.archive.building import files_of
from tests.streams.logs.builders import values_of
from untaken.schemas.settings import ResultSettings
from untaken.streams.logs import open_log
from untaken.streams.logs.sqlite import SqliteLog

RECORDS = [declared(), *bars(60), *(signal(number, NOON + number * HOUR) for number in range(1, 9))]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with one log."""
    monkeypatch.chdir(tmp_path)
    made("bot.db", RECORDS)


def made(name: str, records: list[Any]) -> None:
    log = SqliteLog(Path(name))
    log.append(entries_of(records))
    log.close()


def fees(bps: float, name: str = "fees") -> Any:
    values = {"shadow.fee_bps": bps}
    digest = ResultSettings().changed(values).digest
    return record("settings.changed", name, NOON, settings=values, digest=digest)


def untaken(words: str) -> Ran:
    return in_process(words.split())


def done(words: str) -> Any:
    ran = untaken(f"{words} --json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def complaint(words: str) -> str:
    ran = untaken(words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran
    return ran.err


def events_in(url: str) -> list[bytes]:
    log = open_log(url, create=False, read_only=True)
    try:
        return values_of(log)
    finally:
        log.close()


def test_a_log_goes_through_every_engine_and_comes_back_with_the_same_digest() -> None:
    hops = [
        "export --log sqlite:///bot.db --to parquet:///copy",
        "export --log parquet:///copy --to copy.jsonl.gz",
        "import --from copy.jsonl.gz --log sqlite:///back.db",
        "export --log sqlite:///back.db --to copy.jsonl",
        "import --from copy.jsonl --log parquet:///other",
        "export --log parquet:///other --to sqlite:///last.db",
    ]
    found = [done(f"replay {hop}") for hop in hops]

    assert len({each["digest"] for each in found}) == 1
    assert {each["added"] for each in found} == {len(RECORDS)}
    assert events_in("sqlite:///last.db") == events_in("sqlite:///bot.db")
    assert {count["type"]: count["events"] for count in found[0]["counts"]} == {
        "run.declared": 1,
        "market.bar": 60,
        "signal.emitted": 8,
    }


def test_what_was_done_is_told_in_words() -> None:
    first = untaken("replay export --log sqlite:///bot.db --to parquet:///copy").out
    again = untaken("replay export --log sqlite:///bot.db --to parquet:///copy").out

    assert first.startswith("69 events added to parquet:///copy in ")
    assert "         60 market.bar\n" in first
    assert " files, " in first
    assert "0 events added" in again
    assert "69 were there" in again
    assert first.splitlines()[-1] == again.splitlines()[-1]


def test_engine_verify_report_and_doctor_work_on_an_archive() -> None:
    done("replay export --log sqlite:///bot.db --to parquet:///copy")
    for words in ("run --until-idle", "replay verify", "doctor", "report --all", "ledger", "signal s1"):
        ran = untaken(f"{words} --log parquet:///copy")
        assert (ran.code, ran.err) == (0, ""), words

    assert untaken("run --until-idle --log sqlite:///bot.db").code == 0
    outs = [untaken(f"replay verify --log {url}").out for url in ("parquet:///copy", "sqlite:///bot.db")]
    assert outs[0] == outs[1]
    assert Path("copy.state.db").exists()
    assert untaken("replay rebuild --log parquet:///copy").code == 0


def test_an_archive_that_grows_is_read_on_by_the_engine() -> None:
    export = "replay export --log sqlite:///bot.db --to parquet:///copy"
    done(export)
    assert done("run --until-idle --log parquet:///copy")["records"] == 69
    made("bot.db", [signal(77, NOON + 2 * HOUR)])
    done(export)

    assert done("run --until-idle --log parquet:///copy")["records"] == 1
    assert untaken("replay verify --log parquet:///copy").code == 0


def test_importing_twice_adds_nothing_twice() -> None:
    done("replay export --log sqlite:///bot.db --to copy.jsonl")
    words = "replay import --from copy.jsonl --log sqlite:///new.db"

    assert [(done(words)["added"], len(events_in("sqlite:///new.db"))) for _ in range(2)] == [
        (69, 69),
        (0, 69),
    ]


def test_importing_into_a_log_with_other_settings_is_refused_until_it_is_said_whose_hold() -> None:
    made("bot.db", [fees(7.0)])
    made("mine.db", [fees(9.0, "mine"), signal(50)])
    words = "replay import --from sqlite:///bot.db --log sqlite:///mine.db"
    said = complaint(words)

    assert "the import brings shadow.fee_bps = 7.0, sqlite:///" in said
    assert "mine.db has 9.0" in said
    assert "--keep-settings" in said
    assert len(events_in("sqlite:///mine.db")) == 2
    found = done(f"{words} --keep-settings")
    assert (found["added"], found["left_aside"]) == (69, 1)
    assert "fee_bps" in str(events_in("sqlite:///mine.db")[0])


def test_importing_into_a_log_with_the_same_settings_and_other_facts_is_allowed() -> None:
    made("mine.db", [signal(50)])

    assert done("replay import --from sqlite:///bot.db --log sqlite:///mine.db")["added"] == 69
    assert untaken("run --until-idle --log sqlite:///mine.db").code == 0
    assert untaken("replay verify --log sqlite:///mine.db").code == 0


def test_an_empty_log_whose_configuration_disagrees_is_left_empty() -> None:
    made("bot.db", [fees(7.0)])
    Path("untaken.toml").write_text("[settings.shadow]\nfee_bps = 3.0\n")
    said = complaint("replay import --from sqlite:///bot.db --log sqlite:///new.db")

    assert "shadow.fee_bps = 7.0, the configuration has 3.0" in said
    assert events_in("sqlite:///new.db") == []
    Path("untaken.toml").write_text("[settings.shadow]\nfee_bps = 7.0\n")
    assert done("replay import --from sqlite:///bot.db --log sqlite:///new.db")["added"] == 70


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("export --to parquet:///photos", "photos is not an untaken log, it is a directory with other files"),
        (
            "export --to copy.csv",
            "'copy.csv' is neither the URL of a log or archive nor a file of JSON Lines",
        ),
        ("export --to memory://", "memory:// is gone when the command ends"),
        ("export --to sqlite:///bot.db", "is what would be copied: name another place"),
        ("export --to nowhere/copy.jsonl", "there is no directory"),
        ("export --to copy.jsonl --topics birds", "--topics was 'birds'; the topics are settings, market"),
        ("export --to copy.jsonl --since noon", "--since was 'noon'; a time with its zone is allowed"),
        ("import --from parquet:///photos", "photos is not an untaken log"),
        ("import --from parquet:///none", "there is no archive: correct the URL"),
        ("import --from none.jsonl", "none.jsonl is no file that can be read"),
        ("import --from half.jsonl", "half.jsonl, line 2: it is broken off"),
        ("import --from half.jsonl.gz", "half.jsonl.gz is damaged after line"),
        (
            "import --from plain.jsonl",
            "line 1: it is no envelope of an export; `untaken emit` takes plain events",
        ),
    ],
)
def test_wrong_input_is_refused_in_one_sentence_and_changes_nothing(words: str, said: str) -> None:
    Path("photos").mkdir()
    Path("photos/cat.jpg").write_text("meow")
    Path("half.jsonl").write_text('{"appended_at":1,"event":{"type":"clock.ticked"}}\n{"appended_at":1,"ev')
    Path("half.jsonl.gz").write_bytes(
        gzip.compress(b'{"appended_at":1,"event":{"type":"clock.ticked"}}\n')[:-9]
    )
    Path("plain.jsonl").write_text('{"type":"clock.ticked"}\n')
    before = events_in("sqlite:///bot.db")

    assert said in complaint(f"replay {words} --log sqlite:///bot.db")
    assert events_in("sqlite:///bot.db") == before
    assert not Path("copy.jsonl").exists()


def test_a_damaged_archive_is_neither_imported_nor_rebuilt_from_and_doctor_names_the_file() -> None:
    done("replay export --log sqlite:///bot.db --to parquet:///copy")
    file = files_of(Path("copy"))[0]
    file.write_bytes(file.read_bytes()[:-1])

    for words in (
        "replay import --from parquet:///copy --log sqlite:///new.db",
        "replay export --log parquet:///copy --to other.jsonl",
        "replay rebuild --log parquet:///copy",
    ):
        assert f"{file} is torn or was altered" in complaint(words)
    assert not Path("copy.state.db").exists()
    assert not Path("other.jsonl").exists()
    ran = untaken("doctor --log parquet:///copy")
    assert (ran.code, str(file) in ran.err) == (1, True)


def test_events_are_not_emitted_into_a_copy() -> None:
    done("replay export --log sqlite:///bot.db --to parquet:///copy")

    assert "is a copy of sqlite:////" in complaint("settings set shadow.fee_bps=3 --log parquet:///copy")


@pytest.mark.parametrize("target", ["parquet:///disk/copy", "disk/copy.jsonl", "sqlite:///disk/copy.db"])
def test_a_full_disk_is_named_and_the_copy_goes_on_when_there_is_room(tmp_path: Path, target: str) -> None:
    made("bot.db", bars(2_000, since=NOON + 400 * HOUR))
    with small_disk(tmp_path / "disk", "8m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * (8 * 1024 * 1024 - 48 * 1024))
        said = complaint(f"replay export --log sqlite:///bot.db --to {target}")
        ballast.unlink()
        found = done(f"replay export --log sqlite:///bot.db --to {target}")

    assert "disk or the quota is full: free space" in said
    assert found["added"] + found["there"] == 2_069


@pytest.mark.parametrize("target", ["parquet:///disk/copy", "disk/copy.jsonl"])
def test_a_disk_that_may_only_be_read_is_named_and_its_archive_can_still_be_imported(
    tmp_path: Path, target: str
) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        done(f"replay export --log sqlite:///bot.db --to {target}")
        made("bot.db", [signal(99)])
        with read_only(disk):
            said = complaint(f"replay export --log sqlite:///bot.db --to {target}")
            found = done(f"replay import --from {target} --log sqlite:///new.db")

    assert "cannot be written" in said
    assert found["added"] == 69
