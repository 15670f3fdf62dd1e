"""The figures of docs/explanation/freqtrade-results.md, measured again through the commands."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.streams.connectors.builders import shared
from untaken.cli import main
from untaken.schemas.times import instant, to_us

TESTDATA, GENETRADER = "freqtrade_testdata", "GeneTrader_freqtrade_backtests_subset"
TESTDATA_BARS = "crypto_5m_freqtrade_btc_2018-01.parquet"
GENETRADER_BARS = "crypto_5m_binance_genetrader_2024-01_04.parquet"
ROI = {"40": 0.0, "30": 0.01, "20": 0.02, "0": 0.04}
"""What freqtrade's StrategyTestV3 has in its code, and the file lost."""

CANDLE_US = 300_000_000
UNIT_PPM = 10
"""One unit of 1e-8 BTC is this much of a stake of 0.001."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """A log after import, settings and engine; `log` is its URL."""

    log: str

    def json(self, *words: str) -> Any:
        return json.loads(_printed(*words, "--json", "--log", self.log))

    def errors(self) -> dict[str, tuple[int, float, int]]:
        """Return number, mean in percent and sign disagreements of the measured error, by bot."""
        groups = self.json("report", "--all")["groups"]
        found = {group["bot"]: group["shadow_performance"]["measured_error"] for group in groups}
        return {
            bot: (error["n"], round(error["mean_ppm"] / 1e4, 2), error["sign_disagreements"])
            for bot, error in found.items()
        }

    def anomalies(self) -> Counter[str]:
        return Counter(found["kind"] for found in self.json("report", "--all")["log_health"]["anomalies"])


def _printed(*words: str) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        status = main(words)

    assert status == 0
    return printed.getvalue()


def told(folder: Path, bars: str, results: Sequence[Path], *settings: str) -> Story:
    """Import candles and results, set, run."""
    log = f"sqlite:///{folder / 'story.db'}"
    _printed("import", "candles", str(shared("bars", bars)), "--log", log)
    _printed("import", "freqtrade", *map(str, results), "--log", log)
    _printed("settings", "set", *settings, "--retroactive", "--log", log)
    _printed("run", "--until-idle", "--log", log)
    return Story(log)


def place(price: float, candle: tuple[float, float, float] | None) -> str:
    """Say where a price lies in its candle: (open, high, low)."""
    if candle is None:
        return "no candle"
    first, high, low = candle
    if abs(price - first) <= 1e-9 * first:
        return "open"
    return "within" if low * (1 - 1e-9) <= price <= high * (1 + 1e-9) else "outside"


def places(trades: Sequence[Row], bars: str, side: str) -> Counter[str]:
    frame = pl.read_parquet(shared("bars", bars)).select(
        "symbol", pl.col("ts").dt.epoch("us"), "open", "high", "low"
    )
    candles = {(symbol, at): (first, high, low) for symbol, at, first, high, low in frame.iter_rows()}
    return Counter(
        place(row[f"{side}_price"], candles.get((row["symbol"], _us(row[f"{side}_at"])))) for row in trades
    )


def _us(text: str) -> int:
    return to_us(instant(text))


@pytest.fixture(scope="module")
def testdata(tmp_path_factory: pytest.TempPathFactory) -> Story:
    names = ("backtest-result.json", "backtest-result_multistrat.json")
    files = [shared("bots", TESTDATA, name) for name in names]
    return told(tmp_path_factory.mktemp("testdata"), TESTDATA_BARS, files, "shadow.fee_bps=25")


@pytest.fixture(scope="module")
def with_roi(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Give the first of the results its ROI table back, no slippage, and as long a hold as freqtrade has."""
    folder = tmp_path_factory.mktemp("with_roi")
    document = json.loads(shared("bots", TESTDATA, "backtest-result.json").read_text())
    document["strategy"]["StrategyTestV3"]["minimal_roi"] = ROI
    (folder / "backtest-result.json").write_text(json.dumps(document))
    settings = ("shadow.fee_bps=25", "shadow.slippage_bps=0", "shadow.max_hold_s=864000")
    return told(folder, TESTDATA_BARS, [folder / "backtest-result.json"], *settings)


@pytest.fixture(scope="module")
def genetrader(tmp_path_factory: pytest.TempPathFactory) -> Story:
    files = sorted(shared("bots", GENETRADER).iterdir())
    return told(tmp_path_factory.mktemp("genetrader"), GENETRADER_BARS, files, "shadow.fee_bps=10")


pytestmark = pytest.mark.xdist_group("freqtrade")


def test_entries_and_exits_of_the_test_data_lie_where_the_page_says(testdata: Story) -> None:
    trades = testdata.json("trades")["rows"]

    assert places(trades, TESTDATA_BARS, "entry") == {"open": 3 * 179}
    assert places(trades, TESTDATA_BARS, "exit") == {"open": 3 * 3, "within": 3 * 163, "outside": 3 * 13}


def test_the_money_of_the_test_data_is_three_different_sums(testdata: Story) -> None:
    trades = testdata.json("trades")["rows"]
    sums = {
        (bot, kind): round(sum(row[kind] for row in trades if row["bot"] == bot), 6)
        for bot in ("StrategyTestV3", "StrategyTestV2")
        for kind in ("reported_pnl", "computed_pnl")
    }

    assert sums == {
        ("StrategyTestV3", "reported_pnl"): 0.001042,
        ("StrategyTestV3", "computed_pnl"): 0.000144,
        ("StrategyTestV2", "reported_pnl"): 0.026085,
        ("StrategyTestV2", "computed_pnl"): 0.000144,
    }
    assert testdata.anomalies() == {}


def test_the_measured_error_of_the_test_data_says_not_to_believe_it(testdata: Story) -> None:
    assert testdata.errors() == {
        "StrategyTestV2": (177, -14.37, 62),
        "StrategyTestV3": (177, -0.42, 62),
        "TestStrategy": (177, -14.37, 62),
    }


def test_with_its_roi_table_the_shadow_leaves_as_freqtrade_did(with_roi: Story) -> None:
    trades = {row["signal_id"]: row for row in with_roi.json("trades")["rows"]}
    rows = [row for row in with_roi.json("ledger")["rows"] if row["resolved"]]
    apart = [
        row["return_ppm"] - round(trades[row["signal_id"]]["computed_pnl"] / row["size"] * 1e6)
        for row in rows
    ]
    later = Counter(
        (_us(row["exit_at"]) - _us(trades[row["signal_id"]]["exit_at"])) // CANDLE_US for row in rows
    )

    assert {row["exit_reason"] for row in rows} == {"roi", "stop_loss"}
    assert all(trades[row["signal_id"]]["exit_reason"] == row["exit_reason"] for row in rows)
    assert later == {1: 138, 0: 37, -2: 1}
    assert sum(abs(ppm) <= UNIT_PPM for ppm in apart) == 141
    assert (len(rows), min(apart) >= -UNIT_PPM, max(apart)) == (176, True, 8985)


def test_entries_and_exits_of_the_bot_lie_within_their_candles(genetrader: Story) -> None:
    trades = genetrader.json("trades")["rows"]
    entries = places(trades, GENETRADER_BARS, "entry")

    # Seven trades were added to later: their entry price is a mean, which no candle need have.
    assert entries == {"open": 528, "outside": 6, "within": 1}
    assert places(trades, GENETRADER_BARS, "exit") == {"open": 26, "within": 509}
    assert sum(row["pnl"] > 0 for row in trades) == 535


def test_the_measured_error_of_the_bot_names_the_missing_trailing_stop(genetrader: Story) -> None:
    assert genetrader.errors() == {
        "DailyBuyStrategy": (92, -0.57, 27),
        "DailyBuyStrategy_old": (65, -1.31, 22),
        "DailyBuy_gen1_20240905_213651_2813": (97, 0.37, 24),
        "DailyBuy_gen1_20240905_213651_6138": (94, 0.02, 28),
        "DailyBuy_gen1_20240905_213651_6160": (96, 0.26, 26),
        "DailyBuy_gen1_20240905_213651_6788": (91, 0.1, 27),
    }
    assert genetrader.anomalies() == {"exit_not_after_entry": 3}


def test_where_both_leave_by_roi_they_agree_exactly(genetrader: Story) -> None:
    trades = {(row["run"], row["signal_id"]): row for row in genetrader.json("trades")["rows"]}
    both = [
        row["error_ppm"]
        for row in genetrader.json("ledger")["rows"]
        if row["exit_reason"] == trades[row["run"], row["signal_id"]]["exit_reason"] == "roi"
    ]

    assert both == [0] * 17


def books(story: Story, book: str, *rules: str) -> dict[str, Row]:
    """Return one book of a what-if by bot."""
    (answer,) = story.json("replay", "what-if", *rules)["scenarios"]
    return {group["bot"]: group[book] for group in answer["groups"]}


def test_nothing_can_be_said_about_guards(with_roi: Story) -> None:
    (group,) = with_roi.json("report", "--all")["groups"]

    assert group["guard_effectiveness"]["guards"] == []
    assert group["missed_opportunity"]["missed"] == 0


def test_the_edge_of_the_test_data_is_gone_within_an_hour(with_roi: Story) -> None:
    decay = with_roi.json("report", "--all")["groups"][0]["signal_decay"]["overall"]
    later = {
        delay: (decay["edge_n"][delay], decay["paired_difference_ppm"][delay])
        for delay in ("300", "900", "3600")
    }

    assert decay["edge_n"]["0"] == 176
    assert round(decay["edge_ppm"]["0"]) == 2189
    assert {delay: (n, round(ppm)) for delay, (n, ppm) in later.items()} == {
        "300": (175, -681), "900": (175, -997), "3600": (175, -3163),
    }  # fmt: skip
    assert (decay["half_life"], decay["half_life_reason"]) == ("not identified", "delays")


@pytest.mark.parametrize(
    ("stop", "net", "difference"), [("5", 0.000171, -0.000215), ("2", -0.000264, -0.000649)]
)
def test_tighter_stops_seem_to_cost_and_are_not_told_apart_from_luck(
    with_roi: Story, stop: str, net: float, difference: float
) -> None:
    (found,) = books(with_roi, "in_turn", "--stop-loss", stop).values()

    assert (found["base"]["trades"], found["scenario"]["trades"]) == (176, 178)
    assert (round(found["scenario"]["pnl"], 6), round(found["difference"], 6)) == (net, difference)
    assert found["evidence"]["finding"] == "inconclusive"


@pytest.mark.parametrize(("limit", "trades", "net"), [("1", 71, 0.000007), ("3", 176, 0.000385)])
def test_one_position_at_a_time_would_have_left_little(
    with_roi: Story, limit: str, trades: int, net: float
) -> None:
    (found,) = books(with_roi, "capacity", "--max-positions", limit).values()

    assert (found["scenario"]["trades"], round(found["scenario"]["pnl"], 6)) == (trades, net)


def test_the_leaderboard_of_the_bot_shows_winners_that_the_shadow_does_not_have(genetrader: Story) -> None:
    groups = genetrader.json("report", "--all")["groups"]
    found = {}
    for group in groups:
        (row,) = group["strategy_leaderboard"]["strategies"]
        real, shadow = row["real"], row["shadow"]
        found[group["bot"][-4:]] = (
            *(real["trades"], real["win_rate"], round(real["pnl"], 2)),
            *(shadow["counted"], round(100 * shadow["win_rate"]), round(shadow["pnl"], 2)),
        )

    assert found == {
        "_old": (65, 1.0, 46.39, 43, 72, 22.01),
        "tegy": (92, 1.0, 17.3, 59, 68, 1.79),
        "2813": (97, 1.0, 8.21, 57, 72, 5.22),
        "6160": (96, 1.0, 8.17, 56, 66, 3.01),
        "6788": (91, 1.0, 7.39, 53, 66, 3.42),
        "6138": (94, 1.0, 6.8, 65, 68, 3.3),
    }


def test_the_course_of_the_edge_of_the_bot_goes_up_and_down(genetrader: Story) -> None:
    groups = genetrader.json("report", "--all")["groups"]
    decays = [group["signal_decay"]["overall"]["paired_difference_ppm"] for group in groups]
    found = [decay[delay] for decay in decays for delay in ("300", "900", "3600")]

    assert (round(min(found)), round(max(found))) == (-10641, 2149)


def test_small_gains_that_are_waited_for_win_every_trade_until_they_do_not(genetrader: Story) -> None:
    small = books(genetrader, "in_turn", "--take-profit", "0.6", "--max-hold", "2592000")
    stopped = books(genetrader, "in_turn", "--stop-loss", "5")
    four = [bot for bot in small if "gen1" in bot]

    assert {small[bot]["scenario"]["win_rate"] for bot in four} == {1.0}
    assert sorted(round(small[bot]["scenario"]["pnl"], 1) for bot in four) == [3.0, 3.1, 3.3, 3.3]
    assert {
        bot: (round(100 * found["scenario"]["win_rate"]), round(found["scenario"]["pnl"], 2))
        for bot, found in small.items()
        if bot not in four
    } == {"DailyBuyStrategy": (96, -6.6), "DailyBuyStrategy_old": (95, -17.21)}
    assert sorted(round(100 * stopped[bot]["scenario"]["win_rate"]) for bot in four) == [59, 60, 62, 65]
    assert sorted(round(stopped[bot]["scenario"]["pnl"], 2) for bot in four) == [-0.16, 0.05, 1.21, 1.77]


@pytest.mark.parametrize("name", ["testdata", "genetrader"])
def test_every_figure_follows_from_the_log(name: str, request: pytest.FixtureRequest) -> None:
    story: Story = request.getfixturevalue(name)

    assert story.json("replay", "verify")["clean"] is True
