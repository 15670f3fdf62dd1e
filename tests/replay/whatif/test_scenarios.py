"""Scenarios as they are written down: names, digests, files, and what cannot be."""

from pathlib import Path
from typing import Any

import pytest

from tests.projections.builders import asked, blocked, ledger_of, signal
from untaken.replay.whatif.files import asked_in
from untaken.replay.whatif.names import demand_names
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused, scenario_of
from untaken.replay.whatif.weighing import weights
from untaken.streams.chain.context import Context


def scenarios_in(file: Path) -> list[Scenario]:
    found = asked_in(file)
    assert isinstance(found, list)
    return found


def test_the_digest_is_of_the_rules_alone() -> None:
    one = scenario_of({"guards_off": ["b", "a", "b"], "min_confidence": 0.4, "name": "mine"})
    other = scenario_of({"thresholds": {"confidence_threshold": 0.4}, "guards_off": ["a", "b"]})

    assert one.digest == other.digest
    assert one.digest != scenario_of({"guards_off": ["a"]}).digest
    assert (one.title, other.title) == ("mine", "no_a+no_b+confidence_threshold=0.4")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"guard_off": ["a"]}, "'guard_off' is no rule of a scenario; known are base_capital"),
        ({"max_positions": 0}, "max_positions was 0; it must be greater than or equal to 1"),
        ({"take_profit_pct": -1}, "take_profit_pct was -1"),
        ({"fee_bps": float("nan")}, "fee_bps was nan"),
        ({"capital": "much"}, "capital was 'much'"),
        ({"guards_off": ["a"], "thresholds": {"a": 1}}, "must be either off or have a threshold: a"),
        ({"min_roi": 1, "thresholds": {"min_roi": 2}}, "min_roi is given twice"),
        ({"base_capital": 5}, "must limit the scenario too"),
        ({"strategy_weights": {"s": -1}}, "strategy_weights.s was -1"),
    ],
    ids=str,
)
def test_an_impossible_rule_is_refused_in_one_sentence(rules: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioRefused) as refused:
        scenario_of(rules, "test")

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_holds_one_scenario_or_several(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('name = "one"\nguards_off = ["spread"]\n[thresholds]\nmin_roi = 0.8\n')
    (one,) = scenarios_in(file)
    file.write_text("[[scenario]]\nstop_loss_pct = 1\n[[scenario]]\nmax_positions = 4\n")
    several = scenarios_in(file)

    assert one == Scenario(name="one", guards_off=("spread",), thresholds={"min_roi": 0.8})
    assert [scenario.title for scenario in several] == ["stop_loss_pct=1", "max_positions=4"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("guards_off = [", "is no TOML"),
        ("max_positions = 0", "max_positions was 0"),
        ('name = "a"\n[[scenario]]\nsize = 1', "either one scenario at the top"),
        ("scenario = 3", "either one scenario at the top"),
        ("[[scenario]]\nsize = 1\n[[scenario]]\nsize = 0", "scenario 2: size was 0"),
    ],
)
def test_a_file_that_holds_none_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text)

    with pytest.raises(ScenarioRefused, match=said):
        asked_in(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioRefused, match=r"nowhere\.toml cannot be read"):
        asked_in(tmp_path / "nowhere.toml")


ROWS = ledger_of(
    blocked("a", ["spread"], verdicts=[{"guard": "spread", "reason_code": "wide_spread"}]),
    signal("b", asked=asked("volatility"), components='{"trend":0.4,"volume":-0.2}'),
    signal("c", strategy="drift"),
)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"guards_off": ["spraed"]}, "no guard 'spraed' is in this log; did you mean spread?"),
        ({"guards_off": ["x"]}, "no guard 'x' is in this log; known: spread, volatility"),
        (
            {"thresholds": {"wide_sprad": 1}},
            "no reason code or guard 'wide_sprad' is in this log; did you mean wide_spread",
        ),
        ({"strategy_weights": {"swin": 1}}, "no strategy 'swin' is in this log; did you mean swing?"),
        (
            {"component_weights": {"volumes": 1}},
            "no component 'volumes' is in this log; did you mean volume?",
        ),
    ],
    ids=str,
)
def test_a_name_that_nobody_knows_is_refused_with_what_looks_like_it(
    rules: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScenarioRefused) as refused:
        demand_names(scenario_of(rules), ROWS, Context())

    assert said in str(refused.value)


def test_known_names_pass() -> None:
    thresholds = {"wide_spread": 1.0, "volatility": 2.0}
    named = Scenario(guards_off=("spread",), thresholds=thresholds, strategy_weights={"drift": 1, "swing": 0})

    demand_names(named, ROWS, Context())


def test_a_components_weight_counts_by_its_share_in_the_scores() -> None:
    scenario = Scenario(component_weights={"volume": 0.0}, strategy_weights={"drift": 2.0})

    assert weights(ROWS, scenario).to_list() == pytest.approx([1.0, 0.4 / 0.6, 2.0])
