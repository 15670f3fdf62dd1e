"""The reports of planted logs, through the whole path: events, log, engine, figures."""

from functools import cache
from typing import Any

from tests.generators.planted import Bot
from tests.generators.telling import planted_log
from untaken.streams.answers import SECTIONS, Answers, Asked
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State
from untaken.streams.view import View

Report = dict[str, Any]
"""Figures by section."""


@cache
def reported(*bots: Bot, days: int = 60, seed: int = 1) -> dict[str, Report]:
    """Return the report of everything, by bot."""
    answers = Answers(read(planted_log(*bots, days=days, seed=seed)), Asked(hours=None))
    return {
        group.bot: {section: getattr(answers, section)(group) for section in SECTIONS}
        for group in answers.groups
    }


def read(entries: list[Entry]) -> View:
    """Return the view of an engine that has read these entries."""
    log = open_log("memory://")
    log.append(entries)
    engine = Engine(log, State(None))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    return View(engine.chain.state)


def named(rows: list[Report], **fields: Any) -> Report:
    """Return the one row of a section that says so."""
    (found,) = (row for row in rows if all(row[field] == value for field, value in fields.items()))
    return found
