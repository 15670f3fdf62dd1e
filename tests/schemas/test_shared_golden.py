"""The facts of the golden cases and the bars of the real feeds are all valid."""

import os
from datetime import timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest

from tests.schemas.building import bar
from untaken.schemas.codec import decode, encode
from untaken.schemas.columnar.bulk import decode_batch

SHARED = Path(os.environ.get("UNTAKEN_SHARED", Path(__file__).parents[3] / "shared"))

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason=f"{SHARED} is not there: set UNTAKEN_SHARED to the directory of the golden cases",
)


@needs_shared
def test_every_golden_event_is_valid_and_bulk_reads_the_same() -> None:
    payloads: dict[str, list[bytes]] = {}
    for file in sorted(SHARED.glob("golden/*/events.jsonl")):
        for line in file.read_bytes().splitlines():
            fields = orjson.loads(line)
            event = decode(orjson.dumps(fields.get("event", fields)))
            payloads.setdefault(event.type, []).append(encode(event))

    assert sum(map(len, payloads.values())) > 500
    for name, of_type in payloads.items():
        decoded = decode_batch(name, pl.Series(of_type, dtype=pl.Binary))
        assert (decoded.frame.height, decoded.refused, decoded.unread) == (len(of_type), [], [])


@needs_shared
@pytest.mark.parametrize("file", sorted(SHARED.glob("data/bars/*.parquet")), ids=lambda path: path.stem)
def test_the_bars_of_a_real_feed_are_valid(file: Path) -> None:
    rows = pl.read_parquet(file).sample(1_000, seed=1, with_replacement=True).iter_rows(named=True)
    sides = ["bid_open", "bid_high", "bid_low", "bid_close", "ask_open", "ask_high", "ask_low", "ask_close"]
    names = ["symbol", "open", "high", "low", "close", "volume", *sides]
    payloads = [
        encode(
            bar(
                open_at=row["ts"],
                at=row["ts"] + timedelta(minutes=1),
                **{name: row.get(name) for name in names},
            )
        )
        for row in rows
    ]

    decoded = decode_batch("market.bar", pl.Series(payloads, dtype=pl.Binary))

    assert decoded.refused == []
    assert decoded.frame.height == 1_000
