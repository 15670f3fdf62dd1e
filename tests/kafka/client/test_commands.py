"""`untaken emit` and the imports bring events to a broker as they do to a file."""

import json
from pathlib import Path

import pytest

from tests.cli.builders import bar, decision, declared, signal
from tests.cli.commands import Untaken, complaint, lines
from tests.cli.conftest import untaken
from tests.kafka.client.logs import every, ids_by_stream, opened, with_topics
from tests.streams.connectors.builders import csv, result, result_file, rows, trade
from untaken.schemas.codec import decode
from untaken.streams.broker.ports import free_ports

__all__ = ["untaken"]


@pytest.fixture
def on_kafka(untaken: Untaken, broker: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Untaken:
    """Return the command line, pointed at topics of its own."""
    monkeypatch.setenv("UNTAKEN_LOG", with_topics(broker, prefix))
    return untaken


def symbols(broker: str, prefix: str) -> dict[str, set[str | None]]:
    """Return the symbols in each partition."""
    found: dict[str, set[str | None]] = {}
    with opened(broker, prefix) as log:
        for stream, value in log.read(log.start(), 1_000).frame.select("stream", "value").iter_rows():
            found.setdefault(stream, set()).add(getattr(decode(value), "symbol", None))
    return found


def test_emit_counts_what_the_broker_has_acknowledged(on_kafka: Untaken, broker: str, prefix: str) -> None:
    file = on_kafka.file("facts.jsonl", lines([declared(), signal("s1"), signal("s2"), decision(), bar()]))
    ran = on_kafka.done("emit", file)

    assert [line.split() for line in ran.out.splitlines()] == [
        ["5", "events", "accepted"],
        ["1", "decision.made"],
        ["1", "market.bar"],
        ["1", "run.declared"],
        ["2", "signal.emitted"],
    ]
    assert every(ids_by_stream(broker, prefix)) == {
        "declared",
        "signal-s1",
        "signal-s2",
        "decision-s1-10:00:01",
        "bar-10",
    }


def test_emit_applies_aliases_that_earlier_runs_declared_before_it_chooses_a_partition(
    on_kafka: Untaken, broker: str, prefix: str
) -> None:
    on_kafka.done("emit", on_kafka.file("run.jsonl", lines([declared(symbols={"BTCUSD": "BTC/USD"})])))
    on_kafka.done("emit", on_kafka.file("facts.jsonl", lines([signal("s1"), signal("s2", symbol="BTCUSD")])))

    found = symbols(broker, prefix)
    assert [names for stream, names in found.items() if ".signals[" in stream] == [{"BTC/USD"}]


def test_what_is_refused_becomes_a_dead_letter_with_its_reason(
    on_kafka: Untaken, broker: str, prefix: str
) -> None:
    file = on_kafka.file("facts.jsonl", lines([signal(), signal(price=-1)]) + "{\n")
    ran = on_kafka("emit", "--json", file)
    said = json.loads(ran.out)

    assert "2 lines were refused and kept as dead letters" in complaint(ran)
    assert (said["accepted"], said["by_code"]) == (1, {"invalid": 1, "unreadable": 1})
    assert len(said["reasons"]) == 2
    assert len(ids_by_stream(broker, prefix)[f"{prefix}dead-letters[0]"]) == 2


def test_standard_input_is_live_and_files_are_history(on_kafka: Untaken, broker: str, prefix: str) -> None:
    on_kafka.done("emit", stdin=lines([signal("s1")]).encode())
    on_kafka.done("emit", on_kafka.file("facts.jsonl", lines([signal("s2")])))

    with opened(broker, prefix) as log:
        assert log.read(log.start(), 10).frame["backfill"].to_list() == [False, True]


def test_configured_settings_become_the_first_of_an_empty_log(
    on_kafka: Untaken, broker: str, prefix: str
) -> None:
    on_kafka.file("untaken.toml", "[settings]\nshadow.fee_bps = 7.5\n")
    on_kafka.done("emit", on_kafka.file("facts.jsonl", lines([signal()])))
    on_kafka.file("untaken.toml", "[settings]\nshadow.fee_bps = 8.5\n")
    other = on_kafka("emit", on_kafka.file("facts.jsonl", lines([signal("s2")])))

    assert "untaken settings set shadow.fee_bps=8.5" in complaint(other)
    assert len(ids_by_stream(broker, prefix)[f"{prefix}settings[0]"]) == 1


def test_candles_are_imported_in_the_order_of_time(on_kafka: Untaken, broker: str, prefix: str) -> None:
    csv(Path("BTC_USDT-5m.csv"), rows(1_000))
    ran = on_kafka.done("import", "candles", "BTC_USDT-5m.csv", "--json").json

    assert ran["counts"]["market.bar"] == 1_000
    with opened(broker, prefix) as log:
        frame = log.read(log.start(), 10_000).frame
    bars = [
        decode(value) for value, kind in frame.select("value", "type").iter_rows() if kind == "market.bar"
    ]
    assert [each.at for each in bars] == sorted(each.at for each in bars)
    assert len(bars) == 1_000
    assert frame["backfill"].all()


def test_a_backtest_result_is_imported_as_a_run_of_its_own(
    on_kafka: Untaken, broker: str, prefix: str
) -> None:
    result_file(Path("backtest.json"), Dip=result(trade(), trade(open_timestamp=1_709_553_600_000)))
    ran = on_kafka.done("import", "freqtrade", "backtest.json", "--json").json

    assert ran["counts"]["trade.closed"] == 2
    completed = 1
    assert len(every(ids_by_stream(broker, prefix))) == sum(map(int, ran["counts"].values())) + completed


def test_importing_again_brings_the_same_ids(on_kafka: Untaken, broker: str, prefix: str) -> None:
    csv(Path("BTC_USDT-5m.csv"), rows(20))
    on_kafka.done("import", "candles", "BTC_USDT-5m.csv")
    once = every(ids_by_stream(broker, prefix))
    on_kafka.done("import", "candles", "BTC_USDT-5m.csv")

    assert every(ids_by_stream(broker, prefix)) == once


@pytest.mark.parametrize("words", [("emit",), ("import", "candles")])
def test_a_broker_that_is_away_is_told_in_one_sentence(
    words: tuple[str, ...], untaken: Untaken, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("UNTAKEN_LOG", f"kafka://127.0.0.1:{port}")
    monkeypatch.setenv("UNTAKEN_KAFKA__REQUEST_TIMEOUT_S", "0.3")
    file = csv(Path("BTC_USDT-5m.csv"), rows(20)) if "candles" in words else untaken.file("facts.jsonl", "")

    assert f"kafka://127.0.0.1:{port} did not answer within 0.3 s" in complaint(untaken(*words, file))
