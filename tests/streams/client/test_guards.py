"""Guards that report and chains that ask all of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.streams.client.builders import WAIT_S, Ticking, emitter, events_of
from untaken.schemas.events.decisions import DecisionMade, Snapshot
from untaken.streams.client import Emitter, GuardChain, GuardMisused, SignalReceipt, Verdict, guard
from untaken.streams.logs.memory import MemoryLog


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog(Ticking())


@pytest.fixture
def bot(log: MemoryLog) -> Iterator[Emitter]:
    with emitter(log) as made:
        yield made


@pytest.fixture
def signal(bot: Emitter) -> SignalReceipt:
    return bot.signal("BTC/USDT", "breakout", "long", 64_000.0, signal_id="s1")


def decisions(log: MemoryLog, bot: Emitter) -> list[DecisionMade]:
    assert bot.flush(WAIT_S)
    return [event for event in events_of(log) if isinstance(event, DecisionMade)]


@guard(kind="market", reason_code="spread")
def narrow_spread(_: SignalReceipt, spread_bps: float) -> Verdict:
    """Pass narrow spreads."""
    return Verdict.at_most(spread_bps, 5.0, snapshot={"price": 64_000.0, "spread_bps": spread_bps})


@guard(kind="portfolio", name="slots", reason_code="max_positions")
def free_slot(*_: object) -> tuple[bool, str]:
    return False, "3 of 3 open"


@guard
def always(*_: object, **__: object) -> bool:
    return True


def test_a_guard_reports_what_it_answers(log: MemoryLog, bot: Emitter, signal: SignalReceipt) -> None:
    @guard(bot, kind="stateless", reason_code="confidence_threshold")
    def confident(_: SignalReceipt, confidence: float) -> Verdict:
        return Verdict.at_least(confidence, 0.5)

    assert confident(signal, 0.7)
    assert not confident(signal, confidence=0.3)
    passed, blocked = decisions(log, bot)
    assert (passed.guard, passed.verdict, passed.kind) == ("confident", "approved", "stateless")
    assert (blocked.verdict, blocked.value, blocked.threshold, blocked.comparison) == (
        "blocked",
        0.3,
        0.5,
        ">=",
    )
    assert passed.reason_code == blocked.reason_code == "confidence_threshold"
    assert (passed.seq, passed.final, passed.chain_complete) == (None, None, None)


def test_a_chain_asks_every_guard_and_numbers_them(
    log: MemoryLog, bot: Emitter, signal: SignalReceipt
) -> None:
    chain = GuardChain(bot, [free_slot, narrow_spread, always])

    verdict = chain.ask(signal, 9.0, attempt=2)
    assert not verdict
    assert verdict.blockers == ("slots", "narrow_spread")
    assert verdict.complete
    told = decisions(log, bot)
    assert [(event.guard, event.seq, event.verdict) for event in told] == [
        ("slots", 1, "blocked"),
        ("narrow_spread", 2, "blocked"),
        ("always", 3, "approved"),
    ]
    assert [event.attempt for event in told] == [2, 2, 2]
    assert [(event.final, event.chain_complete) for event in told] == [
        (None, None),
        (None, None),
        (True, True),
    ]
    assert told[0].reason == "3 of 3 open"


def test_a_chain_that_nobody_blocks_approves(bot: Emitter, signal: SignalReceipt) -> None:
    verdict = GuardChain(bot, [narrow_spread, always]).ask(signal, spread_bps=1.0)

    assert verdict
    assert verdict.approved
    assert verdict.verdicts["narrow_spread"].value == 1.0


def test_a_chain_that_stops_at_the_first_block_says_that_it_is_incomplete(
    log: MemoryLog, bot: Emitter, signal: SignalReceipt
) -> None:
    verdict = GuardChain(bot, [always, free_slot, narrow_spread], stop_at_first=True).ask(signal, 9.0)

    assert (verdict.blockers, verdict.complete) == (("slots",), False)
    told = decisions(log, bot)
    assert [(event.guard, event.final, event.chain_complete) for event in told] == [
        ("always", None, None),
        ("slots", True, False),
    ]


def test_the_last_guard_of_a_stopping_chain_makes_it_complete(
    log: MemoryLog, bot: Emitter, signal: SignalReceipt
) -> None:
    verdict = GuardChain(bot, [always, free_slot], stop_at_first=True).ask(signal, 9.0)

    assert verdict.complete
    assert decisions(log, bot)[-1].chain_complete is True


def test_the_market_of_the_moment_stands_on_every_verdict_that_brings_none(
    log: MemoryLog, bot: Emitter, signal: SignalReceipt
) -> None:
    GuardChain(bot, [always, narrow_spread]).ask(signal, 9.0, snapshot={"price": 64_001.0})

    first, second = decisions(log, bot)
    assert first.snapshot == Snapshot(price=64_001.0)
    assert second.snapshot == Snapshot(price=64_000.0, spread_bps=9.0)


def test_a_guard_that_raises_ends_the_chain_without_a_final_decision(
    log: MemoryLog, bot: Emitter, signal: SignalReceipt
) -> None:
    def broken(_: SignalReceipt) -> bool:
        raise ZeroDivisionError

    def fine(_: SignalReceipt) -> bool:
        return True

    with pytest.raises(ZeroDivisionError):
        GuardChain(bot, [fine, broken, always]).ask(signal)
    (told,) = decisions(log, bot)
    assert (told.guard, told.final, told.chain_complete) == ("fine", None, None)


@pytest.mark.parametrize("answer", [None, "blocked", 1, 0.0, (True, 5), (True, "a", "b"), [True]])
def test_an_answer_that_is_no_verdict_is_refused(
    log: MemoryLog, bot: Emitter, signal: SignalReceipt, answer: Any
) -> None:
    @guard(bot)
    def unclear(_: SignalReceipt) -> object:
        return answer

    with pytest.raises(GuardMisused, match="guard 'unclear' answered"):
        unclear(signal)
    assert decisions(log, bot) == []


def test_booleans_of_numpy_are_booleans(bot: Emitter, signal: SignalReceipt) -> None:
    @guard(bot)
    def vectorised(_: SignalReceipt) -> object:
        return np.float64(1.0) > 2.0

    assert not vectorised(signal)
    assert Verdict.at_least(np.float64(3.0), 2.0).passed is True


def test_a_guard_without_an_emitter_cannot_be_asked_alone(signal: SignalReceipt) -> None:
    with pytest.raises(GuardMisused, match="has no emitter"):
        always(signal, 1.0)


def test_guards_of_a_chain_need_names_of_their_own(bot: Emitter) -> None:
    with pytest.raises(GuardMisused, match="each with its own name"):
        GuardChain(bot, [always, always])
    with pytest.raises(GuardMisused, match="at least one"):
        GuardChain(bot, [])


def test_a_guard_keeps_name_and_docstring_of_its_function() -> None:
    assert narrow_spread.__doc__ == "Pass narrow spreads."
    assert narrow_spread.name == "narrow_spread"


def test_a_chain_declares_its_guards(bot: Emitter) -> None:
    chain = GuardChain(bot, [narrow_spread, free_slot, always])
    bot.declare("USDT", guards=chain.declaration())

    assert bot.flush(WAIT_S)
    assert chain.declaration() == {
        "narrow_spread": {"kind": "market", "order": 1},
        "slots": {"kind": "portfolio", "order": 2},
        "always": {"order": 3},
    }
