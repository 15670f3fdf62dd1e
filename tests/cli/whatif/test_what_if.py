"""untaken replay what-if as a person uses it."""

from typing import Any

import pytest

from tests.cli.builders import bar, decision, declared, signal
from tests.cli.commands import Untaken, complaint

GATE: Any = {"guard": "gate", "reason_code": "confidence_threshold", "threshold": 0.5, "comparison": ">="}


@pytest.fixture
def log(untaken: Untaken) -> Untaken:
    """Return a log of three losers, of which two were blocked: one by two guards."""
    ends: Any = {"final": True, "chain_complete": True}
    untaken.computed(
        declared(guards={"gate": {"kind": "stateless"}, "spread": {"kind": "market"}}),
        signal("s1"),
        decision("s1", **GATE, value=0.4),
        decision("s1", "10:00:02", "approved", **ends),
        signal("s2", "11:00:00"),
        decision("s2", "11:00:01", **GATE, value=0.45),
        decision("s2", "11:00:02", **ends),
        signal("s3", "12:00:00"),
        decision("s3", "12:00:01", "approved", **GATE, value=0.6),
        decision("s3", "12:00:02", "approved", **ends),
        *(bar(hour) for hour in (10, 11, 12)),
    )
    return untaken


def group(untaken: Untaken, *flags: str) -> Any:
    (scenario,) = untaken.done("replay", "what-if", *flags, "--signals", "--json").json["scenarios"]
    (found,) = scenario["groups"]
    return found


def test_a_guard_off_lets_in_what_it_alone_blocked(log: Untaken) -> None:
    found = group(log, "--guard-off", "gate")
    book = found["in_turn"]

    assert found["released_signals"] == ["s1"]
    assert (book["base"]["trades"], book["scenario"]["trades"]) == (1, 2)
    assert book["difference"] == book["net_pnl_if_disabled"] == book["scenario"]["pnl"] - book["base"]["pnl"]
    assert book["difference"] == log.signals()["s1"]["pnl"]


def test_rules_of_flags_add_up(log: Untaken) -> None:
    assert group(log, "--guard-off", "gate", "--guard-off", "spread")["released_signals"] == ["s1", "s2"]
    assert group(log, "--min-confidence", "0.7")["removed_signals"] == ["s3"]
    assert group(log, "--threshold", "gate=0.3")["released_signals"] == ["s1"]
    assert (
        group(log, "--size", "500")["in_turn"]["scenario"]["pnl"] * 2 == group(log)["in_turn"]["base"]["pnl"]
    )


def test_every_scenario_is_counted_on_the_log(log: Untaken) -> None:
    file = log.file("rules.toml", '[[scenario]]\nguards_off = ["gate"]\n[[scenario]]\nsize = 10\n')
    first = log.done("replay", "what-if", "--scenario", file, "--json").json
    second = log.done("replay", "what-if", "--guard-off", "gate", "--json").json
    without_change = log.done("replay", "what-if", "--json").json
    log.done("run", "--until-idle")

    assert [one["scenario"] for one in first["scenarios"]] == ["no_gate", "size=10"]
    assert [answer["scenarios_tried"] for answer in (first, second, without_change)] == [2, 3, 3]
    assert log.health()["events"]["learning"] == 3
    assert log.done("replay", "verify").code == 0


def test_a_scenario_moves_neither_the_watermark_nor_any_row(log: Untaken) -> None:
    before = log.report(), log.signals()
    log.done("replay", "what-if", "--guard-off", "gate")
    log.done("run", "--until-idle")
    after = log.report(), log.signals()

    assert after[1] == before[1]
    assert after[0]["watermark"] == before[0]["watermark"]


def test_a_scenario_is_kept_beside_the_state(log: Untaken) -> None:
    saved = log.done("replay", "what-if", "--guard-off", "gate", "--save", "no-gate", "--json").json["saved"]
    two = log.file("two.toml", "[[scenario]]\nsize = 1\n[[scenario]]\nsize = 2\n")

    assert saved == "untaken.state.what-if-no-gate.db"
    assert (log.folder / saved).exists()
    assert "save each by itself" in complaint(log("replay", "what-if", "--scenario", two, "--save", "both"))
    assert "letters, digits" in complaint(log("replay", "what-if", "--size", "1", "--save", "../x"))


def test_a_terminal_shows_base_scenario_and_difference(log: Untaken) -> None:
    shown = log.done("replay", "what-if", "--guard-off", "gate", "--max-positions", "1").out

    assert "no_gate+max_positions=1: bot, run default, live, USD" in shown
    assert "3 signals: 1 let in, 0 taken out" in shown
    assert "base, with limits" in shown
    assert "1 scenario tried on this log so far" in shown


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--guard-off", "gaet"], "no guard 'gaet' is in this log; did you mean gate?"),
        (["--threshold", "confidence_threshold"], "NAME=NUMBER is allowed"),
        (["--threshold", "gate=much"], "NAME=NUMBER is allowed"),
        (["--threshold", "gate=0.4", "--threshold", "gate=0.5"], "names 'gate' twice"),
        (["--strategy-weight", "sving=2"], "no strategy 'sving' is in this log; did you mean swing?"),
        (["--max-positions", "0"], "max_positions was 0; it must be greater than or equal to 1"),
        (["--take-profit", "-3"], "take_profit_pct was -3"),
        (["--bot", "nobody"], "no bot 'nobody'"),
        (["--since", "2024-03-05T00:00:00Z"], "no signal lies in this log or in the window"),
        (["--since", "2024-03-05T00:00:00Z", "--until", "2024-03-04T00:00:00Z"], "the window is empty"),
        (["--since", "yesterday"], "a time with its zone is allowed"),
        (["--hours", "0"], "--hours was 0"),
        (["--scenario", "nowhere.toml"], "nowhere.toml cannot be read"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_clear_sentence(log: Untaken, flags: list[str], said: str) -> None:
    assert said in complaint(log("replay", "what-if", *flags))
    assert log.done("replay", "what-if", "--json").json["scenarios_tried"] == 0
