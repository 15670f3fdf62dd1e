"""CSV and JSON Lines of any shape as events, through a mapping of their columns."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.streams.connectors.builders import notes, taken
from untaken.schemas.base import Event
from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.events.executions import TradeClosed
from untaken.schemas.events.market import ContextObserved, MarketBar
from untaken.schemas.events.runs import ImportCompleted, RunDeclared
from untaken.schemas.events.signals import SignalEmitted
from untaken.schemas.ids import signal_id
from untaken.streams.connectors.report import ImportRefused, ImportReport
from untaken.streams.connectors.tables import events_of, read_mapped, read_mapping

TEN = datetime(2024, 3, 4, 10, tzinfo=UTC)
SIGNALS = "at,symbol,strategy,direction,price"
ROW = "2024-03-04T10:00:00Z,BTC/USDT,breakout,long,64250"


def table(folder: Path, *lines: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def read(
    path: Path | list[Path],
    kind: str = "signals",
    mapping: Path | None = None,
    fields: Any = None,
    **common: Any,
) -> tuple[list[Event], ImportReport]:
    wishes = read_mapping(mapping, {"bot": "mine", **common}, {} if mapping else {kind: fields or {}})
    return taken(events_of(read_mapped([path] if isinstance(path, Path) else path, wishes)))


def first(folder: Path, *lines: str, **more: Any) -> Any:
    found, report = read(table(folder, *lines), **more)
    assert report.refused == 0, notes(report)
    return found[0]


def test_columns_that_are_called_like_fields_need_no_mapping(tmp_path: Path) -> None:
    found, report = read(table(tmp_path, SIGNALS, ROW), run="2024")
    signal, done = found

    assert isinstance(signal, SignalEmitted)
    assert (signal.at, signal.bot, signal.run, signal.mode) == (TEN, "mine", "2024", "live")
    assert (signal.symbol, signal.strategy, signal.direction, signal.price) == (
        "BTC/USDT",
        "breakout",
        "long",
        64250.0,
    )
    assert isinstance(done, ImportCompleted)
    assert report.counts == {"signal.emitted": 1}


def test_columns_are_known_by_what_other_tools_call_them(tmp_path: Path) -> None:
    signal = first(
        tmp_path, "Id,Time,Pair,strategyName,Side,Close,Score", f"s1,{1709546400},BTC/USDT,x,SELL,2,0.5"
    )

    assert (signal.signal_id, signal.direction, signal.confidence, signal.strategy) == (
        "s1",
        "short",
        0.5,
        "x",
    )
    assert (signal.price, signal.symbol) == (2.0, "BTC/USDT")


def test_a_mapping_beats_a_name(tmp_path: Path) -> None:
    fields = {"price": {"column": "limit"}, "strategy": {"value": "mine"}}
    signal = first(tmp_path, "at,symbol,strategy,direction,price,limit", ROW + ",64000", fields=fields)

    assert (signal.price, signal.strategy) == (64000.0, "mine")


def test_a_signal_without_id_gets_the_one_that_the_client_would_give_it(tmp_path: Path) -> None:
    signal = first(tmp_path, SIGNALS, ROW, run="2024")

    assert signal.signal_id == signal_id("mine", "2024", "BTC/USDT", "breakout", "long", TEN)


def test_a_signal_of_a_candle_is_known_when_that_has_closed(tmp_path: Path) -> None:
    fields = {"candle_at": {"column": "date"}, "timeframe": {"value": "5m"}}
    signal = first(tmp_path, SIGNALS.replace("at,", "date,"), ROW, fields=fields)

    assert (signal.candle_at, signal.at.minute, signal.timeframe) == (TEN, 5, "5m")


def test_percents_are_turned_into_fractions_by_a_factor(tmp_path: Path) -> None:
    fields = {"confidence": {"column": "score", "factor": 0.01}}

    assert first(tmp_path, SIGNALS + ",score", ROW + ",62", fields=fields).confidence == 0.62


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("2024-03-04T10:00:00Z", {}),
        ("2024-03-04 11:00:00+01:00", {}),
        ("1709546400", {}),
        ("1709546400000", {}),
        ("1709546400000000", {}),
        ("1709546400", {"unit": "s"}),
        ("1709546400000000000", {"unit": "ns"}),
        ("2024-03-04 05:00:00", {"timezone": "America/New_York"}),
        ("2024-03-04 10:00", {"timezone": "UTC"}),
        ("04.03.2024 10:00:00", {"timezone": "UTC"}),
    ],
)
def test_times_are_read_in_every_common_notation(tmp_path: Path, text: str, options: Any) -> None:
    assert first(tmp_path, SIGNALS, ROW.replace("2024-03-04T10:00:00Z", text), **options).at == TEN


def test_a_unit_that_is_said_is_believed(tmp_path: Path) -> None:
    # By their size these would be seconds of 2024; they are milliseconds of January 1970, which no event may have.
    _, report = read(table(tmp_path, SIGNALS, ROW.replace("2024-03-04T10:00:00Z", "1709546400")), unit="ms")

    assert "it must lie in the years 1990 to 2199" in notes(report)


def test_prices_may_have_a_decimal_comma(tmp_path: Path) -> None:
    row = "2024-03-04T10:00:00Z;BTC/USDT;breakout;long;64.250,5"

    stop = {"stop_loss_pct": {"value": 1.5}}
    signal = first(tmp_path, SIGNALS.replace(",", ";"), row, decimal=",", fields=stop)

    assert (signal.price, signal.stop_loss_pct) == (64250.5, 1.5)


def test_features_components_tags_and_snapshots_are_made_of_columns(tmp_path: Path) -> None:
    fields = {
        "features": ["rsi", "ema"],
        "tags": ["kind"],
        "components": {"columns": {"trend": "ema"}},
        "meta": ["note"],
    }
    signal = first(
        tmp_path, SIGNALS + ",rsi,ema,kind,note", ROW + ',31.5,,dip,"a ""quoted"", note"', fields=fields
    )

    assert signal.features == {"rsi": 31.5}
    assert (signal.components, signal.tags, signal.meta) == (None, ["dip"], {"note": 'a "quoted", note'})


def test_words_are_translated(tmp_path: Path) -> None:
    fields = {"direction": {"column": "way", "values": {"up": "long", "1": "long"}}}
    found, _ = read(
        table(
            tmp_path,
            "at,symbol,strategy,way,price",
            ROW.replace("long", "up"),
            ROW.replace("long", "1").replace("BTC", "ETH"),
        ),
        fields=fields,
    )

    assert [event.direction for event in found if isinstance(event, SignalEmitted)] == ["long", "long"]


MAPPING = """
bot = "mine"
run = "2024"
mode = "paper"
currency = "USDT"

[signals]
strategy = { value = "breakout" }

[decisions]
rows = "blocked_by"
guard = "blocked_by"
verdict = { value = "blocked" }
reason_code = { value = "spread" }

[decisions.snapshot]
price = "price"
spread_bps = "spread"
"""


def both(folder: Path, *rows: str) -> tuple[list[Event], ImportReport]:
    mapping = table(folder, MAPPING, name="mapping.toml")
    path = table(folder, "at,symbol,direction,price,blocked_by,spread", *rows)
    return taken(events_of(read_mapped([path], read_mapping(mapping, {}, {}))))


def test_one_row_can_be_a_signal_and_the_decision_about_it(tmp_path: Path) -> None:
    found, report = both(
        tmp_path,
        "2024-03-04T10:00:00Z,BTC/USDT,long,64250,spread,9.5",
        "2024-03-04T10:05:00Z,BTC/USDT,long,64300,,",
    )
    signals = [event for event in found if isinstance(event, SignalEmitted)]
    (decision,) = [event for event in found if isinstance(event, DecisionMade)]

    assert report.counts == {"decision.made": 1, "run.declared": 1, "signal.emitted": 2}
    assert decision.signal_id == signals[0].signal_id
    assert (decision.guard, decision.verdict, decision.mode) == ("spread", "blocked", "paper")
    assert decision.snapshot is not None
    assert (decision.snapshot.price, decision.snapshot.spread_bps, decision.snapshot.bid) == (
        64250.0,
        9.5,
        None,
    )
    assert isinstance(found[0], RunDeclared)


def test_a_row_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    found, report = both(
        tmp_path,
        "2024-03-04T10:00:00Z,BTC/USDT,long,64250,spread,wide",
        "2024-03-04T10:05:00Z,BTC/USDT,long,-5,spread,9.5",
        "2024-03-04T10:10:00Z,BTC/USDT,long,64300,spread,9.5",
    )

    assert [event.at.minute for event in found if isinstance(event, SignalEmitted | DecisionMade)] == [10, 10]
    assert "snapshot.spread_bps was not a number" in notes(report)
    assert "(first: line 2: 'wide')" in notes(report)
    assert "price was -5" in notes(report)


def test_trades_may_leave_out_what_the_rest_tells(tmp_path: Path) -> None:
    trade = first(
        tmp_path,
        "pair,side,open_date,close_date,open_rate,close_rate,amount,profit_abs",
        "BTC/USDT,buy,2024-03-04T10:00:00Z,2024-03-04T11:00:00Z,100,104,10,37.96",
        kind="trades",
    )

    assert isinstance(trade, TradeClosed)
    assert (trade.at, trade.entry_at, trade.qty, trade.pnl) == (trade.exit_at, TEN, 10.0, 37.96)
    assert trade.pnl_pct == pytest.approx(3.796)
    assert trade.exit_reason == "unknown"


def test_a_trade_without_a_result_is_not_invented(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="trades need pnl, and no column is called so"):
        first(
            tmp_path,
            "symbol,direction,entry_at,exit_at,entry_price,exit_price,qty",
            "BTC/USDT,long,2024-03-04T10:00:00Z,2024-03-04T11:00:00Z,100,104,10",
            kind="trades",
        )


def test_bars_close_when_their_interval_is_over_and_belong_to_the_feed(tmp_path: Path) -> None:
    path = table(tmp_path, "time,symbol,interval,open,high,low,close", "1709546400,BTC/USDT,5min,1,2,0.5,1.5")
    found, _ = taken(events_of(read_mapped([path], read_mapping(None, {}, {"bars": {}}))))
    bar = found[0]

    assert isinstance(bar, MarketBar)
    assert (bar.open_at, bar.at.minute, bar.interval, bar.bot) == (TEN, 5, "5m", "feed")


def test_readings_of_the_outside_need_no_bot(tmp_path: Path) -> None:
    path = table(tmp_path, "at,value", "2024-03-04T10:00:00Z,0.0001")
    wishes = read_mapping(None, {}, {"readings": {"name": {"value": "funding"}}})
    reading = taken(events_of(read_mapped([path], wishes)))[0][0]

    assert isinstance(reading, ContextObserved)
    assert (reading.name, reading.value, reading.symbol) == ("funding", 0.0001, None)


def test_json_lines_keep_their_nested_values(tmp_path: Path) -> None:
    row = {"at": 1709546400000, "ticker": "BTC/USDT", "strategy": "x", "side": "long", "price": 64250.5}
    more = {
        "features": {"rsi": 31.5},
        "tags": ["a", "b"],
        "roi_steps": [[0, 4], [30, 1.5]],
        "meta": {"deep": [{"n": None}]},
    }
    signal = first(tmp_path, json.dumps({**row, **more}))

    assert (signal.at, signal.features, signal.tags) == (TEN, {"rsi": 31.5}, ["a", "b"])
    assert (signal.roi_steps, signal.meta) == ([[0.0, 4.0], [30.0, 1.5]], {"deep": [{"n": None}]})


def test_a_name_that_only_a_later_line_has_is_a_column_too(tmp_path: Path) -> None:
    row = {
        "at": "2024-03-04T10:00:00Z",
        "symbol": "BTC/USDT",
        "strategy": "x",
        "direction": "long",
        "price": 1,
    }
    found, _ = read(table(tmp_path, json.dumps(row), json.dumps({**row, "price": 2, "confidence": 0.4})))

    assert [event.confidence for event in found if isinstance(event, SignalEmitted)] == [None, 0.4]


def test_compressed_files_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "signals.csv.gz"
    path.write_bytes(gzip.compress(f"{SIGNALS}\n{ROW}\n".encode()))

    assert read(path)[1].counts == {"signal.emitted": 1}


def test_the_same_table_gives_the_same_events_and_another_run_for_another_table(tmp_path: Path) -> None:
    one, other = table(tmp_path, SIGNALS, ROW), table(tmp_path, SIGNALS, ROW + "0", name="other.csv")

    assert read(one)[0] == read(one)[0]
    assert read(one)[0][0].run != read(other)[0][0].run


def test_files_of_one_import_are_one_run(tmp_path: Path) -> None:
    one, other = table(tmp_path, SIGNALS, ROW), table(tmp_path, SIGNALS, ROW + "0", name="other.csv")

    assert len({event.run for event in read([one, other])[0]}) == 1


def test_what_the_fast_way_writes_the_slow_way_reads_to_the_last_digit(tmp_path: Path) -> None:
    chance = random.Random(7)
    prices = [
        chance.choice([chance.random(), chance.random() * 10 ** chance.randint(-10, 12)]) + 1e-9
        for _ in range(700)
    ]
    rows = [f"{1709546400 + n},BTC/USDT,x,long,{price!r}" for n, price in enumerate(prices)]
    found, report = read(table(tmp_path, SIGNALS, *rows))

    assert report.refused == 0
    assert [event.price for event in found if isinstance(event, SignalEmitted)] == prices


def test_aliases_of_the_run_name_the_symbol_and_the_reported_name_is_kept(tmp_path: Path) -> None:
    wishes = read_mapping(None, {"bot": "mine", "run": "r"}, {"signals": {}})
    mapped = read_mapped([table(tmp_path, SIGNALS, ROW)], wishes)
    (signal, *_), _ = taken(events_of(mapped, aliases={("mine", "r"): {"BTC/USDT": "BTC/USDT:USDT"}}))

    assert isinstance(signal, SignalEmitted)
    assert (signal.symbol, signal.meta) == ("BTC/USDT:USDT", {"reported_symbol": "BTC/USDT"})


CELLS = st.sampled_from(["1.5", "-2", "", "x", "1e400", "nan", " 7 ", "0", "1_000", "0x10", "9" * 30])
WORDS = st.sampled_from(["long", "SHORT", "buy", "", "flat", "l\u00f6ng", "a;b", 'a"b', "a\\b", "\u0007"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, WORDS, WORDS), min_size=1, max_size=12, unique=True))
def test_every_row_is_either_an_event_that_the_codec_takes_or_counted_as_refused(
    tmp_path: Path, rows: list[tuple[str, str, str]]
) -> None:
    lines = [
        json.dumps({"at": 1709546400 + n, "price": p, "direction": d, "symbol": s})
        for n, (p, d, s) in enumerate(rows)
    ]
    fields = {"strategy": {"value": "x"}}
    found, report = read(table(tmp_path, *lines, name="any.jsonl"), fields=fields)
    signals = [event for event in found if isinstance(event, SignalEmitted)]

    assert len(signals) + report.refused == len(rows)
    for signal in signals:
        price, direction, symbol = rows[int(signal.at.timestamp()) - 1709546400]
        assert (signal.price, signal.symbol) == (float(price), symbol)
        assert signal.direction == {"buy": "long"}.get(direction, direction.lower())
