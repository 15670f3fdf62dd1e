"""What is listed about real trades because it cannot be as reported."""

from collections.abc import Mapping
from decimal import Decimal

from tests.reference.facts import Fact
from tests.reference.ledger import Identity, Row
from tests.reference.numbers import EXACT, price
from tests.reference.series import Market
from tests.reference.trades import RealTrade

FAR = Decimal("0.05")


def anomalies_of(trade: RealTrade, rows: Mapping[Identity, Row], market: Market) -> list[str]:
    """Return the kinds of anomalies of one trade, sorted."""
    found = {
        "pnl_sign_reversed": trade.reversed,
        "exit_not_after_entry": exits_not_after_entry(trade),
        "several_trades_of_one_identity": trade.reports > 1,
        "fill_against_verdict": against_verdict(trade, rows),
        "fill_outside_bar": any(is_far_outside(fill, market) for fill in trade.fills),
    }
    return sorted(kind for kind, is_so in found.items() if is_so)


def exits_not_after_entry(trade: RealTrade) -> bool:
    if not trade.closed or trade.entry_at is None or trade.exit_at is None:
        return False
    return trade.exit_at <= trade.entry_at


def against_verdict(trade: RealTrade, rows: Mapping[Identity, Row]) -> bool:
    """Whether the trade names a signal that its deciding attempt had blocked."""
    row = rows.get(trade.signal) if trade.signal is not None else None
    return row is not None and bool(row.life.blockers)


def is_far_outside(fill: Fact, market: Market) -> bool:
    """Whether a fill lies more than 5 % beyond the range of the bar of its time, where that counts whole."""
    piece = market.of(fill.symbol).covering(fill.at)
    if piece is None or not piece.whole:
        return False
    filled, sides = price(fill.body["price"]), (piece.bar.bid, piece.bar.ask)
    highest = max(max(side.open, side.high) for side in sides)
    lowest = min(min(side.open, side.low) for side in sides)
    return filled > EXACT.multiply(highest, 1 + FAR) or filled < EXACT.multiply(lowest, 1 - FAR)
