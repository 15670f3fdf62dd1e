"""The ledger and the trades: listed, queried and written to files."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.builders import a_morning, closed, decision, signal
from tests.cli.commands import Ran, Untaken, complaint
from tests.cli.places import read_only, small_disk
from untaken.cli.rows import writing


@pytest.fixture
def filled(untaken: Untaken) -> Untaken:
    """Return the command line in a folder with a log of three signals and two trades."""
    untaken.computed(
        *a_morning(),
        signal(
            "s2",
            "11:00:00",
            strategy="trend",
            symbol="ETH/USD",
            components={"a": 0.5, "b": -1},
            tags=["x", 'q"'],
        ),
        decision("s2", "11:00:01", "approved", symbol="ETH/USD", reason='said "yes",\nand no'),
        signal("s3", "13:00:00", bot="other", meta={"deep": {"é": [1, None]}}),
        closed("t2", "14:00:00", bot="other", pnl=8765432.12345678, strategy="trend"),
    )
    return untaken


def ids(ran: Ran) -> list[str]:
    return [row.get("signal_id") if "trade_id" not in row else row["trade_id"] for row in ran.json["rows"]]


CHOSEN: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "everything": (("ledger",), ["s1", "s2", "s3"]),
    "a bot": (("ledger", "--bot", "other"), ["s3"]),
    "a strategy": (("ledger", "--strategy", "trend"), ["s2"]),
    "a symbol": (("ledger", "--symbol", "BTC/USD"), ["s1", "s3"]),
    "a status": (("ledger", "--status", "blocked"), ["s1"]),
    "the newest": (("ledger", "--limit", "2"), ["s2", "s3"]),
    "the newest of a status": (("ledger", "--limit", "1", "--status", "blocked"), ["s1"]),
    "since": (("ledger", "--since", "2024-03-04T11:00:00Z"), ["s2", "s3"]),
    "until": (("ledger", "--until", "2024-03-04T11:00:00Z"), ["s1"]),
    "a day": (("ledger", "--since", "2024-03-04", "--hours", "24"), ["s1", "s2", "s3"]),
    "hours to the end of the log": (("ledger", "--hours", "3.5"), ["s2", "s3"]),
    "hours to a time": (("ledger", "--hours", "1", "--until", "2024-03-04T10:30:00Z"), ["s1"]),
    "an empty day": (("ledger", "--since", "2025-01-01"), []),
    "trades": (("trades",), ["t1", "t2"]),
    "trades of a bot": (("trades", "--bot", "other"), ["t2"]),
    "trades of a strategy": (("trades", "--strategy", "trend"), ["t2"]),
    "the newest trade": (("trades", "--limit", "1"), ["t2"]),
    "trades that were left by then": (("trades", "--until", "2024-03-04T12:30:00Z"), ["t1"]),
}


@pytest.mark.parametrize(("arguments", "expected"), CHOSEN.values(), ids=CHOSEN)
def test_rows_are_chosen(arguments: tuple[str, ...], expected: list[str], filled: Untaken) -> None:
    assert ids(filled.done(*arguments, "--json")) == expected


def test_csv_holds_every_digit_and_lists_as_json(filled: Untaken) -> None:
    ran = filled("trades", "--csv", "trades.csv")
    with Path("trades.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))

    assert (ran.out, ran.err) == ("", "trades.csv: 2 rows\n")
    assert [row["reported_pnl"] for row in read] == ["1.00000000", "8765432.12345678"]
    assert (read[1]["exit_at"], read[0]["anomalies"]) == ("2024-03-04T14:00:00.000000Z", "[]")


def test_csv_of_signals_reads_back_as_it_was_said(filled: Untaken) -> None:
    out = filled.done("ledger", "--csv", "-").out
    second = list(csv.DictReader(out.splitlines(keepends=True)))[1]
    (verdict,) = json.loads(second["verdicts"])

    assert json.loads(second["tags"]) == ["x", 'q"']
    assert json.loads(second["components"]) == {"a": 0.5, "b": -1}
    assert (verdict["reason"], verdict["at"]) == ('said "yes",\nand no', "2024-03-04T11:00:01.000000Z")
    assert second["expires_at"] == ""


@pytest.mark.parametrize("command", ["ledger", "trades"])
def test_json_lines_are_the_rows_of_json(command: str, filled: Untaken) -> None:
    rows_of_json = filled.done(command, "--json").json["rows"]
    lines = filled.done(command, "--jsonl", "-").out.splitlines()
    filled(command, "--jsonl", "rows.jsonl")

    assert [json.loads(line, parse_float=Decimal) for line in lines] == rows_of_json
    assert Path("rows.jsonl").read_text("utf-8").splitlines() == lines


def test_maps_are_objects_and_money_is_exact_in_json(filled: Untaken) -> None:
    signals = {row["signal_id"]: row for row in filled.done("ledger", "--json").json["rows"]}
    traded = filled.done("trades", "--json").json["rows"][-1]

    assert signals["s2"]["components"] == {"a": Decimal("0.5"), "b": Decimal(-1)}
    assert signals["s3"]["meta"] == {"deep": {"é": [1, None]}}
    assert signals["s1"]["features"] is None
    assert traded["reported_pnl"] == Decimal("8765432.12345678")


def test_parquet_keeps_types_and_reads_back(filled: Untaken) -> None:
    filled("ledger", "--parquet", "ledger.parquet")
    filled("ledger", "--parquet", "exact.parquet", "--exact")
    read, exact = pl.read_parquet("ledger.parquet"), pl.read_parquet("exact.parquet")

    assert read.schema["at"] == pl.Datetime("us", "UTC")
    assert read["tags"].to_list()[1] == ["x", 'q"']
    assert read["pnl"].to_list() == [None if e8 is None else e8 / 10**8 for e8 in exact["pnl_e8"]]


def test_several_files_are_written_at_once_and_folders_are_made(filled: Untaken) -> None:
    ran = filled("ledger", "--csv", "out/a.csv", "--jsonl", "out/a.jsonl", "--parquet", "out/a.parquet")

    assert ran.err == "out/a.csv: 3 rows\nout/a.jsonl: 3 rows\nout/a.parquet: 3 rows\n"
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.csv", "a.jsonl", "a.parquet"]


def test_a_file_of_no_rows_still_has_its_columns(filled: Untaken) -> None:
    for option, file in (("--csv", "a.csv"), ("--parquet", "a.parquet"), ("--jsonl", "a.jsonl")):
        assert filled("trades", "--since", "2025-01-01", option, file).err == f"{file}: 0 rows\n"

    assert pl.read_csv("a.csv").columns == pl.read_parquet("a.parquet").columns
    assert Path("a.jsonl").read_bytes() == b""


def test_a_query_is_answered_in_every_form(filled: Untaken) -> None:
    query = ("ledger", "--sql", "select bot, count(*) as n from ledger group by bot order by bot")
    expected = [{"bot": "bot", "n": 2}, {"bot": "other", "n": 1}]
    filled(*query, "--parquet", "n.parquet")

    assert filled.done(*query, "--json").json["rows"] == expected
    assert filled.done(*query, "--csv", "-").out == "bot,n\nbot,2\nother,1\n"
    assert pl.read_parquet("n.parquet").to_dicts() == expected
    assert "other" in filled.done(*query).out


def test_a_query_reads_what_was_chosen(filled: Untaken) -> None:
    ran = filled.done("trades", "--sql", "select trade_id from trades", "--bot", "other", "--json")

    assert ran.json["rows"] == [{"trade_id": "t2"}]


def test_a_long_list_shows_its_end_and_says_so(filled: Untaken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SHOWN", 2)
    out = filled.done("ledger").out

    assert " s1 " not in out
    assert "s3" in out
    assert out.endswith("the newest 2 of more rows; --csv FILE or --parquet FILE writes all of them\n")


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "two for standard output": (
        ("ledger", "--json", "--csv", "-"),
        "all write to standard output: name one of them",
    ),
    "a status in a query": (
        ("ledger", "--sql", "select 1", "--status", "blocked"),
        "with --sql write limit and where",
    ),
    "no hours": (("trades", "--hours", "0"), "--hours was 0; more than 0"),
    "an empty window": (
        ("trades", "--since", "2024-03-05", "--until", "2024-03-04"),
        "the window is empty: --since 2024-03-05 is not before --until 2024-03-04",
    ),
    "another strategy": (
        ("ledger", "--strategy", "trends"),
        "no strategy 'trends' is in this log; did you mean trend?",
    ),
    "another symbol": (
        ("trades", "--symbol", "BTC/USDT"),
        "no symbol 'BTC/USDT' is in this log; did you mean BTC/USD",
    ),
    "another table": (("ledger", "--sql", "select * from signal"), "did you mean signals"),
    "another column": (("trades", "--sql", "select profit from trades"), "there is no column 'profit'; "),
    "a change": (("ledger", "--sql", "drop table ledger"), "a log is only read"),
    "a folder for a file": (("ledger", "--csv", "."), "could not be read or written"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_in_a_sentence(
    arguments: tuple[str, ...], said: str, filled: Untaken
) -> None:
    assert said in complaint(filled(*arguments))


def test_what_cannot_be_written_leaves_what_was_there(filled: Untaken, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        there: dict[str, Any] = {"csv": b"old", "jsonl": b"old"}
        for name, content in there.items():
            (disk / f"a.{name}").write_bytes(content)
        with read_only(disk):
            for name in (*there, "parquet"):
                assert "could not be read or written" in complaint(
                    filled("ledger", f"--{name}", disk / f"a.{name}")
                )

        assert {path.name: path.read_bytes() for path in disk.iterdir()} == {
            "a.csv": b"old",
            "a.jsonl": b"old",
        }


def test_a_full_disk_leaves_no_half_file(filled: Untaken, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4k") as disk:
        (disk / "filler").write_bytes(bytes(4096))
        for name in ("csv", "jsonl", "parquet"):
            assert "could not be read or written" in complaint(
                filled("ledger", f"--{name}", disk / f"a.{name}")
            )

        assert [path.name for path in disk.iterdir()] == ["filler"]
