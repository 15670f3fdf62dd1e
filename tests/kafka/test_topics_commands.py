"""untaken topics: made once, listed, and refused where they do not fit."""

from pathlib import Path

import orjson
import pytest

from tests.kafka.builders import make_topic
from untaken.cli import main


def topics(*arguments: str, broker: str, prefix: str) -> list[str]:
    return ["topics", *arguments, "--log", f"{broker}?prefix={prefix}"]


def test_topics_are_made_once(broker: str, prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = topics("create", "--partitions", "2", broker=broker, prefix=prefix)
    assert main(command) == 0
    made = capsys.readouterr().out.splitlines()
    assert main(command) == 0

    assert capsys.readouterr().out == "all topics were there already\n"
    assert f"created {prefix}market" in made
    assert f"created {prefix}ledger" in made


def test_topics_are_listed_with_what_matters(
    broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(topics("create", "--partitions", "2", broker=broker, prefix=prefix))
    capsys.readouterr()
    assert main(topics("list", "--json", broker=broker, prefix=prefix)) == 0

    document = orjson.loads(capsys.readouterr().out)
    found = {topic["name"].removeprefix(prefix): topic for topic in document["topics"]}
    assert document["problems"] == []
    assert {name: found[name]["partitions"] for name in ("market", "settings", "ledger")} == {
        "market": 2,
        "settings": 1,
        "ledger": 2,
    }
    assert found["market"]["values"]["cleanup.policy"] == "delete"
    assert found["ledger"]["values"]["cleanup.policy"] == "compact"
    assert main(topics("list", broker=broker, prefix=prefix)) == 0
    assert f"{prefix}market  2 partition(s), delete, 0 record(s)\n" in capsys.readouterr().out


def test_another_count_is_refused(broker: str, prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(topics("create", "--partitions", "2", broker=broker, prefix=prefix))

    assert main(topics("create", "--partitions", "3", broker=broker, prefix=prefix)) == 2
    assert "market has 2 partitions, but 3 are needed (as asked for)" in capsys.readouterr().err


def test_a_configured_count_is_a_count_asked_for(
    broker: str, prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(topics("create", "--partitions", "2", broker=broker, prefix=prefix))
    file = tmp_path / "untaken.toml"
    file.write_text(f'log = "{broker}"\n[kafka]\nprefix = "{prefix}"\npartitions = 5\n')

    assert main(["topics", "create", "--config", str(file)]) == 2
    assert "market has 2 partitions, but 5 are needed (as asked for)" in capsys.readouterr().err


def test_topics_that_endanger_the_log_fail_the_listing(
    broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_topic(broker, f"{prefix}market", 2, retention_ms="1000")
    make_topic(broker, f"{prefix}signals", 3, retention_ms="-1", message_timestamp_type="LogAppendTime")

    assert main(topics("list", broker=broker, prefix=prefix)) == 1
    said = capsys.readouterr().err
    assert "market has 2 partitions, but 3 are needed" in said
    assert "market has retention.ms=1000, it needs -1" in said


def test_a_log_without_topics_says_how_they_are_made(
    broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(topics("list", broker=broker, prefix=prefix)) == 2
    assert f"make them with untaken topics create --log '{broker}?prefix={prefix}'" in capsys.readouterr().err


def test_only_a_log_on_kafka_has_topics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "list", "--log", "bot.db"]) == 2
    assert capsys.readouterr().err == (
        "untaken: bot.db (option --log) has no topics, only a log on Kafka has: give --log kafka://host:port\n"
    )
