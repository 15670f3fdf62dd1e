"""Reading a log from Python: where it lies, of which moment it is, who may read it, what is refused."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import untaken
from tests.reading.builders import caught_up, written
from tests.streams.chain.engines import entries_of
from tests.streams.chain.records import HOUR, NOON, bars, declared, record, signal, trade
from untaken.errors import UntakenError
from untaken.reading.chosen import ChoiceRefused
from untaken.reading.figures import GUARDS
from untaken.reading.known import NobodyThere
from untaken.reading.opening import NoOneLog, NothingComputed
from untaken.reading.reader import FIGURES, TABLES, Reader
from untaken.reading.snapshot import ReaderClosed
from untaken.reading.sql import QueryRefused
from untaken.reading.windows import WindowRefused
from untaken.replay.archive import copy_to_archive
from untaken.replay.sources import LogSource
from untaken.streams.engine import state_path
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.errors import LogMissing
from untaken.streams.logs.opening import open_log
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import StateNewer, StateOlder

MORNING = [declared(), signal(), *bars(300), trade()]


def a_log(folder: Path, name: str = "bot.db") -> str:
    return written(folder / name, MORNING)


def test_a_log_is_named_by_url_file_or_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = a_log(tmp_path)
    monkeypatch.setenv("UNTAKEN_LOG", url)

    for name in (url, str(tmp_path / "bot.db"), tmp_path / "bot.db", tmp_path, None):
        with untaken.open(name) as log:
            assert log.ledger().height == 1


def test_a_configuration_names_the_log_and_the_length_of_the_window(tmp_path: Path) -> None:
    a_log(tmp_path)
    (tmp_path / "untaken.toml").write_text('log = "bot.db"\n[report]\nhours = 500\n')

    with untaken.open() as log:
        assert log.report()["window"]["hours"] == 500
        assert log.shadow_performance.filter(book="in_turn")["counted"].to_list() == [1]


def test_a_folder_of_several_logs_or_of_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    a_log(tmp_path)
    a_log(tmp_path, "second.db")

    with pytest.raises(NoOneLog, match=r"holds bot\.db, second\.db; name one log"):
        untaken.open(tmp_path)
    with pytest.raises(NoOneLog, match="holds no log"):
        untaken.open(tmp_path / "empty")


def test_an_archive_is_read_once_an_engine_has_read_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    log = SqliteLog(tmp_path / "bot.db")
    log.append(entries_of(MORNING))
    copy_to_archive(LogSource(log), archive, Selection())
    log.close()

    with pytest.raises(NothingComputed, match=r"untaken run --until-idle --log parquet:///"):
        untaken.open(archive)
    caught_up(open_log(f"parquet:///{archive}", create=False, read_only=True))
    with untaken.open(archive) as read:
        assert read.ledger().height == 1


def test_what_is_not_there_or_not_computed_is_said(tmp_path: Path) -> None:
    written(tmp_path / "fresh.db", MORNING, computed=False)

    with pytest.raises(LogMissing):
        untaken.open(tmp_path / "nothing.db")
    with pytest.raises(NothingComputed, match="nothing is computed yet; run: untaken run --until-idle"):
        untaken.open(tmp_path / "fresh.db")
    with pytest.raises(NothingComputed, match="a log in memory"):
        untaken.open("memory://")


@pytest.mark.parametrize(("version", "error"), [(1, StateOlder), (99, StateNewer)])
def test_a_state_of_another_version_is_not_read(
    version: int, error: type[UntakenError], tmp_path: Path
) -> None:
    url = a_log(tmp_path)
    with sqlite3.connect(str(state_path(url))) as state:
        state.execute(f"PRAGMA user_version = {version}")
    state.close()

    with pytest.raises(error, match="untaken"):
        untaken.open(url)


def test_a_reader_stays_at_its_moment_until_it_is_refreshed(tmp_path: Path) -> None:
    url = a_log(tmp_path)
    writer = SqliteLog(tmp_path / "bot.db")
    with untaken.open(url) as log:
        live = log.where(symbol="BTC/USD")
        before = log.ledger()
        writer.append(entries_of([signal(2, NOON + HOUR)]))
        caught_up(writer)
        during = log.ledger()
        log.refresh()

        assert_frame_equal(before, during)
        assert live.ledger().height == 2
    writer.close()


def test_what_the_engine_has_not_come_to_is_counted(tmp_path: Path) -> None:
    url = a_log(tmp_path)
    writer = SqliteLog(tmp_path / "bot.db")
    writer.append(entries_of([signal(2, NOON + HOUR)]))
    writer.close()

    with untaken.open(url) as log:
        assert log.behind == 1
        assert log.report()["log_health"]["lag"] == 1


def test_it_is_read_from_within_a_running_event_loop(log: Reader, random_url: str) -> None:
    async def cell() -> pl.DataFrame:
        with untaken.open(random_url) as inside:
            return inside.ledger()

    assert_frame_equal(asyncio.run(cell()), log.ledger())


def test_one_reader_serves_several_threads(log: Reader) -> None:
    query = "select bot, count(*) as n from ledger group by bot order by bot"
    asked: list[Callable[[], pl.DataFrame]] = [log.ledger, log.trades, lambda: log.sql(query)]
    expected = [ask() for ask in asked]

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda ask: ask(), asked * 4))

    for frame, wanted in zip(found, expected * 4, strict=True):
        assert_frame_equal(frame, wanted)


def test_a_closed_reader_says_so(random_url: str) -> None:
    log = untaken.open(random_url)
    narrowed = log.where(bot="alpha")
    log.close()
    log.close()

    with pytest.raises(ReaderClosed, match="open the log again"):
        narrowed.ledger()
    with pytest.raises(ReaderClosed):
        _ = log.guards


def test_times_are_utc_and_money_is_in_account_currency(tmp_path: Path) -> None:
    with untaken.open(a_log(tmp_path)) as log:
        (row,) = log.ledger().to_dicts()
        (exact,) = log.ledger(exact=True).to_dicts()
        (traded,) = log.trades().to_dicts()

    assert row["at"] == datetime(2024, 3, 4, 12, tzinfo=UTC)
    assert row["pnl"] == exact["pnl_e8"] / 10**8
    assert traded["pnl"] == 1.0
    assert traded["exit_at"] == datetime(2024, 3, 4, 14, tzinfo=UTC)


def test_a_log_without_signals_has_frames_without_rows(tmp_path: Path) -> None:
    with untaken.open(written(tmp_path / "bot.db", [declared()])) as log:
        frames = [log.guards, log.missed_opportunities, log.shadow_performance, log.performance()]

        assert [frame.height for frame in frames] == [0, 0, 0, 0]
        assert log.guards.schema == pl.Schema(GUARDS.schema())
        assert log.ledger().is_empty()
        assert log.sql("select count(*) as n from trades")["n"].to_list() == [0]
        assert log.report()["groups"] == []


def test_every_frame_has_the_columns_that_are_documented(log: Reader) -> None:
    for exact in (False, True):
        everything = log.where(everything=True, exact=exact)
        for frame in FIGURES:
            found = (
                everything.performance() if frame.name == "performance" else getattr(everything, frame.name)
            )
            assert found.schema == pl.Schema(frame.schema(exact=exact)), frame.name


def test_choices_add_up_and_a_window_replaces_a_window(log: Reader) -> None:
    narrowed = log.where(bot="alpha", hours=1).where(everything=True)

    assert set(narrowed.ledger()["bot"]) == {"alpha"}
    assert narrowed.ledger().height == log.ledger(bot="alpha").height > 0
    assert narrowed.where(bot=None).ledger().height == log.ledger().height


@pytest.mark.parametrize(
    "window",
    [
        {"since": "2024-03-04", "until": "2024-03-05"},
        {"since": date(2024, 3, 4), "hours": 24},
        {"until": datetime(2024, 3, 5, tzinfo=UTC), "days": 1},
        {"since": "2024-03-04T01:00:00+01:00", "until": "2024-03-05T00:00:00Z"},
    ],
    ids=str,
)
def test_a_window_is_said_in_several_ways(log: Reader, window: dict[str, Any]) -> None:
    said = log.where(**window).report()["window"]

    assert (said["since"], said["until"]) == ("2024-03-04T00:00:00.000000Z", "2024-03-05T00:00:00.000000Z")


REFUSED: dict[str, tuple[dict[str, Any], type[UntakenError], str]] = {
    "an empty window": (
        {"since": "2024-03-05", "until": "2024-03-04"},
        WindowRefused,
        "the window is empty: since 2024-03-05 is not before until 2024-03-04",
    ),
    "no length": ({"hours": 0}, WindowRefused, "hours was 0; more than 0 and at most"),
    "no number": ({"days": "seven"}, WindowRefused, "days was 'seven'; a number is allowed"),
    "a time without its zone": (
        {"since": "2024-03-04T10:00"},
        WindowRefused,
        "a time with its zone is allowed",
    ),
    "a naive datetime": ({"since": datetime(2024, 3, 4)}, WindowRefused, "a time with its zone"),  # noqa: DTZ001 - the mistake
    "two lengths": ({"hours": 1, "days": 1}, WindowRefused, "exclude each other"),
    "three parts": (
        {"hours": 1, "since": "2024-03-04", "until": "2024-03-05"},
        WindowRefused,
        "one too many",
    ),
    "everything and a window": ({"everything": True, "hours": 1}, WindowRefused, "exclude each other"),
    "a choice that there is not": ({"sinc": "2024-03-04"}, ChoiceRefused, "did you mean since?"),
    "a mode that there is not": ({"mode": "real"}, ChoiceRefused, "live, paper, backtest are allowed"),
    "a bot that never reported": (
        {"bot": "alhpa"},
        NobodyThere,
        "no bot 'alhpa' is in this log; did you mean alpha?",
    ),
    "a strategy of nobody": ({"strategy": "brakeout"}, NobodyThere, "did you mean breakout?"),
    "a symbol of nobody": ({"symbol": "nothing"}, NobodyThere, "no symbol 'nothing' is in this log; known: "),
    "a run of another bot": ({"bot": "alpha", "run": "bt-1"}, NobodyThere, "no run 'bt-1' of bot 'alpha'"),
}


@pytest.mark.parametrize(("chosen", "error", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_chosen_is_refused_in_a_sentence(
    chosen: dict[str, Any], error: type[UntakenError], said: str, log: Reader
) -> None:
    with pytest.raises(error) as refused:
        _ = log.where(**chosen).guards

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_newest_rows_are_the_last_of_all(log: Reader) -> None:
    whole, blocked = log.ledger(), pl.col("status") == "blocked"

    assert_frame_equal(log.ledger(limit=7), whole.tail(7))
    assert_frame_equal(log.ledger(limit=5, status="blocked"), whole.filter(blocked).tail(5))
    assert_frame_equal(log.trades(limit=100), log.trades())
    assert_frame_equal(log.ledger(limit=3, bot="alpha"), whole.filter(bot="alpha").tail(3))


def test_rows_are_in_order_of_time_and_identity(log: Reader) -> None:
    for rows, key in ((log.ledger(), "signal_id"), (log.trades(), "trade_id")):
        assert_frame_equal(rows, rows.sort("at", "bot", "run", key))


def test_a_lazy_frame_reads_what_it_is_asked_for(log: Reader) -> None:
    lazy = log.scan("ledger", bot="alpha").filter(pl.col("resolved")).select("strategy", "pnl")

    assert_frame_equal(lazy.collect(), log.ledger(bot="alpha").filter("resolved").select("strategy", "pnl"))


def test_queries_say_what_polars_says(log: Reader) -> None:
    counted = pl.col("pnl").sum().alias("pnl"), pl.len().cast(pl.Int64).alias("n")
    expected = log.ledger().filter("resolved").group_by("strategy").agg(*counted).sort("strategy")
    query = "select strategy, sum(pnl) as pnl, count(*) as n from {} where resolved group by strategy order by strategy"

    for table in ("ledger", "signals"):
        found = log.sql(query.format(table))
        assert_frame_equal(found, expected, check_exact=False)


def test_queries_join_tables_of_rows_and_of_figures(log: Reader) -> None:
    found = log.sql(
        "select g.guard, max(g.first_blocked) as first_blocked, count(*) as n from guards g "
        "join ledger l on l.bot = g.bot and l.run = g.run and l.mode = g.mode and l.first = g.guard "
        "where g.bot = 'alpha' group by g.run, g.mode, g.guard"
    )

    assert found.height > 0
    assert found["first_blocked"].to_list() == found["n"].to_list()


def test_decisions_are_the_verdicts_of_the_ledger(log: Reader) -> None:
    verdicts = log.ledger()["verdicts"].list.len().sum()

    assert log.sql("select count(*) as n from decisions")["n"].to_list() == [verdicts]
    assert log.sql("select at from decisions").schema == {"at": pl.Datetime("us", "UTC")}


def test_a_query_reads_what_was_chosen(log: Reader) -> None:
    assert log.sql("select distinct bot from ledger", bot="beta")["bot"].to_list() == ["beta"]
    assert set(log.sql("show tables")["name"]) == set(TABLES)


QUERIES: dict[str, tuple[str, str]] = {
    "another table": (
        "select * from ledgr",
        "there is no table 'ledgr'; did you mean ledger? the tables are ledger, ",
    ),
    "another column": (
        "select pln from trades",
        "there is no column 'pln'; did you mean pnl? trades has bot, run, ",
    ),
    "no SQL": ("selct 1", "the query begins with 'selct': a log is only read"),
    "a slip": ("select a form ledger", "the query cannot be read (Expected: end of statement"),
    "a change": ("delete from ledger", "the query begins with 'delete': a log is only read"),
    "nothing": (" ", "the query is empty; such as: select strategy"),
    "two queries": ("select 1; select 2", "the query cannot be read (one (and only one) statement"),
    "another file": ("select * from read_csv('/etc/passwd')", "read_csv(...) reads another file"),
    "no such function": ("select median_of(pnl) from ledger", "unsupported function 'median_of'"),
    "no such cast": ("select cast(strategy as int) from ledger", "the query cannot be read (conversion from"),
}


@pytest.mark.parametrize(("query", "said"), QUERIES.values(), ids=QUERIES)
def test_a_query_that_cannot_be_answered_is_refused_in_a_sentence(query: str, said: str, log: Reader) -> None:
    with pytest.raises(QueryRefused) as refused:
        log.sql(query)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def model_event(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    return record(kind, f"{kind}-{number}", NOON + number * HOUR, **fields)


def test_conclusions_that_the_log_holds_are_read_as_they_are(tmp_path: Path) -> None:
    gate = [{"criterion": "accuracy", "value": 0.6, "limit": 0.5, "passed": True}]
    told = [
        model_event("feedback.issued", 1, scope="strategy", name="trend", multiplier=1.2, evidence={"n": 7}),
        model_event("retrain.requested", 2, scope={"symbol": "BTC/USD"}, trigger="win_rate"),
        model_event("model.deployed", 3, model_version="m2", gate=gate),
        model_event("model.deployed", 4, model_version="m3"),
        model_event("model.rejected", 5, model_version="m4", gate=[gate[0], {**gate[0], "passed": False}]),
        model_event("model.rolled_back", 6, to="m2", reason="accuracy fell"),
    ]

    with untaken.open(written(tmp_path / "bot.db", [*MORNING, *told, told[0]])) as log:
        feedback, model = log.feedback, log.model

    assert feedback.select("bot", "scope", "name", "multiplier", "evidence").rows() == [
        ("demo", "strategy", "trend", 1.2, '{"n":7}')
    ]
    assert model.select("event", "model_version", "symbol", "reason", "gate_passed").rows() == [
        ("retrain.requested", None, "BTC/USD", "win_rate", None),
        ("model.deployed", "m2", None, None, True),
        ("model.deployed", "m3", None, None, None),
        ("model.rejected", "m4", None, None, False),
        ("model.rolled_back", "m2", None, "accuracy fell", None),
    ]


def test_conclusions_are_narrowed_like_everything_else(tmp_path: Path) -> None:
    issued = [
        model_event("feedback.issued", day * 24, scope="strategy", name=f"s{day}", multiplier=1.0)
        for day in (1, 2)
    ]

    with untaken.open(written(tmp_path / "bot.db", [*MORNING, *issued])) as log:
        assert log.where(until="2024-03-06").feedback["name"].to_list() == ["s1"]
        assert log.where(days=1, until="2024-03-07").feedback["name"].to_list() == ["s2"]
        assert log.where(mode="paper").feedback.is_empty()


def test_a_knob_that_was_overridden_stands_where_it_was_put(tmp_path: Path) -> None:
    override = record("knob.overridden", "o1", NOON + HOUR, knob="max_positions", new=5, by="me", why="trial")

    with untaken.open(written(tmp_path / "bot.db", [*MORNING, override])) as log:
        (knob,) = log.where(everything=True).knobs.filter(knob="max_positions").to_dicts()

    assert (knob["current"], knob["default"], knob["overridden_by"], knob["override_why"]) == (
        5.0,
        3.0,
        "me",
        "trial",
    )
    assert knob["last_change"] == datetime(2024, 3, 4, 13, tzinfo=UTC)


def test_reading_changes_no_file(tmp_path: Path, random_url: str) -> None:
    source = Path(random_url.removeprefix("sqlite:///"))
    for file in (source, source.with_name("bot.state.db")):
        shutil.copy(file, tmp_path / file.name)
    before = {file.name: file.read_bytes() for file in tmp_path.glob("*.db")}

    with untaken.open(tmp_path) as log:
        _ = log.guards

    assert {file.name: file.read_bytes() for file in tmp_path.glob("*.db")} == before


def test_opening_without_the_engine_says_what_to_install(random_url: str) -> None:
    program = f"""
import sys
sys.modules["polars"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "polars" else found(name, *rest)
import untaken
try:
    untaken.open({random_url!r})
except Exception as problem:
    print(type(problem).__name__, problem)
"""
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert said.startswith("EngineNotInstalled polars is not installed: reading needs the engine")
    assert "pip install 'untaken[engine]'" in said
