"""The settings that change results, by the dotted names of the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.reference.moments import SECOND
from tests.reference.numbers import basis_points, number

DEFAULTS: dict[str, Any] = {
    "shadow.size": 1000,
    "shadow.fee_bps": 5,
    "shadow.slippage_bps": 2,
    "shadow.take_profit_pct": 4,
    "shadow.stop_loss_pct": 2,
    "shadow.trailing_stop_pct": 0,
    "shadow.max_hold_s": 86400,
    "shadow.decision_window_s": 5,
    "shadow.grace_s": 3600,
    "log.horizon_s": 604800,
    "log.future_s": 300,
    "prices.source": {},
    "prices.use_quotes": [],
}


@dataclass(frozen=True)
class Settings:
    values: Mapping[str, Any]

    @classmethod
    def of(cls, changed: Mapping[str, Any]) -> "Settings":
        """Lay changed values over the defaults; raises KeyError for a name that nothing here reads."""
        for name in changed:
            DEFAULTS[name]
        return cls({**DEFAULTS, **changed})

    def number(self, name: str) -> Decimal:
        return number(self.values[name])

    def span(self, name: str) -> int:
        """Return a setting in seconds as microseconds."""
        return int(self.number(name) * SECOND)

    @property
    def fee(self) -> Decimal:
        return basis_points(self.values["shadow.fee_bps"])

    @property
    def slippage(self) -> Decimal:
        return basis_points(self.values["shadow.slippage_bps"])

    @property
    def sources(self) -> Mapping[str, str]:
        return dict(self.values["prices.source"])

    @property
    def quoted_symbols(self) -> frozenset[str]:
        return frozenset(self.values["prices.use_quotes"])
