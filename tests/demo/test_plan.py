"""The planted market holds what was planted, whatever the seed."""

from __future__ import annotations

from collections import Counter

import pytest

from untaken.demo.plan import DAYS, PLANTINGS, SYMBOLS, Case, draw
from untaken.streams.connectors.candles.spacing import misfits

HOUR_US = 3_600_000_000
FEE, SLIP = 0.0005, 0.0002


def net(case: Case) -> float:
    """Return the result by hand, as a ratio of the size, at the costs of the settings."""
    side = 1 if case.direction == "long" else -1
    entry = case.price * (1 + side * SLIP)
    if case.style.take_profit_pct:
        level = entry * (1 + side * case.style.take_profit_pct / 100)
        stop = entry * (1 - side * case.style.stop_loss_pct / 100) * (1 - side * SLIP)
        leave = level if case.wins else stop
    else:
        leave = case.price * (1 + side * (1 if case.wins else -1) * case.style.move) * (1 - side * SLIP)
    return side * (leave - entry) / entry - FEE * (1 + leave / entry)


@pytest.mark.parametrize("seed", [1, 7, 2024])
def test_as_many_signals_win_and_lose_as_were_planted(seed: int) -> None:
    counts = Counter((case.guard, case.wins) for case in draw(seed).cases)

    for planting in PLANTINGS:
        winners = sum(days * each for days, each in planting.wins)
        assert counts[planting.guard, True] == winners
        assert counts[planting.guard, False] == planting.daily * DAYS - winners


def test_every_guard_meets_days_on_which_it_saves_and_days_on_which_it_costs() -> None:
    saved: Counter[tuple[str | None, int]] = Counter()
    for case in draw(7).cases:
        saved[case.guard, case.at // (24 * HOUR_US)] -= net(case)  # type: ignore[assignment]

    for planting in PLANTINGS:
        days = [value for (guard, _), value in saved.items() if guard == planting.guard]
        assert min(sum(day > 0 for day in days), sum(day < 0 for day in days)) >= 20


def test_the_prices_do_what_the_cases_say() -> None:
    plan = draw(7)
    closes = {
        (symbol, open_at + 900_000_000): close
        for symbol, open_at, close in plan.bars.select("symbol", "open_at", "close").iter_rows()
    }
    for case in plan.cases:
        end = closes[case.symbol, case.at + HOUR_US]
        side = 1 if case.direction == "long" else -1

        assert side * (end / case.price - 1) * (1 if case.wins else -1) == pytest.approx(
            case.style.move, abs=1e-6
        )


def test_the_bars_are_bars_and_no_two_signals_share_an_hour() -> None:
    plan = draw(7)
    bars = plan.bars.sort("symbol", "interval_us", "open_at")

    assert misfits(bars).null_count() == bars.height
    assert bars.filter((bars["high"] < bars["low"]) | (bars["low"] <= 0)).is_empty()
    assert len({(case.at, case.symbol) for case in plan.cases}) == len(plan.cases)
    assert set(bars["symbol"]) == set(SYMBOLS)
    assert max(case.at for case in plan.cases) < last_of(plan.bars["open_at"].max()) - 24 * HOUR_US


def last_of(value: object) -> int:
    assert isinstance(value, int)
    return value


def test_the_seed_decides_everything() -> None:
    assert draw(7).cases == draw(7).cases
    assert draw(7).bars.equals(draw(7).bars)
    assert draw(7).cases != draw(8).cases
