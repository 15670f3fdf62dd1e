"""The examples, run as a stranger would: from a folder of one's own, with the installed program."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.docs.places import few_candles, freqtrade_running, freqtrade_user
from tests.house.sources import ROOT
from tests.streams.connectors.databases import (
    MINUTE,
    TEN,
)
from untaken.cli import main

EXAMPLES = ROOT / "examples"
CANDLES = "EUR_USD-1h.csv"

pytestmark = pytest.mark.xdist_group("examples")


class Place:
    """A folder, and commands that are run in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)

    def run(self, *words: str | Path, **environment: str) -> str:
        paths = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("UNTAKEN_")}
        done = subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env={**clean, "PATH": paths, "COLUMNS": "100", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def rows(self, log: str, *words: str) -> list[dict[str, Any]]:
        """Return the rows that a command prints as JSON; in this process, which saves half of the time."""
        rows: list[dict[str, Any]] = json.loads(_printed(*words, "--json", "--log", log))["rows"]
        return rows

    def computed(self, log: str) -> list[dict[str, Any]]:
        """Let the engine read a log, and return its ledger."""
        _printed("run", "--until-idle", "--log", log)
        return self.rows(log, "ledger")


def _printed(*words: str) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        status = main(list(words))

    assert status == 0
    return printed.getvalue()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def test_the_synchronous_bot_reports_signals_guards_fills_and_results(place: Place) -> None:
    few_candles(place.folder)
    place.run(sys.executable, EXAMPLES / "sync_bot.py", CANDLES, "--log", "sqlite:///bot.db")
    ledger = place.computed("sqlite:///bot.db")
    trades = place.rows("sqlite:///bot.db", "trades")

    assert {row["status"] for row in ledger} == {"filled", "blocked"}
    assert {verdict["guard"] for row in ledger for verdict in row["verdicts"]} == {
        "in_session",
        "calm",
        "flat",
    }
    assert all(row["chain_complete"] for row in ledger)
    assert {trade["state"] for trade in trades} <= {"closed", "open"}
    assert all(
        trade["pnl"] == pytest.approx(trade["computed_pnl"], abs=1e-6) for trade in trades if trade["pnl"]
    )
    assert all(trade["anomalies"] == [] for trade in trades)


def test_the_asyncio_bot_shares_one_purse_among_its_symbols(place: Place) -> None:
    few_candles(place.folder)
    (place.folder / "GBP_USD-1h.csv").write_bytes((place.folder / CANDLES).read_bytes())
    place.run(
        sys.executable, EXAMPLES / "asyncio_bot.py", CANDLES, "GBP_USD-1h.csv", "--log", "sqlite:///bot.db"
    )
    ledger = place.computed("sqlite:///bot.db")

    assert {row["symbol"] for row in ledger} == {"EUR/USD", "GBP/USD"}
    assert "enough_money" in {guard for row in ledger for guard in row["blockers"]}
    assert "filled" in {row["status"] for row in ledger}


def test_the_table_becomes_signals_and_decisions_and_a_report(place: Place) -> None:
    printed = place.run(EXAMPLES / "table" / "judge.sh")
    ledger = place.computed("sqlite:///table.db")

    assert "price                  column 'close'                 64839.3 | 64723.3 | 64595.7" in printed
    assert "columns left aside: remark" in printed
    assert len(ledger) == 54
    assert {guard for row in ledger for guard in row["blockers"]} == {"spread", "weekend"}
    assert {(row["take_profit_pct"], row["stop_loss_pct"]) for row in ledger} == {(1.5, 1.0)}
    assert ledger[0]["features"] == {"rsi": 46.0, "volume_ratio": 1.07}


def test_the_freqtrade_backtest_is_compared_like_with_like(place: Place) -> None:
    freqtrade_user(place.folder)
    data = place.folder / "user_data"
    result = next((data / "backtest_results").iterdir())
    printed = place.run(EXAMPLES / "freqtrade_backtest.sh", data / "data" / "binance", result)
    errors = [row["error_ppm"] for row in place.computed("sqlite:///freqtrade.db")]

    assert "so no guard can be judged from it" in printed
    assert len(errors) == 18
    assert all(abs(error) < 1_000 for error in errors)


def test_the_locks_of_a_running_freqtrade_are_blockers_of_its_signals(place: Place) -> None:
    freqtrade_running(place.folder)
    words = (
        EXAMPLES / "freqtrade_database.sh",
        "tradesv3.dryrun.sqlite",
        place.folder / "user_data" / "data" / "binance",
        "signals.csv",
    )
    printed = place.run(*words)
    again = place.run(*words)
    ledger = place.computed("sqlite:///freqtrade.db")

    assert "of 1 not traded the blocker is unknown" in printed
    assert "nothing new since the last import" in again
    assert [(row["status"], row["blockers"]) for row in ledger] == [
        ("filled", []),
        ("blocked", ["StoplossGuard"]),
        ("undecided", []),
    ]
    assert ledger[0]["at"] == f"{TEN + 15 * MINUTE:%Y-%m-%dT%H:%M:%S}.000000Z"


def test_the_list_of_examples_names_them_all() -> None:
    told = (EXAMPLES / "README.md").read_text()
    kept = {path.name for path in EXAMPLES.iterdir() if path.suffix in {".py", ".sh"}}

    assert {name for name in kept if f"]({name})" not in told} == set()
    assert pl.read_csv(EXAMPLES / "table" / "candles.csv").height == 600
