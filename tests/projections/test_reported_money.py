"""Money of a trade as a bot reported it: a JSON number is a double, so 15 significant digits are exact."""

from decimal import Decimal

import orjson
import pytest

from untaken.projections.figures import money
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.store.state import State
from untaken.streams.view import View


def reported(pnl: str) -> Decimal | None:
    """Return the result of a closed trade whose event says so."""
    log, state = MemoryLog(), State(None)
    trade = {
        "type": "trade.closed",
        "id": "t",
        "at": "2024-03-04T11:00:00Z",
        "bot": "bot",
        "trade_id": "t",
        "symbol": "BTC/USD",
        "direction": "long",
        "entry_at": "2024-03-04T10:00:00Z",
        "exit_at": "2024-03-04T11:00:00Z",
        "pnl_pct": 1.0,
        "exit_reason": "signal",
        "entry_price": 100.0,
        "exit_price": 101.0,
        "qty": 1.0,
        "pnl": "PNL",
    }
    told = orjson.dumps(trade).replace(b'"PNL"', pnl.encode())
    log.append([Entry("trade.closed", told, "BTC/USD", backfill=True)])
    engine = Engine(log, state)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    (row,) = View(engine.chain.state).trades().to_dicts()
    state.close()
    return money(row["reported_pnl_e8"])


@pytest.mark.parametrize("pnl", ["9999999.12345678", "-1234567.12345678", "12345678.1234567", "0.00000001"])
def test_reported_money_of_up_to_15_digits_is_exact(pnl: str) -> None:
    assert reported(pnl) == Decimal(pnl)


@pytest.mark.parametrize(
    ("pnl", "kept"),
    [("12345678.12345678", "12345678.1234568"), ("123456789.12345678", "123456789.123457")],
)
def test_of_more_digits_the_first_15_are_kept(pnl: str, kept: str) -> None:
    assert reported(pnl) == Decimal(kept)
