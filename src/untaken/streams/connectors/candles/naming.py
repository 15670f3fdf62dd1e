"""What file names say: symbol, interval and kind of candle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from untaken.streams.connectors.report import ImportRefused

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".feather", ".json", ".json.gz", ".zip", ".tsv", ".txt")

_INTERVAL = r"(?P<interval>[1-9]\d{0,4}[smhdwM])"
_FREQTRADE = re.compile(
    r"(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z0-9]+)(?:_(?P<settle>[A-Z0-9]+))?-"
    + _INTERVAL
    + r"(?:-(?P<kind>[a-z_]+))?"
)
_BINANCE = re.compile(r"(?P<symbol>[A-Z0-9]{4,30})-" + _INTERVAL + r"(?:-\d{4}-\d\d(?:-\d\d)?)?")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_WORDS = {
    "s": ("s", "sec", "second", "seconds"),
    "m": ("m", "min", "minute", "minutes", "t"),
    "h": ("h", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
}
_MICROSECONDS = 1_000_000
_NO_CANDLES = {
    "funding_rate": "holds funding rates, not candles",
    "trades": "holds single trades, not candles",
}


@dataclass(frozen=True)
class FileName:
    """What the name of a candle file says; None where it does not."""

    stem: str
    symbol: str | None = None
    interval: str | None = None
    kind: str | None = None
    freqtrade: bool = False


def read_name(path: Path) -> FileName:
    """Read freqtrade's `XRP_USDT_USDT-5m-futures` and Binance's `BTCUSDT-5m-2024-01`; else the stem alone."""
    stem = stem_of(path)
    if match := _FREQTRADE.fullmatch(stem):
        return _freqtrade(path, stem, match)
    if match := _BINANCE.fullmatch(stem):
        return FileName(stem, symbol=match["symbol"], interval=match["interval"])
    return FileName(stem)


def why_no_candles(path: Path) -> str | None:
    """Say what a file holds instead of candles where its freqtrade name tells; else None."""
    match = _FREQTRADE.fullmatch(stem_of(path))
    return _NO_CANDLES.get(match["kind"] or "") if match else None


def stem_of(path: Path) -> str:
    """Return the file name without the endings of formats and compression."""
    return re.sub(r"(\.(csv|tsv|txt|parquet|feather|json|gz|zip))+$", "", path.name, flags=re.IGNORECASE)


def interval_text(text: str) -> str:
    """Return an interval such as `5min`, `1H` or `1d` in the form `5m`, `1h`, `1d`.

    Raises ImportRefused for a month (its length varies) and for anything else.
    """
    match = re.fullmatch(r"\s*([1-9]\d{0,4})\s*([A-Za-z]+)\s*", text)
    if match and match[2] != "M":
        for unit, words in _WORDS.items():
            if match[2].lower() in words:
                return in_words(int(match[1]) * _SECONDS[unit] * _MICROSECONDS)
    raise ImportRefused(
        f"interval was {text[:40]!r}; write a number and s, m, h, d or w, for example 5m or 1h "
        "(calendar months have no fixed length and are not read)"
    )


def interval_us(text: str) -> int:
    """Return the length of an interval of the form `5m` in microseconds."""
    return int(text[:-1]) * _SECONDS[text[-1]] * _MICROSECONDS


def in_words(length_us: int) -> str:
    """Write a length in microseconds with the largest unit that divides it: 3,600,000,000 is `1h`."""
    seconds, rest = divmod(length_us, _MICROSECONDS)
    if rest or seconds <= 0:
        raise ImportRefused(
            f"bars {length_us / _MICROSECONDS:g} s apart have no interval: whole seconds are needed"
        )
    unit = next(unit for unit in ("w", "d", "h", "m", "s") if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def _freqtrade(path: Path, stem: str, match: re.Match[str]) -> FileName:
    if reason := why_no_candles(path):
        raise ImportRefused(f"{path}: freqtrade file that {reason}; leave it out")
    pair = f"{match['base']}/{match['quote']}" + (f":{match['settle']}" if match["settle"] else "")
    return FileName(stem, symbol=pair, interval=match["interval"], kind=match["kind"], freqtrade=True)
