"""Bots whose truth is known: what their guards, confidences, delays and strategies are worth is planted.

A signal wins b R or loses a fixed part of its risk, where b is drawn for every signal and how often it wins follows from the edge
that is planted: so that a mean result of e R is e R, whatever confidence is stated. Signals of one bot and day
share a factor, as trades on one market do. Between entry and exit the price goes the expected way of an edge that
halves every `half_life_s`, and at random beside it: who enters d seconds late has e 2^(-d / half_life) R left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from untaken.projections.definition import DAY_US
from untaken.projections.ledger import DELAYS_S

FIRST_DAY = 19_723
"""2024-01-01, in days since 1970-01-01."""
SLOT_S = 10_800
"""Signals of a strategy come in slots of three hours: each trade is over before the next begins."""
SLOTS = 8
HOLD_S = 7_200
SECOND_US = 1_000_000

COMMON = 0.3
"""Share of the variance that signals of a day have in common."""
LOSS_R = 0.8
"""A loser ends short of its stop, so that the time always ends the trade."""
LATE_LOSS_R = 0.5
LATE_ODDS = (0.2, 0.3, 0.4, 0.5)
"""The same, and the odds, where a trade is entered late as well: at a worse price, with a stop of its own."""
FAIR_ODDS = (0.3, 0.4, 0.5, 0.6)
"""How often a signal would win without an edge; what a winner brings follows from it."""
PRICE = 100.0
RISK = 0.02
"""One R as a ratio of the price: the stop."""
NOISE_R = 0.15
"""Standard deviation of the way there, at its middle."""


@dataclass(frozen=True)
class Guard:
    """A guard that blocks a share of the signals; in the mean, what it blocks would have lost `saves_r`.

    With a `threshold` it blocks what is less confident instead, and nothing else about it matters.
    """

    name: str = "coin"
    reason_code: str = "risk_limit"
    share: float = 0.3
    saves_r: float = 0.0
    threshold: float | None = None


@dataclass(frozen=True)
class Strategy:
    """A strategy and how it is executed."""

    name: str = "plain"
    signals_per_day: float = 4.0
    edge_r: float = 0.0
    """Mean result of a signal, entered at once."""
    worth_from: float = 0.0
    """Signals less confident than this lose what the others gain; only where confidence is drawn."""
    half_life_s: float | None = None
    """None: the edge stays until the trade ends."""
    delays: tuple[int, ...] = ()
    """Seconds after the entry at which there are prices."""
    fair_odds: tuple[float, ...] = FAIR_ODDS
    loss_r: float = LOSS_R
    confidence: Literal["honest", "drawn"] = "honest"
    """Honest: how often such a signal wins; drawn: says nothing of it."""
    overconfidence: float = 0.0
    """What is added to it when it is told."""
    decides_s: float = 0.2
    """Median time to the decision; below the five seconds after which it would not count."""
    fills_s: float = 0.4
    """Median time from the decision to the fill."""
    slips_bps: float = 0.0
    """What a fill loses against the price of its moment."""


def late(
    name: str = "late", signals_per_day: float = 4.0, *, edge_r: float = 0.0, half_life_s: float | None = None
) -> Strategy:
    """Return a strategy with prices at all delays, whose losers end short of any stop, however late the entry."""
    return Strategy(
        name,
        signals_per_day,
        edge_r=edge_r,
        half_life_s=half_life_s,
        delays=DELAYS_S,
        fair_odds=LATE_ODDS,
        loss_r=LATE_LOSS_R,
    )


@dataclass(frozen=True)
class Bot:
    """A bot over so many days; `common` is the share of variance that its signals of a day share."""

    name: str = "bot"
    strategies: tuple[Strategy, ...] = (Strategy(),)
    guards: tuple[Guard, ...] = (Guard(),)
    common: float = COMMON


@dataclass(frozen=True)
class Case:
    """One signal, and everything that is true of it."""

    bot: Bot
    strategy: Strategy
    number: int
    at: int
    """Microseconds, as every time here."""
    long: bool
    confidence: float
    blocked_by: Guard | None
    result_r: float
    """What it comes to, entered at once."""
    decided_at: int
    fill_at: int
    fill_r: float
    """How far the price had gone at the fill, slippage included."""
    gone_r: tuple[tuple[int, float], ...]
    """How far it had gone, by time after the decision, at every delay and at the exit."""

    @property
    def name(self) -> str:
        return f"{self.bot.name}-{self.strategy.name}-{self.number}"

    @property
    def symbol(self) -> str:
        return f"{self.bot.name}-{self.strategy.name}/USD"

    def price(self, gone_r: float) -> float:
        """Return the price where the trade is worth so many R."""
        return round(PRICE * (1 + (1 if self.long else -1) * RISK * gone_r), 9)


def cases(*bots: Bot, days: int = 60, seed: int = 1) -> list[Case]:
    """Draw the signals of every bot; a bot's depend on its name and the seed alone."""
    return [case for bot in bots for case in _of_bot(bot, days, seed)]


def _of_bot(bot: Bot, days: int, seed: int) -> Iterator[Case]:
    chance = np.random.default_rng([seed, *bot.name.encode()])
    market = chance.standard_normal(days)
    for strategy in bot.strategies:
        slots = chance.random((days, SLOTS)) < strategy.signals_per_day / SLOTS
        for number, (day, slot) in enumerate(np.argwhere(slots).tolist()):
            opened = (FIRST_DAY + day) * DAY_US + slot * SLOT_S * SECOND_US
            yield _case(bot, strategy, number, opened, float(market[day]), chance)


def _case(
    bot: Bot, strategy: Strategy, number: int, at: int, market: float, chance: np.random.Generator
) -> Case:
    fair, drawn = float(chance.choice(strategy.fair_odds)), round(float(chance.uniform(0.3, 0.8)), 2)
    blocked_by = _blocker(bot.guards, drawn, float(chance.random()))
    edge = strategy.edge_r if drawn >= strategy.worth_from else -strategy.edge_r
    if blocked_by and blocked_by.threshold is None:
        edge = -blocked_by.saves_r
    won_r = (1 - fair) * strategy.loss_r / fair
    odds = (edge + strategy.loss_r) / (won_r + strategy.loss_r)
    luck = math.sqrt(bot.common) * market + math.sqrt(1 - bot.common) * chance.standard_normal()
    result = won_r if luck < NormalDist().inv_cdf(odds) else -strategy.loss_r
    stated = (drawn if strategy.confidence == "drawn" else odds) + strategy.overconfidence
    decided = _lasting(strategy.decides_s, chance) if bot.guards else 0
    filled = _lasting(strategy.fills_s, chance)
    moments = [filled, *(delay * SECOND_US for delay in strategy.delays)]
    gone = _gone(strategy, edge, result, moments, chance)
    return Case(
        bot=bot,
        strategy=strategy,
        number=number,
        at=at,
        long=bool(chance.random() < 0.5),
        confidence=round(min(stated, 0.99), 4),
        blocked_by=blocked_by,
        result_r=result,
        decided_at=at + decided,
        fill_at=at + decided + filled,
        fill_r=gone[filled] + strategy.slips_bps / 10_000 / RISK,
        gone_r=tuple((moment, gone[moment]) for moment in (*moments[1:], HOLD_S * SECOND_US)),
    )


def _lasting(median_s: float, chance: np.random.Generator) -> int:
    """Draw a duration in microseconds, below a minute."""
    return round(min(median_s * float(chance.lognormal(0, 0.4)), 59.0) * SECOND_US)


def _blocker(guards: Sequence[Guard], confidence: float, drawn: float) -> Guard | None:
    """Return who blocks it: at most one, so that each is the sole blocker of what it blocks."""
    for guard in guards:
        if guard.threshold is not None and confidence < guard.threshold:
            return guard
        if guard.threshold is None and (drawn := drawn - guard.share) < 0:
            return guard
    return None


def _gone(
    strategy: Strategy, edge_r: float, result_r: float, moments_us: Sequence[int], chance: np.random.Generator
) -> dict[int, float]:
    """Return how far the price has gone at each moment after the decision, and at the end.

    In the mean it goes edge (1 - 2^(-d / half-life)); what the result differs from the edge comes in evenly, with
    a random bridge beside.
    """
    moments = sorted({*moments_us, HOLD_S * SECOND_US})
    seconds = np.array(moments) / SECOND_US
    steps = np.sqrt(np.diff(seconds, prepend=0.0) / HOLD_S)
    walk = np.cumsum(chance.standard_normal(len(moments)) * steps)
    shares = seconds / HOLD_S
    left = 1.0 if strategy.half_life_s is None else 2.0 ** (-seconds / strategy.half_life_s)
    gone = edge_r * (1 - left) + shares * (result_r - edge_r) + 2 * NOISE_R * (walk - shares * walk[-1])
    gone[-1] = result_r
    return dict(zip(moments, np.maximum(gone, -0.95).tolist(), strict=True))
