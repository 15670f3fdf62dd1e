"""What the options of untaken replay what-if ask for: scenarios, or a grid of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from untaken.cli.whatif.options import PAIRS, RULES
from untaken.replay.whatif.files import asked_in
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused, scenario_of
from untaken.replay.whatif.sweeps.grid import Grid, grid_of, is_spread, spread

TEXTS = ("name", "guards_off")
"""Rules that are no numbers."""

Rules = dict[str, Any]


def asked_for(options: Mapping[str, Any], files: Sequence[Path]) -> list[Scenario] | Grid:
    """Return the scenarios of files and options, or the grid; raises ScenarioRefused where both are asked for."""
    fixed, axes = _rules(options)
    found = [asked_in(file) for file in files]
    grids = [one for one in found if isinstance(one, Grid)]
    scenarios = [one for several in found if isinstance(several, list) for one in several]
    if axes:
        fixed.pop("name", None)
        grids.append(grid_of(fixed, axes, where="what-if"))
    elif fixed or not found:
        scenarios.append(scenario_of(fixed, "what-if"))
    if not grids:
        return scenarios
    if len(grids) > 1 or scenarios:
        raise ScenarioRefused(
            "a sweep is asked for by itself: leave out the other scenarios, or write their rules into its file"
        )
    return grids[0]


def _rules(options: Mapping[str, Any]) -> tuple[Rules, Rules]:
    """Return rules with one value, and those with several."""
    fixed: Rules = {}
    axes: Rules = {}
    for option, rule in RULES.items():
        value = options[option]
        if value in (None, []):
            continue
        if rule in TEXTS:
            fixed[rule] = value
        elif rule in PAIRS:
            one, several = _pairs(PAIRS[rule], value)
            fixed |= {rule: one} if one else {}
            axes |= {f"{rule}.{name}": each for name, each in several.items()}
        else:
            (axes if is_spread(value) else fixed)[rule] = _numbers(_flag(option), value)
    return fixed, axes


def _pairs(option: str, texts: Sequence[str]) -> tuple[Rules, Rules]:
    one: Rules = {}
    several: Rules = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not (name and equals and value):
            raise ScenarioRefused(
                f"{option} was {text!r}; NAME=NUMBER is allowed, such as spread=0.5, or NAME=0.3:0.8:0.1"
            )
        if name in one or name in several:
            raise ScenarioRefused(
                f"{option} names {name!r} twice; one value each is allowed, or several as 1,2,4"
            )
        (several if is_spread(value) else one)[name] = _numbers(option, value, f"{name}=")
    return one, several


def _numbers(option: str, text: str, before: str = "") -> Any:
    """Return the number or the numbers of a text."""
    if is_spread(text):
        return spread(text, f"{option} {before}".strip())
    try:
        number = float(text)
    except ValueError:
        allowed = "NAME=NUMBER is allowed" if before else "a number is allowed"
        raise ScenarioRefused(
            f"{option} was {before + text!r}; {allowed}, such as {before}0.5, or several: {before}0.3:0.8:0.1"
        ) from None
    return int(number) if number.is_integer() else number


def _flag(option: str) -> str:
    return f"--{option.replace('_', '-')}"
