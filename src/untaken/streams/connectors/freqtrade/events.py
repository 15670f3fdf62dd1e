"""Events of freqtrade's trades on their way into a log, and what was refused on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pydantic import BaseModel, ValidationError

from untaken.schemas.base import Event
from untaken.schemas.codec import encode
from untaken.schemas.events.runs import StrategyExits
from untaken.schemas.registry import EVENTS
from untaken.schemas.sentences import of_validation
from untaken.schemas.times import to_us
from untaken.streams.connectors.report import MAX_EXAMPLES, Refusal, SourceReport
from untaken.streams.logs.base import Entry

_MODELS: Final[dict[str, type[BaseModel]]] = {
    **{model.__name__: model for model in EVENTS.values()},
    "StrategyExits": StrategyExits,
}


class Fault(NamedTuple):
    """A row that cannot be taken: its place or id, and why."""

    row: int
    error: Exception


def refusals(faults: list[Fault], what: str = "trade") -> list[Refusal]:
    """Group refused rows by what is wrong, whatever the value was; the sentence is that of the first."""
    groups: dict[object, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(_kind(fault.error), []).append(fault)
    return [
        Refusal(
            reason(group[0].error), len(group), tuple(f"{what} {fault.row}" for fault in group[:MAX_EXAMPLES])
        )
        for group in groups.values()
    ]


def reason(error: Exception) -> str:
    """Return what is wrong as a sentence."""
    if isinstance(error, ValidationError):
        return f"its {of_validation(error, _MODELS[error.title])}"
    return str(error)


def counted(events: Iterable[Event], source: SourceReport) -> Iterator[Entry]:
    """Yield the entries of events and count them in the report."""
    for event in events:
        at = to_us(event.at)
        source.add(event.type, 1, at, at)
        yield entry_of(event)


def entry_of(event: Event) -> Entry:
    return Entry(event.type, encode(event), getattr(event, "symbol", None), backfill=True)


def _kind(error: Exception) -> object:
    if isinstance(error, ValidationError):
        return tuple((problem["type"], problem["loc"]) for problem in error.errors(include_url=False))
    return str(error)
