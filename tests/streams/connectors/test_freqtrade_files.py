"""Which files are backtest results, and why others are not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.streams.connectors.builders import imported, result, result_file, trade
from untaken.streams.connectors.report import ImportRefused


def zipped(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_gives_the_events_of_the_result_in_it(tmp_path: Path) -> None:
    plain = result_file(tmp_path / "backtest-result-2025-01-01.json")
    archive = zipped(
        tmp_path / "backtest-result-2025-01-01.zip",
        {
            "backtest-result-2025-01-01.json": plain.read_bytes(),
            "backtest-result-2025-01-01_config.json": json.dumps({"strategy": "Dip"}),
            "backtest-result-2025-01-01_Dip.py": "import os",
            "backtest-result-2025-01-01_signals.pkl": b"\x80\x04never opened",
            "backtest-result-2025-01-01_market_change.feather": b"ARROW1",
        },
    )

    assert imported(archive)[0] == imported(plain)[0]


def test_a_result_with_several_strategies_gives_a_run_for_each(tmp_path: Path) -> None:
    found, report = imported(
        result_file(tmp_path / "result.json", A=result(), B=result(trade(pair="BBB/USDT")))
    )

    assert {event.bot for event in found} == {"A", "B"}
    assert len({event.run for event in found}) == 2
    assert [source.name for source in report.sources] == ["freqtrade:A", "freqtrade:B"]


def test_the_folder_of_results_stands_for_the_latest(tmp_path: Path) -> None:
    plain = result_file(tmp_path / "backtest-result-2.json", New=result())
    result_file(tmp_path / "backtest-result-1.json", Old=result())
    (tmp_path / ".last_result.json").write_text(json.dumps({"latest_backtest": plain.name}))

    assert {event.bot for event in imported(tmp_path)[0]} == {"New"}
    assert imported(tmp_path / ".last_result.json")[0] == imported(plain)[0]


def test_a_result_with_nan_is_read(tmp_path: Path) -> None:
    path = result_file(
        tmp_path / "result.json", Dip=result(trade(max_rate=float("nan")), market_change=float("inf"))
    )

    assert "NaN" in path.read_text()
    assert len(imported(path)[0]) == 6


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("backtest-result_signals.pkl", b"anything", "a pickle is never opened, since it can run any code"),
        ("backtest-result_rejected.joblib", b"x\x9c", "a pickle is never opened"),
        ("renamed.json", b"\x80\x05\x95\x10", "a pickle is never opened"),
        ("strategy.fthypt", b"{}", "epochs of a hyperopt"),
        (
            "renamed2.json",
            b'{"loss": 1, "params_dict": {}}\n{"loss": 2, "params_dict": {}}\n',
            "epochs of a hyperopt",
        ),
        ("backtest-result.meta.json", b'{"Dip": {"run_id": "1"}}', "a meta file says only when"),
        (
            "tradesv3.sqlite",
            b"SQLite format 3\x00",
            "a database; import databases and results with a command each",
        ),
        ("empty.json", b"  ", "the file is empty"),
        ("half.json", b'{"strategy": {"A": ', "not readable as JSON"),
        ("list.json", b"[[1, 2]]", "holds a list, no backtest result"),
        ("config.json", b'{"exchange": {}, "stake_currency": "USDT"}', "has no `strategy`; found 'exchange'"),
        ("none.json", b'{"strategy": {}}', "a result without a strategy"),
        ("broken.json", b'{"strategy": {"A": {"trades": 3}}}', "strategy 'A' has no list of trades"),
        (
            "mixed.json",
            b'{"strategy": {"A": {"trades": [{"pair": "A/B"}, {"pair": "A/C"}, true]}}}',
            "names no stake_currency",
        ),
        ("torn.zip", b"PK\x03\x04torn", "the zip cannot be unpacked"),
        (".last_result.json", b'{"latest_backtest": "../../etc/passwd"}', "does not name a latest result"),
    ],
)
def test_a_file_that_is_no_result_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ImportRefused) as refusal:
        imported(tmp_path / name)

    assert sentence in str(refusal.value)
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_zip_without_a_result_a_folder_without_a_pointer_and_a_missing_file_are_refused(
    tmp_path: Path,
) -> None:
    other = zipped(tmp_path / "other.zip", {"readme.txt": "hello", "broken.json": "{", "a_config.json": "{}"})
    with pytest.raises(ImportRefused, match="no backtest result in this zip"):
        imported(other)
    with pytest.raises(ImportRefused, match="which result is the latest"):
        imported(tmp_path)
    with pytest.raises(ImportRefused, match="cannot be read"):
        imported(tmp_path / "nowhere.json")
