"""Scenarios that were kept: which there are, and the state that each of them would have made."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from untaken.projections.figures import Figures
from untaken.replay.whatif.documents import read
from untaken.replay.whatif.saving import ANSWER, RULES, saved_path
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused
from untaken.streams.store.state import State
from untaken.streams.view import View


@dataclass(frozen=True)
class Saved:
    """A scenario that lies beside a state."""

    name: str
    path: Path
    title: str
    """Its rules in a few words."""
    rules: dict[str, Any]
    digest: str
    answer: Figures | None
    """The document that it was answered with when it was kept; None if it was kept without."""


def saved_scenarios(state: Path) -> list[Saved]:
    """Return every scenario that was kept beside a state, by name."""
    return [_opened(name, path) for name, path in sorted(_files(state).items())]


@contextmanager
def saved_view(state: Path, name: str) -> Iterator[View]:
    """Open the state as it would be under a saved scenario, for reading.

    Raises ScenarioRefused where none is kept under that name.
    """
    demand_saved(state, name)
    opened = State(saved_path(state, name), writer=False)
    try:
        yield View(opened)
    finally:
        opened.close()


def answer_of(state: State) -> Figures | None:
    """Return what the scenario of a saved state was answered with; None of any other state."""
    text = state.get(ANSWER)
    return None if text is None else read(text)


def demand_saved(state: Path, name: str) -> None:
    """Raise ScenarioRefused unless a scenario is kept under a name; say which ones are."""
    known = _files(state)
    if name in known:
        return
    if not known:
        raise ScenarioRefused(
            f"no scenario {name!r} is kept; none is yet: untaken replay what-if ... --save {name} keeps one"
        )
    close = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(sorted(known))}"
    raise ScenarioRefused(f"no scenario {name!r} is kept beside {state.name}; {hint}")


def _files(state: Path) -> dict[str, Path]:
    head, tail = saved_path(state, "x").name.removesuffix(f"x{state.suffix}"), state.suffix
    names = (path.name for path in state.parent.glob(f"{_plain(head)}*{_plain(tail)}"))
    found = {name.removeprefix(head).removesuffix(tail) for name in names}
    return {name: saved_path(state, name) for name in found if "." not in name}


def _plain(text: str) -> str:
    """Return a text that a pattern takes by the letter."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)


def _opened(name: str, path: Path) -> Saved:
    opened = State(path, writer=False)
    try:
        rules, answer = orjson.loads(opened.get(RULES) or ""), answer_of(opened)
    except orjson.JSONDecodeError:
        raise ScenarioRefused(
            f"{path} does not say which rules it was made under; keep that scenario again with --save {name}"
        ) from None
    finally:
        opened.close()
    scenario = Scenario.model_validate(rules)
    return Saved(name, path, scenario.title, scenario.rules(), scenario.digest, answer)
