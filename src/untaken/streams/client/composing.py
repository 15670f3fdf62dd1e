"""From what a bot says to a valid event: common fields, aliases of symbols, derived ids, validation."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import ValidationError

from untaken.errors import Refused
from untaken.schemas.base import Event
from untaken.schemas.events.runs import RunDeclared
from untaken.schemas.events.signals import SignalEmitted
from untaken.schemas.ids import signal_id
from untaken.schemas.intervals import interval_us
from untaken.schemas.kinds import Mode
from untaken.schemas.registry import DERIVED
from untaken.schemas.sentences import of_derived, of_validation
from untaken.schemas.times import from_us, instant, to_us
from untaken.streams.client.errors import InvalidEvent
from untaken.streams.client.identity import DEFAULT_RUN, Ids
from untaken.streams.client.plain import PLAIN, plain
from untaken.streams.logs.base import Clock

E = TypeVar("E", bound=Event)


class Composer:
    """Makes the events of one bot in one run and mode."""

    def __init__(self, bot: str, run: str, mode: Mode, ids: Ids, clock: Clock) -> None:
        self.bot = bot
        self.run = run
        self.mode = mode
        self._ids = ids
        self._clock = clock
        self._aliases: dict[str, str] = {}

    def compose(self, model: type[E], given: Mapping[str, Any], *, of_run: bool = True) -> E:
        """Return the event; what a feed reports belongs to no run. Raises `InvalidEvent`."""
        return valid(model, self._fields(given, self.run if of_run else DEFAULT_RUN))

    def signal(self, given: Mapping[str, Any]) -> SignalEmitted:
        """Return the event of a signal; where no `signal_id` is given it is derived from the candle."""
        fields = self._fields(given, self.run)
        if fields.get("signal_id") is None:
            fields["signal_id"] = signal_id(
                self.bot,
                self.run,
                str(fields["symbol"]),
                str(fields["strategy"]),
                str(fields["direction"]),
                _candle_of(fields),
            )
        return valid(SignalEmitted, fields)

    def named(self, event: E) -> E:
        """Return an event with its symbol under its real name; what engines derive is no bot's to report."""
        if event.type in DERIVED:
            raise InvalidEvent(f"{type(event).__name__}: {of_derived(event.type)}")
        symbol = getattr(event, "symbol", None)
        if symbol not in self._aliases:
            return event
        fields = {"symbol": symbol, "meta": getattr(event, "meta", None)}
        self._name(fields)
        return event.model_copy(update=fields)

    def learn(self, declared: RunDeclared) -> None:
        """Take on the aliases that a run declares."""
        self._aliases = {**self._aliases, **(declared.symbols or {})}

    def _fields(self, given: Mapping[str, Any], run: str) -> dict[str, Any]:
        fields = {name: value if type(value) in PLAIN else plain(value) for name, value in given.items()}
        fields["bot"] = self.bot
        fields["run"] = run
        fields["mode"] = self.mode
        if fields.get("id") is None:
            fields["id"] = self._ids.next()
        if fields.get("at") is None:
            fields["at"] = from_us(self._clock())
        if self._aliases:
            self._name(fields)
        return fields

    def _name(self, fields: dict[str, Any]) -> None:
        reported = fields.get("symbol")
        if reported in self._aliases:
            fields["symbol"] = self._aliases[reported]
            fields["meta"] = {**(fields.get("meta") or {}), "reported_symbol": reported}


def valid(model: type[E], fields: Mapping[str, Any]) -> E:
    """Return the event of the fields; raises `InvalidEvent` that names what is wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as problems:
        raise InvalidEvent(f"{model.__name__}: {of_validation(problems, model)}") from None


def close_of_bar(interval: str, open_at: datetime | str) -> datetime:
    """Return the time at which a bar closes; that of a month must be given, for months differ."""
    if interval.endswith("M"):
        raise InvalidEvent("MarketBar: at is missing: give the close time of a monthly bar")
    try:
        return instant(plain(open_at)) + timedelta(microseconds=interval_us(interval))
    except (Refused, ValueError) as problem:
        raise InvalidEvent(f"MarketBar: interval or open_at: {problem}") from None


def _candle_of(fields: Mapping[str, Any]) -> datetime:
    """Return the candle that a signal arose from: its own, or that of its timeframe at its time, or its time."""
    candle_at = fields.get("candle_at")
    try:
        if candle_at is not None:
            return instant(candle_at)
        at = instant(fields["at"])
    except ValueError as problem:
        raise InvalidEvent(f"SignalEmitted: candle_at or at: {problem}") from None
    length = _length_of(str(fields.get("timeframe")))
    return from_us(to_us(at) // length * length)


@lru_cache(maxsize=256)
def _length_of(timeframe: str) -> int:
    """Return the length of a timeframe in microseconds; 1 where it is in words of the bot's own."""
    try:
        return interval_us(timeframe)
    except Refused:
        return 1
