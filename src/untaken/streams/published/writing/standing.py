"""Where a state stands: what of it is said with every publication."""

from __future__ import annotations

from typing import Any

import orjson

from untaken.streams.chain.chain import BEGINNING, Chain
from untaken.streams.published.form.progress import Progress, Series
from untaken.version import __version__

CROSSED = "crossed"


def progress(
    chain: Chain, app: str, partition: int, state: str, sequence: int, ends: dict[str, int]
) -> Progress:
    """Return the progress of a chain's state as it is now."""
    count = chain.state.connection.execute
    counters = count("SELECT name, key, n FROM counters WHERE name != ? ORDER BY name, key", (CROSSED,))
    # Settings are read by every partition; the first one tells of those that nobody can read yet.
    unread = count("SELECT count(*) FROM unread WHERE topic != 'settings' OR ? = 0", (partition,))
    newest = int(chain.state.get("newest") or BEGINNING)
    return Progress(
        partition=partition,
        state=state,
        sequence=sequence,
        position=chain.position,
        settings_end=chain.settings_end,
        watermark=chain.watermark if chain.watermark > BEGINNING else None,
        newest=newest if newest > BEGINNING else None,
        counters=[(str(name), str(key), int(n)) for name, key, n in counters],
        unread=int(unread.fetchone()[0]),
        settings_digest=chain.context.timeline.latest.digest,
        ends=dict(ends),
        untaken=__version__,
        app=app,
    )


def series(chain: Chain, partition: int) -> Series:
    """Return which prices a chain's state has."""
    prices = chain.stores.prices
    return Series(
        partition=partition,
        series=[
            (symbol, source, interval)
            for symbol in prices.symbols()
            for source, intervals in sorted(prices.series_of(symbol).items())
            for interval in sorted(intervals)
        ],
        crossed=prices.crossed_quotes(),
    )


class Publication:
    """What a state remembers of its last publication, in its own file."""

    def __init__(self, chain: Chain) -> None:
        self._state = chain.state

    @property
    def known(self) -> bool:
        """Whether what the topics say was published from this state, or compared with it."""
        return self._state.get("published") is not None

    @property
    def sequence(self) -> int:
        """Number of the last publication."""
        return int(self._read().get("sequence", 0))

    @property
    def ends(self) -> dict[str, int]:
        """Offset after the last record written, by output topic."""
        return dict(self._read().get("ends", {}))

    @property
    def prices(self) -> str:
        """Digest of the price series that were published last."""
        return str(self._read().get("prices", ""))

    def remember(self, sequence: int, ends: dict[str, int], prices: str) -> None:
        """Keep it; inside a transaction."""
        document = {"sequence": sequence, "ends": ends, "prices": prices}
        self._state.put("published", orjson.dumps(document).decode())

    def _read(self) -> dict[str, Any]:
        return dict(orjson.loads(self._state.get("published") or "{}"))
