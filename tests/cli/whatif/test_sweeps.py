"""Sweeps as a person asks for them."""

from typing import Any

import pytest

from tests.cli.builders import bar, decision, declared, signal
from tests.cli.commands import Untaken, complaint

GATE: Any = {"guard": "gate", "reason_code": "confidence_threshold", "threshold": 0.5, "comparison": ">="}


@pytest.fixture
def log(untaken: Untaken) -> Untaken:
    """Return a log of two losers, of which one was blocked."""
    ends: Any = {"final": True, "chain_complete": True}
    untaken.computed(
        declared(),
        signal("s1"),
        decision("s1", **GATE, value=0.4, **ends),
        signal("s2", "12:00:00"),
        decision("s2", "12:00:01", "approved", **GATE, value=0.6, **ends),
        *(bar(hour) for hour in (10, 11, 12)),
        bar(14, open_at="2024-03-05T14:00:00Z", at="2024-03-06T15:00:00Z"),
        bar(15, open_at="2024-03-09T14:00:00Z", at="2024-03-09T15:00:00Z"),
    )
    return untaken


def swept(untaken: Untaken, *flags: str) -> Any:
    return untaken.done("replay", "what-if", *flags, "--json").json


def test_several_numbers_make_a_sweep(log: Untaken) -> None:
    answer = swept(log, "--min-confidence", "0.3:0.7:0.1", "--stop-loss", "1,2")
    (group,) = answer["groups"]

    assert answer["sweep"]["size"] == len(group["scenarios"]) == 10
    assert sorted(axis["rule"] for axis in answer["sweep"]["axes"]) == [
        "stop_loss_pct",
        "thresholds.confidence_threshold",
    ]
    assert {scenario["why"] for scenario in group["scenarios"]} <= {"no_change", "too_few_days"}
    assert group["walk_forward"] == {"why": "too_few_days"}
    assert group["diagnostics"] == {"why": "no_winner"}
    assert group["out_of_sample"] is None


def test_every_scenario_of_a_grid_is_counted_in_one_event(log: Untaken) -> None:
    first = swept(log, "--take-profit", "1:5:1")
    log.done("run", "--until-idle")
    second = swept(log, "--take-profit", "1,2")
    single = swept(log, "--guard-off", "gate")
    log.done("run", "--until-idle")

    assert [answer["scenarios_tried"] for answer in (first, second, single)] == [5, 7, 8]
    assert log.health()["events"]["learning"] == 3
    assert log.done("replay", "verify").code == 0


def test_a_terminal_shows_the_best_and_says_what_is_missing(log: Untaken) -> None:
    shown = log.done("replay", "what-if", "--take-profit", "1:5:1").out

    assert "Sweep over 5 scenarios" in shown
    assert "too few days" in shown
    assert "--unlock" in shown
    assert "5 scenarios tried on this log so far" in shown


def test_weights_are_looked_for_by_themselves(log: Untaken) -> None:
    answer = swept(log, "--optimise", "strategies")

    assert answer["groups"][0]["walk_forward"] == {"why": "nothing_to_weigh"}
    assert "leave out the other rules" in complaint(
        log("replay", "what-if", "--optimise", "strategies", "--size", "1")
    )


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--take-profit", "5:1:1"], "rising"),
        (["--take-profit", "high"], "--take-profit was 'high'; a number is allowed"),
        (["--threshold", "gate=0.9:0.1:0.1"], "rising"),
        (["--threshold", "gaet=0.1,0.2"], "did you mean gate?"),
        (["--strategy-weight", "sving=0,1"], "did you mean swing?"),
        (["--take-profit", "1,2", "--save", "x"], "a sweep has many"),
        (["--take-profit", "1,2", "--signals"], "a sweep has many"),
        (["--take-profit", "1", "--unlock"], "the winner of a sweep"),
        (["--take-profit", "1:100:0.001"], "at most 20,000"),
        (["--take-profit", "1,2", "--since", "2025-01-01T00:00:00Z"], "no signal lies"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_what_cannot_be_swept_is_one_clear_sentence(log: Untaken, flags: list[str], said: str) -> None:
    before = log.health()["events"].get("learning", 0)

    assert said in complaint(log("replay", "what-if", *flags))
    log.done("run", "--until-idle")
    assert log.health()["events"].get("learning", 0) == before


def test_a_look_at_the_locked_days_without_a_winner_is_no_look(log: Untaken) -> None:
    answer = swept(log, "--take-profit", "1,2", "--unlock")

    assert answer["groups"][0]["out_of_sample"] == {"why": "no_winner"}
    log.done("run", "--until-idle")
    assert log.health()["events"]["learning"] == 1


def test_an_archive_is_not_looked_at_for_good(log: Untaken) -> None:
    log.done("replay", "export", "--to", "parquet:///kept")
    log.done("run", "--until-idle", "--log", "parquet:///kept")

    assert "an archive is only read" in complaint(
        log("replay", "what-if", "--take-profit", "1,2", "--unlock", "--log", "parquet:///kept")
    )
