"""Scenarios and sweeps out of TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from untaken.replay.whatif.scenario import Scenario, ScenarioRefused, scenario_of
from untaken.replay.whatif.sweeps.grid import LOCKED_SHARE, Grid, grid_of

SEVERAL = "scenario"
"""Table of a file with several scenarios: [[scenario]]."""
SWEEP = "sweep"
"""Table of a file with axes: [sweep]."""


def asked_in(path: Path) -> list[Scenario] | Grid:
    """Read a file: its rules at the top, one [[scenario]] each, or fixed rules at the top and axes under [sweep].

    Raises ScenarioRefused where the file cannot be read or a rule cannot be.
    """
    document = _document(path)
    axes = document.pop(SWEEP, None)
    if axes is not None:
        return _grid(document, axes, path)
    several = document.pop(SEVERAL, None)
    if several is None:
        return [scenario_of(document, str(path))]
    if document or not isinstance(several, list) or not all(isinstance(one, dict) for one in several):
        raise ScenarioRefused(
            f"{path}: write either one scenario at the top, or each of them under [[{SEVERAL}]]"
        )
    return [scenario_of(one, f"{path}, scenario {number}") for number, one in enumerate(several, 1)]


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ScenarioRefused(
            f"{path} cannot be read ({error.strerror}); name a TOML file with a scenario"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioRefused(
            f'{path} is no TOML: {error}; rules are written as: guards_off = ["spread"]'
        ) from None


def _grid(fixed: dict[str, Any], axes: Any, path: Path) -> Grid:
    if not isinstance(axes, Mapping) or SEVERAL in fixed:
        raise ScenarioRefused(
            f"{path}: write fixed rules at the top and axes under [{SWEEP}], and no [[{SEVERAL}]] beside them"
        )
    axes = dict(axes)
    locked = axes.pop("locked_share", LOCKED_SHARE)
    if isinstance(locked, bool) or not isinstance(locked, int | float):
        raise ScenarioRefused(f"{path}: locked_share was {locked!r}; a number such as 0.4 is allowed")
    if not axes:
        raise ScenarioRefused(f'{path}: [{SWEEP}] is empty; name an axis, such as size = "500:2000:500"')
    fixed.pop("name", None)
    return grid_of(fixed, axes, float(locked), str(path))
