"""Scenarios out of TOML files."""

from __future__ import annotations

import tomllib
from pathlib import Path

from untaken.replay.whatif.scenario import Scenario, ScenarioRefused, scenario_of

SEVERAL = "scenario"
"""Table of a file with several scenarios: [[scenario]]."""


def scenarios_in(path: Path) -> list[Scenario]:
    """Read the scenarios of a file: its rules at the top, or one [[scenario]] each.

    Raises ScenarioRefused where the file cannot be read or a rule cannot be.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ScenarioRefused(
            f"{path} cannot be read ({error.strerror}); name a TOML file with a scenario"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioRefused(
            f'{path} is no TOML: {error}; rules are written as: guards_off = ["spread"]'
        ) from None
    several = document.pop(SEVERAL, None)
    if several is None:
        return [scenario_of(document, str(path))]
    if document or not isinstance(several, list) or not all(isinstance(one, dict) for one in several):
        raise ScenarioRefused(
            f"{path}: write either one scenario at the top, or each of them under [[{SEVERAL}]]"
        )
    return [scenario_of(one, f"{path}, scenario {number}") for number, one in enumerate(several, 1)]
