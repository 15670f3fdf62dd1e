"""A log on Kafka with its prices: states of all partitions, computed here from the facts, read as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import polars as pl

from untaken.projections.definition import DAY, Projection
from untaken.projections.ledger import IDENTITY
from untaken.streams.store.rows import Kind
from untaken.streams.store.state import State
from untaken.streams.view import ORDER, Filters, View, Window

PART = "part"


class PartitionedView(View):
    """Partitions of one log, each at its own watermark, as one view of ledger rows and tables."""

    def __init__(self, parts: Sequence[View]) -> None:
        super().__init__(parts[0].chain.state)
        self._parts = parts
        self.watermark = max(part.watermark for part in parts)
        self.slowest_watermark = min(part.watermark for part in parts)
        self._places = pl.concat(
            part.columns("ledger", IDENTITY).with_columns(pl.lit(number, dtype=pl.Int32).alias(PART))
            for number, part in enumerate(parts)
        )

    def table(
        self, projection: Projection, window: Window, filters: Filters, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return sums over a window, of all partitions together."""
        whole = projection.merge([part.table(projection, window, filters) for part in self._parts])
        return whole if columns is None else whole.select(DAY, *columns)

    def ledger(self, window: Window | None = None, filters: Filters | None = None) -> pl.DataFrame:
        """Ledger rows of a window by `at`, sorted by time and identity."""
        return pl.concat(part.ledger(window, filters) for part in self._parts).sort(ORDER["ledger"])

    def columns(
        self, kind: Kind, names: Sequence[str], window: Window | None = None, filters: Filters | None = None
    ) -> pl.DataFrame:
        """Return some columns of the rows of a window, in any order."""
        return pl.concat(part.columns(kind, names, window, filters) for part in self._parts)

    def split(self, rows: pl.DataFrame) -> Iterator[tuple[View, pl.Series]]:
        """Yield every partition with the ledger rows that lie in it, as numbers of rows."""
        number = rows.select(IDENTITY).join(self._places, on=IDENTITY, how="left", maintain_order="left")[
            PART
        ]
        for place, part in enumerate(self._parts):
            mine = (number == place).arg_true()
            if len(mine):
                yield part, mine


def partition_files(url: str, partitions: int, cache: Path) -> list[Path]:
    """Return where the states of a log's partitions are kept between two questions."""
    folder = cache / "untaken" / "partitions" / sha256(url.encode()).hexdigest()[:16]
    return [folder / f"{number}.db" for number in range(partitions)]


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the user's folder of caches."""
    home = environment.get("XDG_CACHE_HOME")
    return Path(home) if home else Path("~/.cache").expanduser()


@contextmanager
def partitioned_view(files: Sequence[Path]) -> Iterator[PartitionedView]:
    """Open the states of all partitions for reading."""
    with ExitStack() as opened:
        states = []
        for file in files:
            states.append(State(file, writer=False))
            opened.callback(states[-1].close)
        yield PartitionedView([View(state) for state in states])
