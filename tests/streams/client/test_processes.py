"""Bots as real processes on a real file: light, killed, forked, ending without a word."""

import random
import signal as signals
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from tests.streams.client.builders import WAIT_S
from tests.streams.logs.builders import ROOT, ids_of, values_of
from tests.streams.logs.processes import in_forked_child, start_module
from untaken.streams.client import Buffering, Emitter
from untaken.streams.logs.sqlite import SqliteLog

SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(4, 100))]

LIGHT = """
import sys
from untaken import Emitter, GuardChain, guard
heavy = {"polars", "numpy", "numba", "scipy", "pandas", "typer", "jinja2"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
with Emitter(sys.argv[1], "demo") as bot:
    signal = bot.signal("BTC/USDT", "breakout", "long", 100.0)
    assert signal.wait(60) == 1
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""

ABRUPT = """
import sys
from untaken.streams.client import Buffering, Emitter
bot = Emitter(sys.argv[1], "demo", buffering=Buffering(log_timeout_s=0.1))
for number in range(1000):
    bot.clock()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def run(script: str, path: Path) -> None:
    subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=True, timeout=120)


def logged_ids(path: Path) -> list[str]:
    with closing(SqliteLog(path, read_only=True)) as log:
        assert log.check() == []
        return ids_of(log)


def test_a_bot_loads_nothing_of_the_engine(path: Path) -> None:
    run(LIGHT, path)

    assert len(logged_ids(path)) == 1


def test_a_program_that_ends_without_closing_has_delivered_everything(path: Path) -> None:
    run(ABRUPT, path)

    assert len(set(logged_ids(path))) == 1000


def test_a_program_that_ends_while_the_log_is_locked_leaves_its_events_to_the_next(path: Path) -> None:
    SqliteLog(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        run(ABRUPT, path)
    assert logged_ids(path) == []

    with Emitter(path, "demo") as bot:
        assert bot.clock().wait(WAIT_S) == 1001
    ids = logged_ids(path)
    assert ids == sorted(set(ids))
    assert not path.with_name("bot.db.spool").exists()


def test_a_locked_log_delays_events_and_never_the_bot(path: Path) -> None:
    with Emitter(path, "demo", buffering=Buffering(max_delay_s=0, log_timeout_s=0.01)) as bot:
        first = bot.clock()
        assert first.wait(WAIT_S) == 1
        with closing(sqlite3.connect(path, isolation_level=None)) as browser:
            browser.execute("BEGIN IMMEDIATE")
            kept = [bot.clock() for _ in range(100)]
            assert not bot.flush(0.2)
            assert bot.metrics.problem
            assert bot.metrics.delivered == 1
            browser.execute("ROLLBACK")

        assert bot.flush(WAIT_S)
        assert [receipt.offset for receipt in kept] == list(range(2, 102))
        assert bot.metrics.dropped == bot.metrics.spool_bytes == 0


def test_a_missing_directory_delays_events_until_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "disk" / "bot.db"
    with Emitter(path, "demo", spool=tmp_path / "spool") as bot:
        receipt = bot.clock()
        assert not bot.flush(0.05)
        assert "there is no directory" in bot.metrics.problem
        path.parent.mkdir()

        assert receipt.wait(WAIT_S) == 1
        assert bot.run == "default"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_bot_has_lost_nothing_that_was_delivered_or_spooled(path: Path, seed: int) -> None:
    seeded = random.Random(seed)
    SqliteLog(path).close()
    bot = start_module("tests.streams.client.bot", path, 1_000_000)
    assert bot.stdout is not None
    lines: list[str] = []
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as browser:
        for _ in range(seeded.randrange(1, 6)):
            lines += [bot.stdout.readline() for _ in range(seeded.randrange(1, 200))]
            browser.execute("BEGIN IMMEDIATE")
            lines += [bot.stdout.readline() for _ in range(seeded.randrange(1, 200))]
            if seeded.random() < 0.7:
                browser.execute("ROLLBACK")
            else:
                break
        bot.send_signal(signals.SIGKILL)
        lines += bot.stdout.readlines()
        bot.communicate(timeout=60)

    told = [line.split() for line in lines if line.endswith("\n")]
    with Emitter(path, "demo") as heir:
        assert heir.flush(WAIT_S)
        last = heir.clock()
        assert last.wait(WAIT_S)
    ids = logged_ids(path)
    first_seen = list(dict.fromkeys(ids))
    assert {event_id for event_id, _ in told} <= set(ids)
    assert first_seen == sorted(first_seen)
    assert {state for _, state in told} <= {"delivered", "spooled"}
    assert [path.name for path in path.parent.iterdir() if "spool" in path.name] == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_and_its_parent_report_side_by_side(path: Path) -> None:
    with Emitter(path, "demo", buffering=Buffering(max_delay_s=0)) as bot:
        of_parent = bot.clock()

        def report() -> None:
            assert of_parent.wait(0) is of_parent.offset
            assert bot.signal("BTC/USDT", "child", "long", 100.0).wait(WAIT_S)
            bot.close()

        assert in_forked_child(report)
        for _ in range(20):
            bot.signal("BTC/USDT", "parent", "long", 100.0)
        assert bot.flush(WAIT_S)

    with closing(SqliteLog(path, read_only=True)) as log:
        strategies = [orjson.loads(value).get("strategy") for value in values_of(log)]
    assert sorted(map(str, strategies)) == ["None", "child", *["parent"] * 20]
    assert len(set(logged_ids(path))) == 22
