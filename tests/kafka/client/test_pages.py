"""What the page on bots and Kafka shows can be typed, and prints what it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs.blocks import RUN, Block, blocks_of
from tests.docs.running import Runner
from tests.house.sources import ROOT
from tests.kafka.client.logs import every, ids_by_stream

PAGE = ROOT / "docs" / "how-to" / "bots-on-kafka.md"
SHOWN = "kafka://localhost:9092"


def for_a_broker(block: Block) -> bool:
    return block.language in RUN and "tests/kafka/client/test_pages.py" in block.reason


def test_the_page_on_bots_shows_what_really_happens(
    broker: str,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runner = Runner(tmp_path, monkeypatch, lambda _: "")
    blocks = [block for block in blocks_of(PAGE) if for_a_broker(block)]
    for block in blocks:
        runner.run(replace(block, text=block.text.replace(SHOWN, f"{broker}?prefix={prefix}")))

    assert capsys.readouterr().out == "True\n"
    assert len(blocks) == 3
    assert len(every(ids_by_stream(broker, prefix))) == len(["declared", "signal", "decision", "tick"])
