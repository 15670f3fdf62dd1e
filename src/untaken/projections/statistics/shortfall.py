"""Implementation shortfall: what lies between the price decided on and the one that was had.

Source: Perold, The implementation shortfall: paper versus reality, Journal of Portfolio Management 14 (1988).
"""

from __future__ import annotations

from dataclasses import dataclass

BPS = 10_000


@dataclass(frozen=True)
class Shortfall:
    """Cost in bps of the decision price, against the trader where above 0."""

    delay: float
    """Until the order arrived, per unit filled."""
    execution: float
    """From arrival to fill, per unit filled."""
    opportunity: float
    """Of what was never filled, spread over all that was ordered."""
    total: float
    """Over all that was ordered."""


def shortfall(
    side: int, *, decided: float, arrived: float, filled: float, ended: float, fill_share: float
) -> Shortfall:
    """Return the parts of the shortfall. `side` is 1 for a long, -1 for a short; `fill_share` in [0, 1].

    >>> parts = shortfall(1, decided=100, arrived=100.05, filled=100.12, ended=101, fill_share=0.8)
    >>> [round(bps, 9) for bps in (parts.delay, parts.execution, parts.opportunity, parts.total)]
    [5.0, 7.0, 20.0, 29.6]
    """
    delay = side * (arrived - decided) / decided * BPS
    execution = side * (filled - arrived) / decided * BPS
    opportunity = side * (1 - fill_share) * (ended - decided) / decided * BPS
    return Shortfall(delay, execution, opportunity, fill_share * (delay + execution) + opportunity)
