"""What knobs stand at: learned moves, overrides by hand, symbols, and the history of both."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from untaken.projections.figures import Figures
from untaken.projections.knob_state import in_force, knob_state_section
from untaken.projections.knobs import BY_NAME, KNOBS, knob_named
from untaken.schemas.columnar.columns import frame_of
from untaken.schemas.events.learning import KnobAdjusted
from untaken.schemas.events.runs import KnobOverridden

Event = KnobAdjusted | KnobOverridden

BOT = ("bot", "live")
START = datetime(2024, 1, 1, tzinfo=UTC)


def hour(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def us(hours: float) -> int:
    return round(hour(hours).timestamp() * 1_000_000)


def adjusted(hours: float, new: float, *, knob: str = "min_confidence", **fields: Any) -> KnobAdjusted:
    said: dict[str, Any] = {
        "id": f"a-{knob}-{hours}-{new}",
        "at": hour(hours),
        "bot": "bot",
        "knob": knob,
        "old": 0.25,
        "target": 0.32,
        "new": new,
        "rules": ["win_rate_below_45"],
        "cycle_id": "daily-1",
        "evidence": {"win_rate": 0.4},
    }
    return KnobAdjusted(**(said | fields))


def overridden(hours: float, new: float, *, knob: str = "min_confidence", **fields: Any) -> KnobOverridden:
    said: dict[str, Any] = {"id": f"o-{knob}-{hours}-{new}", "at": hour(hours), "bot": "bot", "by": "ada"}
    return KnobOverridden(**(said | {"knob": knob, "new": new} | fields))


def states(*events: Event, hours: float = 1_000, listed: bool = True) -> list[Figures]:
    moves = frame_of(KnobAdjusted, [event for event in events if isinstance(event, KnobAdjusted)])
    by_hand = frame_of(KnobOverridden, [event for event in events if isinstance(event, KnobOverridden)])
    return knob_state_section(moves, by_hand, us(hours), [BOT] if listed else [])


def state(*events: Event, hours: float = 1_000, knob: str = "min_confidence") -> Figures:
    (found,) = [
        each for each in states(*events, hours=hours) if each["knob"] == knob and each["symbol"] is None
    ]
    return found


def test_a_bot_that_nothing_moved_stands_at_its_defaults() -> None:
    found = states()

    assert [(each["knob"], each["current"], each["range"]) for each in found] == [
        (knob.name, knob.default, [knob.low, knob.high]) for knob in KNOBS
    ]
    assert all(
        each["target"] is None and each["history"] == [] and each["last_change"] is None for each in found
    )
    assert states(listed=False) == []


def test_the_last_move_of_a_cycle_stands_with_its_rules_and_evidence() -> None:
    found = state(adjusted(24, 0.264), adjusted(48, 0.2752, old=0.264), hours=60)

    assert (found["current"], found["target"], found["default"]) == (0.2752, 0.32, 0.25)
    assert (found["last_rules"], found["evidence"]) == (["win_rate_below_45"], {"win_rate": 0.4})
    assert found["last_change"] == "2024-01-03T00:00:00.000000Z"
    assert [(step["kind"], step["old"], step["new"]) for step in found["history"]] == [
        ("adjusted", 0.25, 0.264),
        ("adjusted", 0.264, 0.2752),
    ]


def test_moves_after_the_moment_asked_for_are_not_known_yet() -> None:
    assert state(adjusted(24, 0.264), adjusted(48, 0.2752), hours=30)["current"] == 0.264
    assert state(adjusted(24, 0.264), hours=24)["current"] == 0.264


def test_an_override_stands_before_what_cycles_learn_until_it_ends() -> None:
    events: list[Event] = [
        adjusted(1, 0.264),
        overridden(2, 0.4, until=hour(10), why="news"),
        adjusted(5, 0.2752),
    ]
    during, after = state(*events, hours=9), state(*events, hours=10)

    assert (during["current"], during["learned"], during["target"]) == (0.4, 0.2752, 0.32)
    assert during["override"] == {
        "new": 0.4,
        "by": "ada",
        "why": "news",
        "at": "2024-01-01T02:00:00.000000Z",
        "until": "2024-01-01T10:00:00.000000Z",
    }
    assert (after["current"], after["override"]) == (0.2752, None)
    assert [step["kind"] for step in after["history"]] == ["adjusted", "overridden", "adjusted"]


def test_of_several_overrides_the_newest_holds_and_one_that_ends_at_once_lifts() -> None:
    replaced: list[Event] = [overridden(1, 0.4), overridden(2, 0.5)]
    lifted = [*replaced, overridden(3, 0.5, until=hour(3))]

    assert state(*replaced)["current"] == 0.5
    assert state(*replaced)["override"]["until"] is None
    assert (state(*lifted)["current"], state(*lifted)["override"]) == (0.25, None)


def test_a_whole_knob_keeps_its_exact_value_and_is_used_rounded_half_even() -> None:
    found = [
        state(adjusted(1, new, knob="max_positions"), knob="max_positions") for new in (2.5, 3.5, 3.6, 2.8)
    ]

    assert [each["current"] for each in found] == [2.5, 3.5, 3.6, 2.8]
    assert [each["used"] for each in found] == [2.0, 4.0, 4.0, 3.0]


def test_a_symbols_value_beats_the_bots() -> None:
    found = states(adjusted(1, 0.3), adjusted(2, 0.4, symbol="BTC/USD"))

    assert in_force(found, *BOT, "min_confidence", "BTC/USD") == 0.4
    assert in_force(found, *BOT, "min_confidence", "ETH/USD") == 0.3
    assert in_force(found, *BOT, "min_confidence") == 0.3
    assert in_force(found, *BOT, "max_positions", "BTC/USD") == 3
    assert in_force(found, "nobody", "live", "min_confidence") is None
    assert [each["knob"] for each in found if each["symbol"] == "BTC/USD"] == ["min_confidence"]


def test_bots_and_modes_have_states_of_their_own() -> None:
    found = states(adjusted(1, 0.3), adjusted(2, 0.4, mode="paper"), adjusted(3, 0.5, bot="other"))

    assert in_force(found, *BOT, "min_confidence") == 0.3
    assert in_force(found, "bot", "paper", "min_confidence") == 0.4
    assert in_force(found, "other", "live", "min_confidence") == 0.5


def test_an_alias_names_the_same_knob() -> None:
    assert state(overridden(1, 0.4, knob="DT_EXEC_MIN_CONF"))["current"] == 0.4
    assert knob_named("DT_MAX_POSITIONS") == BY_NAME["max_positions"]
    assert knob_named("unheard of") is None


def test_a_knob_that_is_not_ours_is_listed_without_default() -> None:
    found = state(overridden(1, 7.0, knob="cooldown_s"), knob="cooldown_s")

    assert (found["current"], found["used"], found["default"], found["range"]) == (7.0, 7.0, None, None)


def test_values_are_clamped_to_the_range() -> None:
    knob = BY_NAME["min_confidence"]

    assert [knob.clamped(value) for value in (0.1, 0.3, 0.9)] == [0.15, 0.3, 0.6]


moves = st.builds(adjusted, st.integers(1, 9), st.sampled_from([0.2, 0.3, 0.4]))
by_hand = st.builds(
    lambda hours, new, lasts: overridden(hours, new, until=None if lasts is None else hour(hours + lasts)),
    st.integers(1, 9),
    st.sampled_from([0.2, 0.5]),
    st.none() | st.integers(0, 5),
)


@settings(deadline=None, max_examples=30)
@given(data=st.data(), hours=st.integers(0, 12))
def test_the_state_depends_neither_on_the_order_nor_on_copies_of_facts(data: Any, hours: int) -> None:
    events = data.draw(st.lists(moves | by_hand, max_size=6, unique_by=lambda event: event.id))
    shuffled = data.draw(st.permutations(events + events[:2]))

    assert states(*shuffled, hours=hours) == states(*events, hours=hours)


@pytest.mark.parametrize("frame", [pl.DataFrame(schema={"at": pl.Int64()})])
def test_no_facts_at_all_are_no_states(frame: pl.DataFrame) -> None:
    assert knob_state_section(frame, frame, us(1)) == []
