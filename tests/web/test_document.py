"""The report document as a contract: what it holds does not change unnoticed."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.web import generated
from tests.web.test_answers_page import whole
from untaken.cli.session import as_json
from untaken.streams.answers import SECTIONS
from untaken.streams.engine import Engine
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.store.state import State
from untaken.streams.view import Filters, View
from untaken.web.reports.document import VERSION, Asked, Beside, document

SHAPE = Path(__file__).with_name("report_shape.txt")
BY_DATA = {"events", "dead_letters", "statuses", "crossed_quotes", "filters", "buckets", "edge_n", "edge_ppm",
           "paired_difference_ppm", "rules", "evidence", "what_if"}  # fmt: skip
"""Maps from names of the data, or of free form: not what is in them is the contract, but that they are maps."""


def shape_of(value: Any, path: str = "") -> dict[str, set[str]]:
    """Return the kinds of value at every place of a document; members of a list share a place."""
    if isinstance(value, dict):
        found: dict[str, set[str]] = {path: {"object"}} if path else {}
        if path.rpartition(".")[2] not in BY_DATA:
            for name, member in value.items():
                _add(found, shape_of(member, f"{path}.{name}" if path else name))
        return found
    if isinstance(value, list):
        found = {path: {"list"}}
        for member in value:
            _add(found, shape_of(member, f"{path}[]"))
        return found
    return {path: {_kind(value)}}


ALIKE = {
    r"performance\.(?!overall)[a-z_]+\[\]": "performance.<dimension>[]",
    r"missed_opportunity\.(guards|strategies|symbols)\[\]\.(?!guard$|strategy$|symbol$)": "missed_opportunity.<part>[].",
    r"signal_decay\.(overall|(strategies|symbols|pairs)\[\])\.(?!strategy$|symbol$)": "signal_decay.<part>.",
    r"calibration\.(real|shadow)\.": "calibration.<source>.",
}
"""Places that hold the same figures under several names."""


def lines_of(made: Any) -> list[str]:
    """Return the shape, a line a place: its name and what may stand there."""
    found: dict[str, set[str]] = {}
    for place, kinds in shape_of(made).items():
        name = place
        for pattern, alike in ALIKE.items():
            name = re.sub(pattern, alike, name)
        found.setdefault(name, set()).update(kinds)
    return [f"{place}: {' or '.join(sorted(found[place]))}" for place in sorted(found)]


def _add(found: dict[str, set[str]], more: dict[str, set[str]]) -> None:
    for place, kinds in more.items():
        found.setdefault(place, set()).update(kinds)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float | Decimal) else "text"


def reported() -> dict[str, Any]:
    """Return what a log with one declared run and nothing else reports, with the groups of a drawn bot."""
    log, state = MemoryLog(), State(None)
    Engine(log, state).run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    made = document(View(state), Asked(hours=None), log="memory:", version="0", now=None, lag=0)
    state.close()
    return {**made, "groups": [generated.group(generated.bot(days=60))]}


def test_the_document_is_what_its_shape_says() -> None:
    found = lines_of(orjson.loads(as_json(reported())))

    assert found == SHAPE.read_text("utf-8").splitlines(), (
        "a key that was added belongs into tests/web/report_shape.txt and docs/reference/report.md; "
        "one that went or changed its kind needs a new VERSION too (python -m tests.web.shape)"
    )


def test_the_document_names_its_version() -> None:
    assert reported()["document"] == VERSION


def test_every_group_has_every_section() -> None:
    (group,) = reported()["groups"]

    assert set(SECTIONS) <= set(group)


def test_a_saved_scenario_says_that_it_is_not_what_happened() -> None:
    log, state = MemoryLog(), State(None)
    Engine(log, state).run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    beside = Beside(scenario="no_spread", answers=({"scenarios": []},))
    asked = Asked(filters=Filters(bot="scout"))
    made = document(View(state), asked, log="memory:", version="0", now=None, lag=0, beside=beside)
    state.close()

    assert made["scenario"] == "no_spread"
    assert made["banners"][0]["code"] == "scenario"
    assert made["scenarios"] == [{"scenarios": []}]
    assert made["filters"] == {"bot": "scout"}


@pytest.mark.parametrize("place", ["groups", "banners", "log_health"])
def test_the_shape_would_tell_what_goes(place: str) -> None:
    found = shape_of(orjson.loads(as_json(whole())))

    assert shape_of(orjson.loads(as_json({k: v for k, v in whole().items() if k != place}))) != found
