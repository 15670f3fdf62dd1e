"""A log as it would be under a what-if that was kept, and the report that the command prints."""

from __future__ import annotations

import json

import pytest

import untaken
from tests.cli.builders import a_morning
from tests.cli.commands import Untaken
from tests.cli.conftest import untaken as commands  # noqa: F401 - a fixture
from untaken.cli.session import as_json
from untaken.replay.whatif.scenario import ScenarioRefused


@pytest.fixture
def kept(commands: Untaken) -> Untaken:  # noqa: F811 - the fixture
    """Return a log with a blocked signal, and the scenario that lets it in."""
    commands.computed(*a_morning())
    assert commands("replay", "what-if", "--guard-off", "spread", "--save", "open", "--json").code == 0
    return commands


def test_the_report_is_the_one_that_the_command_prints(kept: Untaken) -> None:
    printed = json.loads(kept.done("report", "--all", "--json", "--log", "sqlite:///untaken.db").out)

    with untaken.open("sqlite:///untaken.db") as log:
        assert json.loads(as_json(log.report(everything=True))) == printed
    assert [each["name"] for each in printed["saved_scenarios"]] == ["open"]


@pytest.mark.usefixtures("kept")
def test_a_kept_scenario_is_read_like_the_log() -> None:
    with untaken.open("untaken.db") as log, untaken.open("untaken.db", scenario="open") as changed:
        assert log.ledger()["status"].to_list() == ["blocked"]
        assert changed.ledger()["status"].to_list() != ["blocked"]
        assert changed.where(everything=True).guards["blocked"].to_list() == [0]
        assert changed.report(everything=True)["scenario"] is not None


@pytest.mark.usefixtures("kept")
def test_a_scenario_that_was_not_kept_is_refused_with_those_that_were() -> None:
    with pytest.raises(ScenarioRefused, match="did you mean open"):
        untaken.open("untaken.db", scenario="opne")
