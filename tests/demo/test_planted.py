"""The planted log gives the verdicts that were planted, through engine and report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from untaken.cli import main
from untaken.demo import plant
from untaken.demo.plan import PLANTINGS
from untaken.schemas.codec import decode
from untaken.schemas.events.market import MarketBar
from untaken.schemas.events.signals import SignalEmitted
from untaken.streams.logs import open_log


@pytest.mark.parametrize("seed", [1, 5])
def test_each_guard_gets_the_verdict_that_was_planted(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'planted.db'}"
    plant(url, seed)

    assert main(["run", "--until-idle", "--log", url]) == 0
    capsys.readouterr()
    assert main(["report", "--json", "--log", url]) == 0
    report = json.loads(capsys.readouterr().out)
    guards = report["groups"][0]["guard_effectiveness"]["guards"]

    assert {guard["guard"]: guard["verdict"] for guard in guards} == {
        planting.guard: planting.verdict for planting in PLANTINGS if planting.guard
    }


def test_everything_planted_is_called_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'planted.db'}"
    plant(url)
    log = open_log(url)
    events = [decode(value) for value in log.read(log.start(), 1_000_000).frame["value"]]
    log.close()
    bars = [event for event in events if isinstance(event, MarketBar)]
    signals = [event for event in events if isinstance(event, SignalEmitted)]

    assert {bar.source for bar in bars} == {"generated"}
    assert all(bar.symbol.startswith("PLANTED-") for bar in bars)
    assert {signal.bot for signal in signals} == {"planted"}
    assert len(signals) == sum(90 * planting.daily for planting in PLANTINGS)
