"""Guards that have to be awaited, alone and in chains beside others."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.streams.client.builders import WAIT_S, async_emitter, events_of, run
from untaken.schemas.events.decisions import DecisionMade
from untaken.streams.client import (
    AsyncEmitter,
    AsyncGuard,
    AsyncSignalReceipt,
    Guard,
    GuardChain,
    GuardMisused,
    Verdict,
    guard,
)
from untaken.streams.client import HasSignal as Signal
from untaken.streams.logs.memory import MemoryLog


@guard(kind="portfolio", reason_code="balance")
async def funded(_: Signal, balance: Awaitable[float]) -> Verdict:
    """Ask the exchange for what is left."""
    return Verdict.at_least(await balance, 100.0)


@guard
async def calm(*_: object, **__: object) -> tuple[bool, str]:
    return False, "too wild"


@guard
def always(*_: object, **__: object) -> bool:
    return True


def with_signal(talk: Callable[[AsyncEmitter, AsyncSignalReceipt], Awaitable[None]]) -> list[DecisionMade]:
    """Let a bot talk about a signal, and return the decisions that it reported."""
    log = MemoryLog()

    async def bot() -> None:
        async with async_emitter(log) as reports:
            await talk(reports, reports.signal("BTC/USDT", "breakout", "long", 64_000.0, signal_id="s1"))
            assert await reports.flush(WAIT_S)

    run(bot())
    return [event for event in events_of(log) if isinstance(event, DecisionMade)]


async def later(balance: float) -> float:
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)
    return balance


def test_an_asynchronous_guard_is_awaited_and_reports() -> None:
    async def talk(reports: AsyncEmitter, signal: AsyncSignalReceipt) -> None:
        @guard(reports, name="rich", reason_code="balance")
        async def funded(_: Signal, balance: float) -> Verdict:
            """Say whether there is enough."""
            return Verdict.at_least(await later(balance), 100.0)

        assert isinstance(funded, AsyncGuard)
        assert funded.__doc__ == "Say whether there is enough."
        assert await funded(signal, 150.0)
        assert not await funded(signal, balance=50.0)

    passed, blocked = with_signal(talk)
    assert (passed.guard, passed.verdict, passed.value) == ("rich", "approved", 150.0)
    assert (blocked.verdict, blocked.value, blocked.threshold, blocked.reason_code) == (
        "blocked",
        50.0,
        100.0,
        "balance",
    )


def test_a_guard_that_need_not_be_awaited_reports_to_an_emitter_of_a_loop() -> None:
    async def talk(reports: AsyncEmitter, signal: AsyncSignalReceipt) -> None:
        @guard(reports)
        def narrow(_: Signal, spread_bps: float) -> Verdict:
            return Verdict.at_most(spread_bps, 5.0)

        assert isinstance(narrow, Guard)
        assert not narrow(signal, 9.0)

    (decision,) = with_signal(talk)
    assert (decision.guard, decision.verdict) == ("narrow", "blocked")


def test_a_chain_asks_guards_of_both_kinds_in_order() -> None:
    async def talk(reports: AsyncEmitter, signal: AsyncSignalReceipt) -> None:
        chain = GuardChain(reports, [always, calm, funded])
        verdict = await chain.ask_async(signal, balance=later(50.0), attempt=2, snapshot={"price": 64_001.0})

        assert (verdict.blockers, verdict.complete) == (("calm", "funded"), True)
        assert chain.declaration()["funded"] == {"kind": "portfolio", "order": 3}

    told = with_signal(talk)
    assert [(event.guard, event.seq, event.verdict, event.attempt) for event in told] == [
        ("always", 1, "approved", 2),
        ("calm", 2, "blocked", 2),
        ("funded", 3, "blocked", 2),
    ]
    assert [(event.final, event.chain_complete) for event in told] == [
        (None, None),
        (None, None),
        (True, True),
    ]
    assert all(event.snapshot is not None and event.snapshot.price == 64_001.0 for event in told)


def test_a_stopping_chain_awaits_nobody_after_the_first_block() -> None:
    async def talk(reports: AsyncEmitter, signal: AsyncSignalReceipt) -> None:
        async def never(_: Signal) -> bool:
            raise AssertionError

        verdict = await GuardChain(reports, [calm, never], stop_at_first=True).ask_async(signal)
        assert (verdict.blockers, verdict.complete) == (("calm",), False)

    (decision,) = with_signal(talk)
    assert (decision.final, decision.chain_complete) == (True, False)


def test_an_object_whose_call_is_asynchronous_is_a_guard_to_be_awaited() -> None:
    class Balance:
        """A guard with a connection of its own."""

        async def __call__(self, signal: Signal) -> bool:
            return signal.symbol == "BTC/USDT"

    async def talk(reports: AsyncEmitter, signal: AsyncSignalReceipt) -> None:
        asked = guard(reports, name="balance")(Balance())
        assert isinstance(asked, AsyncGuard)
        assert await asked(signal)

    (decision,) = with_signal(talk)
    assert decision.guard == "balance"


def test_an_asynchronous_guard_is_not_asked_where_nobody_can_await_it() -> None:
    async def talk(reports: AsyncEmitter, signal: AsyncSignalReceipt) -> None:
        with pytest.raises(GuardMisused, match=r"'calm' is asynchronous: await chain\.ask_async"):
            GuardChain(reports, [calm]).ask(signal)
        with pytest.raises(GuardMisused, match="has no emitter"):
            await calm(signal)

    assert with_signal(talk) == []
