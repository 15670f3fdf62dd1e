"""Ledgers of many signals for the what-if benchmarks, as an engine would have left them.

Rows are put into a state directly, for an engine would need an hour to make a million of them from their events.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from untaken.projections import ledger
from untaken.schemas.settings import ResultSettings
from untaken.streams.store.frames import DayFrames
from untaken.streams.store.state import State

FIRST_DAY = 18_628
DAY_US = 86_400_000_000
GUARD = "confidence"
CODE = "confidence_threshold"
THRESHOLD = 0.5


def frame_of(signals: int, days: int, seed: int = 1) -> pl.DataFrame:
    """Return ledger rows with a reference: resolved trades of some hours, let through or not by two guards."""
    chance = np.random.default_rng(seed)
    cuts = np.linspace(0, signals, days + 1).astype(int)
    parts = [_of_day(chance, day, range(cuts[day], cuts[day + 1])) for day in range(days)]
    return pl.concat(parts, rechunk=False)


def _of_day(chance: np.random.Generator, day: int, numbers: range) -> pl.DataFrame:
    signals = len(numbers)
    at = np.sort(chance.integers(0, DAY_US, signals)) + (FIRST_DAY + day) * DAY_US
    confidence = np.round(chance.random(signals), 3)
    wide = chance.random(signals) < 0.1
    low = confidence < THRESHOLD
    ppm = np.round(chance.standard_t(3, signals) * 8_000).astype(np.int64)
    held = chance.integers(60, 14_400, signals) * 1_000_000
    columns: dict[str, Any] = {
        "signal_id": pl.Series(np.array(numbers)).cast(pl.String),
        "symbol": pl.Series(chance.integers(0, 50, signals)).cast(pl.String) + "/USD",
        "at": at,
        "entry_at": at,
        "exit_at": at + held,
        "confidence": confidence,
        "pnl_e8": ppm * 100_000,
        "return_ppm": ppm,
        "milli_r": ppm // 20,
        "overlapped": chance.random(signals) < 0.3,
    }
    verdicts = [_verdict(GUARD, ~low, at, value=confidence), _verdict("spread", ~wide, at)]
    frame = pl.DataFrame(columns).with_columns(
        status=pl.when(pl.Series(low | wide)).then(pl.lit("blocked")).otherwise(pl.lit("approved")),
        blockers=pl.concat_list(
            pl.when(pl.Series(low)).then(pl.lit([GUARD])).otherwise(pl.lit([], dtype=pl.List(pl.String))),
            pl.when(pl.Series(wide)).then(pl.lit(["spread"])).otherwise(pl.lit([], dtype=pl.List(pl.String))),
        ),
        verdicts=pl.concat_list(*verdicts),
        asked=pl.lit([{"guard": GUARD, "kind": "stateless"}, {"guard": "spread", "kind": "market"}]),
        ref=pl.concat_str(pl.lit("s\x1fbench\x1fr1\x1f"), "signal_id"),
    )
    return completed(frame)


def _verdict(guard: str, passes: np.ndarray[Any, Any], at: Any, value: Any = None) -> pl.Series:
    judged = {} if value is None else {"value": value, "threshold": THRESHOLD, "comparison": ">="}
    code = CODE if guard == GUARD else guard
    given = {"guard": guard, "attempt": 1, "seq": 1, "at": at, "reason_code": code, **judged}
    frame = pl.DataFrame({"passes": passes}).with_columns(
        **{name: pl.Series(v) if isinstance(v, np.ndarray) else pl.lit(v) for name, v in given.items()},
        verdict=pl.when("passes").then(pl.lit("approved")).otherwise(pl.lit("blocked")),
    )
    cells = {
        field.name: pl.col(field.name) if field.name in frame.columns else pl.lit(None)
        for field in ledger.VERDICT.fields
    }
    return frame.select(
        pl.struct(cells[f.name].cast(f.dtype).alias(f.name) for f in ledger.VERDICT.fields)
    ).to_series()


_PLAIN: dict[str, Any] = {
    "bot": "bench", "run": "r1", "mode": "paper", "currency": "USD", "strategy": "swing", "direction": "long",
    "settings_digest": ResultSettings().digest, "size": 1000.0, "contract_size": 1.0, "fx": 1.0, "leverage": 1.0,
    "take_profit_pct": 4.0, "stop_loss_pct": 2.0, "trailing_stop_pct": 0.0, "max_hold_us": 14_400_000_000,
    "fee_bps": 5.0, "slippage_bps": 2.0, "grace_us": 3_600_000_000, "chain_complete": True, "resolved": True,
    "slippage_milli_r": 10, "over_cluster": False, "stop_assumed": False, "has_prices": True, "repeats": 0,
    "exit_reason": "time", "attempts": 1,
}  # fmt: skip


def completed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return all columns of ledger rows; what is not named is plain."""
    cells = []
    for name, dtype in {"ref": pl.String(), **ledger.COLUMNS}.items():
        known = pl.col(name) if name in frame.columns else pl.lit(_PLAIN.get(name))
        cells.append(known.cast(dtype).alias(name))
    return frame.select(cells)


def stored(frame: pl.DataFrame, path: Path, watermark: int | None = None) -> State:
    """Write rows into a state, and open it for reading; all clusters are closed at the watermark."""
    state = State(path)
    days = DayFrames(state.connection, "rows", "ledger", frame.clear())
    with state.transaction():
        for part in _days_of(frame):
            days.save(part, int(part["at"][0]) // DAY_US)
        newest = int(frame["at"].max())  # type: ignore[arg-type]  # whole numbers
        state.put("watermark", str(watermark or newest + 30 * DAY_US))
    state.close()
    return State(path, writer=False)


def _days_of(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Cut rows by day; texts are copied, as a slice would be stored with those of all days."""
    dated = frame.with_columns(day=pl.col("at") // DAY_US)
    parts = dated.partition_by("day", maintain_order=True, include_key=False)
    return [pl.DataFrame(part.sort("ref").to_arrow(compat_level=pl.CompatLevel.oldest())) for part in parts]
