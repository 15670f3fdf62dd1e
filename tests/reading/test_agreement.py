"""What is read from Python is what the report says, for the same window and filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import untaken
from tests.properties.changes import with_settings
from tests.properties.logs import log_of_seed
from tests.reading.builders import written
from untaken.projections.knobs import KNOBS
from untaken.projections.signal_decay.figures import DELAYS
from untaken.reading.reader import Reader

GROUP = ("bot", "run", "mode", "currency")
CHOICES: tuple[dict[str, Any], ...] = (
    {"everything": True},
    {"hours": 24},
    {"days": 3.5},
    {"since": "2024-03-04T06:30:00Z", "until": "2024-03-04T19:10:30Z"},
    {"everything": True, "bot": "alpha"},
    {"everything": True, "mode": "backtest"},
    {"everything": True, "bot": "gamma", "run": "bt-1"},
    {"everything": True, "symbol": "EUR/USD"},
    {"everything": True, "strategy": "plain"},
    {"hours": 200, "strategy": "breakout", "symbol": "ADA/USD", "mode": "live"},
)


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.torture)])
def any_log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("agreement")
    with untaken.open(written(folder / "bot.db", with_settings(log_of_seed(request.param)))) as opened:
        yield opened


def chosen(log: Reader, **choice: Any) -> Reader:
    """Narrow a reader, leaving out names that this random log does not have."""
    known = {name: set(log.ledger()[name].to_list()) for name in ("bot", "run", "strategy", "symbol")}
    return log.where(**{name: value for name, value in choice.items() if value in known.get(name, {value})})


def of_group(group: dict[str, Any]) -> dict[str, Any]:
    return {name: group[name] for name in GROUP}


def exactly(money: Decimal | None) -> int | None:
    return None if money is None else int(money.scaleb(8))


def moments(frame: pl.DataFrame) -> Sequence[datetime]:
    return frame["at"].to_list()


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_guards_are_those_of_the_report(any_log: Reader, choice: dict[str, Any]) -> None:
    log = chosen(any_log, **choice)
    told = [
        {**of_group(group), **guard}
        for group in log.report()["groups"]
        for guard in group["guard_effectiveness"]["guards"]
    ]
    rows = log.where(exact=True).guards.to_dicts()

    assert len(rows) == len(told)
    for row, guard in zip(rows, told, strict=True):
        low, high = guard["interval_milli_r"] or (None, None)
        assert {name: row[name] for name in ("guard", "kind", "judged", "blocked", "verdict")} == {
            name: guard[name] for name in ("guard", "kind", "judged", "blocked", "verdict")
        }
        assert of_group(row) == of_group(guard)
        for name in ("avoided_loss", "missed_profit", "net_saved", "sole", "shapley"):
            assert row[f"{name}_e8"] == exactly(guard[name])
        assert (row["shapley_low_e8"], row["shapley_high_e8"]) == tuple(map(exactly, guard["shapley_bounds"]))
        assert (row["mean_saved_milli_r_low"], row["mean_saved_milli_r_high"]) == (low, high)
        assert row["failing_gates"] == guard["verdict_detail"]["failing_gates"]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_missed_opportunities_are_those_of_the_report(any_log: Reader, choice: dict[str, Any]) -> None:
    log = chosen(any_log, **choice)
    told = [
        (*of_group(group).values(), part["missed"], exactly(part["net_opportunity_cost"]), part["wins"])
        for group in log.report()["groups"]
        for section in [group["missed_opportunity"]]
        for parts in (
            [section],
            *(section[name] for name in ("reason_codes", "guards", "strategies", "symbols")),
        )
        for part in parts
    ]
    frame = log.where(exact=True).missed_opportunities
    wins = (pl.col("hypothetical_win_rate") * pl.col("counted")).round().cast(pl.Int64).fill_null(0)

    assert frame.select(*GROUP, "missed", "net_opportunity_cost_e8", wins).rows() == told


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_books_are_those_of_the_report(any_log: Reader, choice: dict[str, Any]) -> None:
    log = chosen(any_log, **choice)
    told = [
        (book, exactly(figures["pnl"]), figures["wins"], figures["sharpe"], exactly(figures["drawdown"]))
        for group in log.report()["groups"]
        for book in ("in_turn", "alone", "real")
        for figures in [group["shadow_performance"][book]]
    ]
    frame = log.where(exact=True).shadow_performance

    assert frame.select("book", "pnl_e8", "wins", "sharpe", "drawdown_e8").rows() == told


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_performance_is_that_of_the_report(any_log: Reader, choice: dict[str, Any]) -> None:
    log = chosen(any_log, **choice)
    told = [
        (
            dimension,
            row.get("value"),
            row["trades"],
            exactly(row["pnl"]),
            row["win_rate"],
            exactly(row["shadow"]["pnl"]),
        )
        for group in log.report()["groups"]
        for dimension, found in group["performance"].items()
        for row in ([found] if isinstance(found, dict) else found or [])
    ]
    frame = log.performance(exact=True)

    assert frame.select("dimension", "value", "trades", "pnl_e8", "win_rate", "shadow_pnl_e8").rows() == told


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_strategies_calibration_and_decay_are_those_of_the_report(
    any_log: Reader, choice: dict[str, Any]
) -> None:
    log = chosen(any_log, **choice)
    groups = log.report()["groups"]
    strategies = [
        (each["strategy"], each["real"]["trades"], exactly(each["shadow"]["pnl"]), each["shadow"]["rank"])
        for group in groups
        for each in group["strategy_leaderboard"]["strategies"]
    ]
    steps = [
        (source, step["from"], step["n"], step["wins"])
        for group in groups
        for source in ("real", "shadow")
        for step in group["calibration"][source]["table"]
    ]
    edges = [
        [decay["edge_ppm"][str(delay)] for delay in DELAYS]
        for group in groups
        for decay in [group["signal_decay"]["overall"]]
    ]
    decay = log.signal_decay

    assert (
        log.where(exact=True)
        .strategies.select("strategy", "real_trades", "shadow_pnl_e8", "shadow_rank")
        .rows()
        == strategies
    )
    assert log.calibration.select("source", "confidence_from", "n", "wins").rows() == steps
    assert decay.filter(part="overall")["edge_ppm"].to_list() == edges


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_rows_are_those_that_the_figures_are_made_of(any_log: Reader, choice: dict[str, Any]) -> None:
    log = chosen(any_log, **choice)
    ledger, in_turn = log.ledger(exact=True), pl.col("resolved") & ~pl.col("overlapped")
    if not choice.get("everything"):
        bounds = log.report()["window"]
        assert all(
            bounds["since"] <= f"{at:%Y-%m-%dT%H:%M:%S.%fZ}" < bounds["until"] for at in moments(ledger)
        )
    books = log.where(exact=True).shadow_performance.filter(book="in_turn")
    blocked = ledger.filter(pl.col("status") == "blocked").height

    assert books["pnl_e8"].sum() == ledger.filter(in_turn)["pnl_e8"].sum()
    assert ledger.filter(in_turn).height == books["trades"].sum()
    assert blocked == log.guards["first_blocked"].sum()


def test_knobs_of_every_bot_stand_at_their_defaults(log: Reader) -> None:
    frame = log.where(everything=True).knobs
    bots = log.ledger().select("bot", "mode").unique().height

    assert frame.height == bots * len(KNOBS)
    assert frame["used"].to_list() == frame["default"].to_list()
