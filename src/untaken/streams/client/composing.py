"""From what a bot says to a valid event: common fields, aliases of symbols, derived ids, validation."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from untaken.errors import Refused
from untaken.schemas.base import Event
from untaken.schemas.ids import signal_id
from untaken.schemas.intervals import interval_us
from untaken.schemas.kinds import Mode
from untaken.schemas.runs import RunDeclared
from untaken.schemas.sentences import of_validation
from untaken.schemas.times import from_us, instant, to_us
from untaken.streams.client.errors import InvalidEvent
from untaken.streams.client.identity import DEFAULT_RUN, Ids
from untaken.streams.client.plain import plain
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
        fields = {name: plain(value) for name, value in given.items()}
        fields.setdefault("at", None)
        fields["id"] = fields.get("id") or self._ids.next()
        fields["at"] = fields["at"] or from_us(self._clock())
        fields["bot"] = self.bot
        fields["run"] = self.run if of_run else DEFAULT_RUN
        fields["mode"] = self.mode
        if self._aliases:
            self._name(fields)
        return valid(model, fields)

    def named(self, event: E) -> E:
        """Return an event with its symbol under its real name."""
        symbol = getattr(event, "symbol", None)
        if symbol not in self._aliases:
            return event
        fields = {"symbol": symbol, "meta": getattr(event, "meta", None)}
        self._name(fields)
        return event.model_copy(update=fields)

    def learn(self, declared: RunDeclared) -> None:
        """Take on the aliases that a run declares."""
        self._aliases = {**self._aliases, **(declared.symbols or {})}

    def signal_id(self, fields: Mapping[str, Any]) -> str:
        """Derive the id of a signal from its candle; without one, from the candle of its timeframe at its time."""
        symbol = str(fields["symbol"])
        return signal_id(
            self.bot,
            self.run,
            self._aliases.get(symbol, symbol),
            str(plain(fields["strategy"])),
            str(plain(fields["direction"])),
            self._candle(fields),
        )

    def _candle(self, fields: Mapping[str, Any]) -> datetime:
        try:
            if fields.get("candle_at") is not None:
                return instant(plain(fields["candle_at"]))
            at = instant(plain(fields["at"])) if fields.get("at") is not None else from_us(self._clock())
        except ValueError as problem:
            raise InvalidEvent(f"candle_at or at of a signal: {problem}") from None
        return _floored(at, fields.get("timeframe"))

    def _name(self, fields: dict[str, Any]) -> None:
        reported = fields.get("symbol")
        if reported in self._aliases:
            fields["symbol"] = self._aliases[reported]
            fields["meta"] = {**(fields.get("meta") or {}), "reported_symbol": reported}


def valid(model: type[E], fields: Mapping[str, Any]) -> E:
    """Return the event of the fields; raises `InvalidEvent` that names what is wrong."""
    try:
        return model(**fields)
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


def _floored(at: datetime, timeframe: object) -> datetime:
    try:
        length = interval_us(str(timeframe))
    except Refused:
        return at
    return from_us(to_us(at) // length * length)
