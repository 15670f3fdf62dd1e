"""Logs that are empty, busy, locked, read-only, full, newer, damaged, or no logs at all."""

import functools
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.builders import a_morning, bar, signal
from tests.cli.commands import LOG, Untaken, complaint, lines
from tests.cli.places import read_only, small_disk
from untaken.streams.logs.base import Entry
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State

STATE = "untaken.state.db"

READING = [
    ("report",),
    ("ledger",),
    ("signal", "s1"),
    ("dead-letters",),
    ("replay", "verify"),
]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a locked log a tenth of a second instead of ten."""
    monkeypatch.setattr("untaken.cli.session.open_log", functools.partial(open_log, timeout_s=0.1))


def test_an_empty_log_is_reported_as_empty(untaken: Untaken) -> None:
    untaken.done("run", "--until-idle")
    report = untaken.done("report", "--json").json

    assert (report["groups"], report["watermark"], report["log_health"]["lag"]) == ([], None, 0)
    assert "No signal and no trade lies in this window." in untaken.done("report").out
    assert untaken.done("ledger", "--json").json == {"rows": []}
    assert untaken.done("dead-letters").out == "0 dead letters\n"
    assert untaken.done("replay", "verify", "--json").json["clean"] is True
    assert untaken.done("doctor").out.splitlines()[-1] == "all is well"


def test_a_log_of_nothing_but_refusals_is_reported_all_the_same(untaken: Untaken) -> None:
    untaken.computed(signal(price=-1))
    report = untaken.done("report", "--json").json

    assert report["log_health"]["dead_letters"] == {"invalid": 1}
    assert untaken.done("report", "--html", "report.html").code == 0


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_log_that_is_not_there_is_not_made_by_reading_it(
    command: tuple[str, ...], untaken: Untaken
) -> None:
    assert (
        "untaken.db: there is no such log: correct the log URL, or emit something, which makes one"
        in complaint(untaken(*command))
        or command == ("replay", "verify")
    )
    assert list(untaken.folder.iterdir()) == []


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_reading_before_the_engine_has_run_says_what_to_run(
    command: tuple[str, ...], untaken: Untaken
) -> None:
    untaken.emitted(*a_morning())
    sentence = complaint(untaken(*command))

    assert "nothing is computed yet" in sentence
    assert sentence.endswith("run: untaken run --until-idle --log sqlite:///untaken.db")


def test_records_that_the_engine_has_not_read_are_said_to_lag(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    untaken.emitted(signal("s2"), bar(11))

    assert untaken.health()["lag"] == 2
    assert "state: 2 records of the log not counted yet" in untaken.done("doctor").out


def test_a_log_can_be_read_while_another_program_writes_it(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    with writing(untaken.folder / LOG):
        report = untaken.done("report", "--json", "--all").json

        assert report["log_health"]["events"]["signals"] == 1
        assert untaken.done("replay", "verify").out.splitlines()[-1].startswith("clean:")


@pytest.mark.usefixtures("impatient")
def test_a_log_locked_by_another_program_says_who_to_look_for(untaken: Untaken) -> None:
    untaken.emitted(*a_morning())
    with writing(untaken.folder / LOG):
        ran = untaken.emitted(signal("s2"))

    assert "untaken.db is locked by another process, waited 0.1 s: close the program" in complaint(ran)
    assert untaken.done("emit", stdin=lines([signal("s2")]).encode()).out.startswith("1 event accepted")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold the write lock, as a database browser with an open edit does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_a_second_engine_is_refused_while_one_writes(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    engine = State(untaken.folder / STATE)
    try:
        sentence = complaint(untaken("run", "--until-idle"))
        rebuilding = complaint(untaken("replay", "rebuild"))
        untaken.done("report")
    finally:
        engine.close()

    assert "is written by another engine already; one engine serves a log: stop that one" in sentence
    assert "is written by another engine already" in rebuilding
    untaken.done("run", "--until-idle")


def test_a_read_only_disk_can_be_read_and_not_written(untaken: Untaken) -> None:
    with small_disk(untaken.folder / "disk", "8m") as disk:
        log = f"sqlite:///{disk / 'bot.db'}"
        untaken.done("emit", untaken.file("facts.jsonl", lines(a_morning())), "--log", log)
        untaken.done("run", "--until-idle", "--log", log)
        with read_only(disk):
            emitting = untaken("emit", "facts.jsonl", "--log", log)
            running = untaken("run", "--until-idle", "--log", log)
            report = untaken.done("report", "--all", "--json", "--log", log).json
            untaken.done("replay", "verify", "--log", log)

    assert (
        "bot.db cannot be written: it was opened for reading, or the file, its directory or its disk"
        in complaint(emitting)
    )
    assert "cannot be written" in complaint(running)
    assert report["log_health"]["events"]["signals"] == 1


def test_a_full_disk_refuses_the_events_and_keeps_what_was_there(untaken: Untaken) -> None:
    many = [signal(f"s{n}", meta={"note": "x" * 5_000}) for n in range(600)]
    with small_disk(untaken.folder / "disk", "1m") as disk:
        log = f"sqlite:///{disk / 'bot.db'}"
        untaken.done("emit", untaken.file("few.jsonl", lines(a_morning())), "--log", log)
        ran = untaken("emit", untaken.file("many.jsonl", lines(many)), "--log", log)
        told = untaken.done("doctor", "--log", log).out

    assert "bot.db cannot grow, the disk or the quota is full: free space, then emit again" in complaint(ran)
    assert "1 event of type signal.emitted" in told


def test_a_state_that_finds_no_room_is_one_sentence_and_the_log_is_whole(untaken: Untaken) -> None:
    many = [signal(f"s{n}") for n in range(1_500)]
    with small_disk(untaken.folder / "disk", "1m") as disk:
        log = f"sqlite:///{disk / 'bot.db'}"
        untaken.done("emit", untaken.file("many.jsonl", lines(many)), "--log", log)
        ran = untaken("run", "--until-idle", "--log", log)
        told = untaken.done("doctor", "--log", log)

    assert "full" in complaint(ran)
    assert "1,500 events of type signal.emitted" in told.out


def test_a_log_of_a_newer_version_is_left_as_it_is(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    stamp(untaken.folder / LOG, 99)
    before = (untaken.folder / LOG).read_bytes()

    for command in (("run", "--until-idle"), ("emit", "facts.jsonl"), ("doctor",), *READING):
        assert "has log format 99, this version of untaken reads up to 1: upgrade untaken" in complaint(
            untaken(*command)
        )
    assert (untaken.folder / LOG).read_bytes() == before


def test_a_state_of_a_newer_version_is_refused_with_the_way_out(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    stamp(untaken.folder / STATE, 99)

    for command in (("run", "--until-idle"), ("report",)):
        sentence = complaint(untaken(*command))

        assert "was written by a newer untaken" in sentence
        assert "upgrade, or delete the file and let it be rebuilt from the log" in sentence


def stamp(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def test_events_of_a_newer_version_are_counted_as_unread_and_not_refused(untaken: Untaken) -> None:
    untaken.emitted(*a_morning())
    log = open_log(LOG)
    log.append([Entry("signal.emitted", json.dumps(signal("s2", v=9)).encode(), "BTC/USD")])
    log.append([Entry("signal.dreamt", json.dumps(signal("s3")).encode(), "BTC/USD", topic="signals")])
    log.close()
    untaken.done("run", "--until-idle")
    health = untaken.health()

    assert (health["unread"], health["dead_letters"]) == (2, {})
    assert list(untaken.signals()) == ["s1"]


@pytest.mark.parametrize(
    "command", [("run", "--until-idle"), ("emit", "facts.jsonl"), *READING], ids=" ".join
)
def test_a_file_that_is_no_log_is_refused_and_not_touched(command: tuple[str, ...], untaken: Untaken) -> None:
    untaken.file("facts.jsonl", lines(a_morning()))
    untaken.file(STATE, "")
    text = untaken.file(LOG, "date,open,high,low,close\n")

    assert "untaken.db is not an untaken log, it is no database: give the path of a log" in complaint(
        untaken(*command)
    )
    assert text.read_text() == "date,open,high,low,close\n"


def test_a_database_of_another_program_is_refused(untaken: Untaken) -> None:
    with closing(sqlite3.connect(LOG)) as connection:
        connection.execute("CREATE TABLE trades (id INTEGER)")

    assert "it is a database of another program" in complaint(untaken.emitted(signal()))


def test_a_damaged_log_says_what_can_be_saved(untaken: Untaken) -> None:
    untaken.emitted(*(signal(f"s{n}") for n in range(200)))
    path = untaken.folder / LOG
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\x55" * (len(content) - 8192))

    assert "is damaged (" in complaint(untaken("run", "--until-idle"))
    assert "restore it from an archive or a backup" in complaint(untaken("run", "--until-idle"))


def test_a_damaged_state_is_computed_anew_from_the_log(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    for leftover in untaken.folder.glob(f"{STATE}*"):
        leftover.write_bytes(b"rubbish" * 1_000)

    assert "is no state file (file is not a database); delete it, it is rebuilt from the log" in complaint(
        untaken("report")
    )

    for leftover in untaken.folder.glob(f"{STATE}*"):
        leftover.unlink()
    untaken.done("run", "--until-idle")

    assert list(untaken.signals()) == ["s1"]


def test_a_state_beside_another_log_is_not_believed(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    untaken.done(
        "emit", "--backfill", "--log", "other.db", stdin=lines(signal(f"s{n}") for n in range(9)).encode()
    )
    for leftover in untaken.folder.glob(f"{LOG}*"):
        leftover.unlink()
    shutil.move("other.db", LOG)

    assert "untaken replay rebuild computes it anew" in complaint(untaken("report"))
    assert "untaken replay rebuild computes it anew" in complaint(untaken("run", "--until-idle"))

    untaken.done("replay", "rebuild")

    assert len(untaken.signals()) == 9


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("kafka://localhost:9092", "lies on Kafka, where workers do this: untaken worker"),
        ("parquet:///", "a path must follow the third slash"),
        ("postgres://localhost/bot", "the scheme 'postgres' is not known"),
        ("bot.sqlite", "it has no scheme"),
        ("sqlite://bot.db", "a path must follow the third slash"),
        ("sqlite:///nowhere/bot.db", "there is no directory"),
        ("sqlite:///.", "it is a directory"),
    ],
)
def test_a_log_url_that_leads_nowhere_says_what_it_should_be(
    url: str, sentence: str, untaken: Untaken
) -> None:
    assert sentence in complaint(untaken("run", "--until-idle", "--log", url))
