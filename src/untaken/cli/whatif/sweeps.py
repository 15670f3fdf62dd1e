"""Sweeps of untaken replay what-if: a grid of scenarios, or weights that are looked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from untaken.cli.progress import progress_of
from untaken.cli.session import Session
from untaken.projections.figures import Figures
from untaken.replay.whatif.answer import Asked
from untaken.replay.whatif.counting import Tried, count_grid, count_look, tried
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused
from untaken.replay.whatif.sweeps.answer import Question, sweep
from untaken.replay.whatif.sweeps.grid import Axis, Grid, plain
from untaken.replay.whatif.sweeps.optimising import Parts, optimised
from untaken.replay.whatif.sweeps.patience import PATIENCE_S, Patience
from untaken.streams.logs.opening import is_archive
from untaken.streams.view import View

MOST_SHOWN_VALUES = 50
"""Values of an axis that are written into the log; of more the first, the last and how many."""


@dataclass(frozen=True)
class Wish:
    """How a sweep is to be computed."""

    asked: Asked
    book: str | None
    unlock: bool
    patient: bool
    """Whether it may take however long it takes."""


def swept(session: Session, view: View, grid: Grid, wish: Wish) -> Figures:
    """Compute a grid; all its scenarios are counted on the log, and the look at the locked days, if it is asked for."""
    before = _before(session, view, wish)
    with progress_of("executing") as advance:
        question = Question(grid, wish.asked, wish.book, _recorder(session, wish), _patience(wish, advance))
        answer = sweep(view, question, before)
    if answer["groups"]:
        _write_down(
            session,
            {"fixed": dict(grid.fixed), "axes": [_brief(axis) for axis in grid.axes]},
            grid.digest,
            grid.size,
        )
    return answer


def weighed(session: Session, view: View, parts: Parts, wish: Wish) -> Figures:
    """Look for weights; the scenarios that were computed for it are counted on the log."""
    before = _before(session, view, wish)
    question = Question(Grid({}, ()), wish.asked, None, _recorder(session, wish))
    answer = optimised(view, question, parts, before)
    if computed := answer.pop("computed"):
        _write_down(session, {"optimise": parts}, f"optimise-{parts}", computed)
    return answer


def _before(session: Session, view: View, wish: Wish) -> Tried:
    if wish.unlock and is_archive(session.log_url):
        raise ScenarioRefused(
            "--unlock: an archive is only read, so that the look could not be written down; import it into a log first"
        )
    with session.log(read_only=True) as opened:
        return tried(view, opened)


def _recorder(session: Session, wish: Wish) -> Callable[[Scenario, int], None] | None:
    def record(scenario: Scenario, look: int) -> None:
        with session.log() as opened:
            count_look(opened, scenario, look, _now_us())

    return record if wish.unlock else None


def _write_down(session: Session, rules: Figures, digest: str, size: int) -> None:
    """Count on the log what was tried; an archive is only read, so nothing is counted there."""
    if not is_archive(session.log_url):
        with session.log() as opened:
            count_grid(opened, rules, digest, size, _now_us())


def _brief(axis: Axis) -> Figures:
    if len(axis.values) <= MOST_SHOWN_VALUES:
        return axis.document()
    ends = {"first": plain(axis.values[0]), "last": plain(axis.values[-1]), "values": len(axis.values)}
    return {"rule": axis.rule, **ends}


def _patience(wish: Wish, advance: Callable[[int], None]) -> Patience:
    def note(done: int, of: int) -> None:
        del of
        advance(min(done, 1))

    return Patience(None if wish.patient else PATIENCE_S, note)


def _now_us() -> int:
    return time.time_ns() // 1000
