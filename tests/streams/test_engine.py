"""The engine: goes on where it stood, agrees with the log on its settings, begins anew where it must."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.streams.chain.engines import counters, differences, entries_of, log_of, run_through
from tests.streams.chain.records import DAY, HOUR, MINUTE, NOON, bars, declared, record, signal
from untaken.schemas.codec import decode
from untaken.schemas.settings import ResultSettings, SettingsRefused
from untaken.streams.chain.chain import Applied
from untaken.streams.engine import (
    Engine,
    SettingsDisagree,
    agree_on_settings,
    log_context,
    settings_entry,
    state_path,
)
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State

RECORDS = [declared(), *(signal(number, NOON + number * MINUTE) for number in range(20)), *bars(100)]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State(tmp_path / "state.db")
    yield opened
    opened.close()


def test_an_engine_that_is_started_again_reads_nothing_twice(tmp_path: Path) -> None:
    log = log_of(RECORDS)
    first = State(tmp_path / "state.db")
    Engine(log, first).step(50)
    first.close()
    second = State(tmp_path / "state.db")
    engine = Engine(log, second)
    rest = engine.step(1000)

    assert rest is not None
    assert rest.records == len(RECORDS) - 50
    assert engine.step() is None
    assert engine.chain.position == log.end()
    assert counters(engine.chain) == counters(run_through(log, State(None)))
    second.close()


def test_a_run_until_idle_tells_every_batch_and_returns_the_number_of_records(state: State) -> None:
    told: list[Applied] = []
    log = log_of(RECORDS)
    total = Engine(log, state).run(
        until_idle=True, batch_records=50, progress=told.append, stop=lambda: False
    )

    assert [applied.records for applied in told] == [50, 50, 21]
    assert total == len(RECORDS) == sum(applied.accepted for applied in told)


def test_an_engine_stops_between_two_batches_when_it_is_asked_to(state: State) -> None:
    told: list[Applied] = []
    log = log_of(RECORDS)
    engine = Engine(log, state)
    engine.run(until_idle=False, batch_records=50, progress=told.append, stop=lambda: len(told) == 2)

    assert engine.chain.position == {"log": 101}


def test_an_empty_log_gives_an_empty_state_that_begins_with_the_first_event(state: State) -> None:
    log = MemoryLog()
    engine = Engine(log, state)

    assert engine.step() is None
    log.append(entries_of(RECORDS))
    assert engine.step() is not None
    assert differences(engine.chain, run_through(log, State(None))) == {}


def test_a_horizon_that_changes_later_makes_the_engine_judge_everything_anew(state: State) -> None:
    late = signal(77, NOON, appended_at=NOON + 8 * DAY, backfill=False)
    log = log_of([*RECORDS, late])
    chain = run_through(log, state, [30, 60])
    before = chain.stores.rows.load_all("ledger").height
    log.append(
        entries_of(
            [record("settings.changed", "patience", NOON, settings={"log.horizon_s": 864_000}, digest="x")]
        )
    )
    chain = run_through(log, state)

    assert before == 20
    assert chain.stores.rows.load_all("ledger").height == 21
    assert chain.position == log.end()
    assert differences(chain, run_through(log, State(None))) == {}
    assert counters(chain) == counters(run_through(log, State(None)))


@pytest.mark.parametrize("values", [{"shadow.fee_bps": 9}, {"log.horizon_s": 604_800, "shadow.size": 5}])
def test_other_settings_correct_what_they_touch_without_beginning_anew(
    state: State, values: dict[str, float]
) -> None:
    log = log_of(RECORDS)
    chain = run_through(log, state, [60])
    log.append(entries_of([record("settings.changed", "costs", NOON, settings=values, digest="x")]))
    engine = Engine(log, state)
    applied = engine.step()

    assert applied is not None
    assert applied.records == 1
    assert differences(engine.chain, run_through(log, State(None))) == {}
    assert chain.position != engine.chain.settings_end


def test_a_change_of_the_horizon_for_times_to_come_begins_nothing_anew(state: State) -> None:
    log = log_of(RECORDS)
    run_through(log, state)
    later = "2024-03-09T00:00:00Z"
    change = record(
        "settings.changed", "p", NOON, settings={"log.horizon_s": 60}, digest="x", effective_at=later
    )
    first = record("settings.changed", "first", NOON - HOUR, settings={}, digest="x")
    log.append(entries_of([first, change]))
    applied = Engine(log, state).step()

    assert applied is not None
    assert applied.records == 2


def test_configured_settings_are_written_first_into_an_empty_log() -> None:
    log = MemoryLog()
    agree_on_settings(log, {"shadow.fee_bps": 10}, by="test")
    agree_on_settings(log, {"shadow.fee_bps": 10.0}, by="test")

    assert len(log.read(log.start(), 10)) == 1
    assert log_context(log).timeline.latest.shadow.fee_bps == 10


def test_no_configured_settings_write_nothing_and_agree_with_any_log() -> None:
    log = MemoryLog()
    agree_on_settings(log, {}, by="test")

    assert log.end() == log.start()


@pytest.mark.parametrize("begun_with", [{"shadow.fee_bps": 5.5}, {}])
def test_settings_that_disagree_with_the_log_are_refused_and_both_ways_out_are_named(
    begun_with: dict[str, float],
) -> None:
    log = MemoryLog()
    agree_on_settings(log, begun_with, by="test")
    log.append(entries_of([declared()]))

    with pytest.raises(SettingsDisagree, match=r"untaken settings set shadow\.fee_bps=7") as refusal:
        agree_on_settings(log, {"shadow.fee_bps": 7.0}, by="test")
    assert "take it out of the configuration" in str(refusal.value)


def test_a_settings_entry_is_a_valid_event_that_names_what_it_changes() -> None:
    entry = settings_entry(
        {"shadow.size": 250}, by="me", effective_at="2024-03-04T12:00:00Z", retroactive=True
    )
    event = decode(entry.value)

    assert (event.type, entry.symbol) == ("settings.changed", None)
    assert orjson.loads(entry.value)["digest"] == ResultSettings().changed({"shadow.size": 250}).digest


def test_a_settings_entry_names_the_digest_of_what_holds_with_it() -> None:
    now = ResultSettings().changed({"shadow.fee_bps": 7})
    entry = settings_entry({"shadow.size": 250}, by="me", over=now)

    assert orjson.loads(entry.value)["digest"] == now.changed({"shadow.size": 250}).digest
    assert orjson.loads(entry.value)["settings"] == {"shadow.size": 250}


def test_a_setting_that_does_not_exist_is_refused_before_anything_is_written() -> None:
    with pytest.raises(SettingsRefused, match=r"did you mean shadow\.fee_bps"):
        settings_entry({"shadow.fee_bp": 1}, by="me")


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("sqlite:///bot.db", "bot.state.db"),
        ("sqlite:////var/lib/bot.sqlite", "/var/lib/bot.state.sqlite"),
        ("sqlite:///bot", "bot.state.db"),
        ("bot.db", "bot.state.db"),
    ],
)
def test_the_state_lies_beside_its_log(url: str, state: str) -> None:
    assert state_path(url) == Path(state)


def test_a_log_in_memory_has_its_state_in_memory() -> None:
    assert state_path("memory://") is None


def test_a_log_that_is_opened_again_is_the_same_log(tmp_path: Path, state: State) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    log = open_log(url)
    log.append(entries_of(RECORDS))
    run_through(log, state, [40])
    log.close()
    again = open_log(url)

    assert Engine(again, state).step() is None
    again.close()
