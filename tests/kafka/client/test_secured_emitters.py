"""Both emitters report over TLS with a login; whoever is not let in is told why, and keeps the events."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.kafka.client.logs import PATIENT, SYMBOLS, every, ids_by_stream, with_topics
from tests.kafka.secured import WAYS, Secured, Way, each_way
from tests.streams.client.builders import WAIT_S, run
from untaken.streams.client import AsyncEmitter, Emitter, KafkaOptions


class Bots:
    """What every bot of a test is made with; `log` is read without a login."""

    def __init__(self, secured: Secured, prefix: str) -> None:
        self.secured = secured
        self.log = (secured.broker.url, prefix)
        with_topics(*self.log)

    def arrived(self) -> set[str]:
        return every(ids_by_stream(*self.log))

    def let_in(self, way: Way = WAYS["SCRAM over TLS"], **changes: Any) -> dict[str, Any]:
        """Return the arguments of an emitter that is let in, unless `changes` of the options prevent it."""
        url, options = way(self.secured)
        kafka = KafkaOptions(prefix=self.log[1], **{**options, **changes})
        return {"log": url, "bot": "demo", "kafka": kafka, "buffering": PATIENT, "spool": "kept"}


@pytest.fixture
def bots(secured: Secured, prefix: str) -> Bots:
    return Bots(secured, prefix)


@each_way
def test_an_emitter_reports_over_tls(bots: Bots, way: Way) -> None:
    with Emitter(**bots.let_in(way)) as bot:
        receipts = [bot.signal(symbol, "breakout", "long", 100.0) for symbol in SYMBOLS]
        assert None not in [receipt.wait(WAIT_S) for receipt in receipts]
        assert {receipt.state for receipt in receipts} == {"delivered"}
        assert bot.metrics.problem == ""

    assert bots.arrived() == {receipt.id for receipt in receipts}
    assert not Path("kept").exists()


@each_way
def test_an_emitter_on_asyncio_reports_over_tls(bots: Bots, way: Way) -> None:
    async def reported() -> set[str]:
        async with AsyncEmitter(**bots.let_in(way)) as bot:
            receipts = [bot.signal(symbol, "breakout", "long", 100.0) for symbol in SYMBOLS]
            assert None not in await asyncio.gather(*receipts)
            assert bot.metrics.problem == ""
            return {receipt.id for receipt in receipts}

    assert run(reported()) == bots.arrived()
    assert not Path("kept").exists()


def stranger() -> dict[str, Any]:
    """Return options that trust an authority which has not signed the broker's certificate."""
    trustme.CA().cert_pem.write_to_path("stranger.pem")
    return {"ssl_cafile": "stranger.pem"}


Changes = Callable[[], dict[str, Any]]

WRONG: dict[str, tuple[Changes, str]] = {
    "password": (lambda: {"sasl_password": "wrong"}, "refused the login"),
    "name": (lambda: {"sasl_username": "nobody"}, "refused the login"),
    "mechanism": (lambda: {"sasl_mechanism": "SCRAM-SHA-256"}, "refused the login"),
    "no password": (lambda: {"sasl_password": None}, "sasl_password are needed"),
    "authority": (stranger, "kafka.ssl_cafile"),
}
each_wrong = pytest.mark.parametrize(("changes", "sentence"), WRONG.values(), ids=WRONG)


def demand_one_sentence(problem: str, sentence: str, said: list[str]) -> None:
    """Fail unless the problem is told in one line of words, and once, however often it is tried again."""
    assert sentence in problem
    assert problem.startswith("the log cannot be written, events are kept in kept: ")
    assert "\n" not in problem
    assert said == [problem]


@each_wrong
def test_an_emitter_that_is_not_let_in_says_why_and_keeps_its_events(
    bots: Bots, changes: Changes, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with Emitter(**bots.let_in(**changes())) as bot:
        receipts = [bot.signal(symbol, "breakout", "long", 100.0) for symbol in SYMBOLS]
        while not bot.metrics.problem:
            assert not bot.flush(0.1)
        problem = bot.metrics.problem
    assert {receipt.state for receipt in receipts} == {"spooled"}
    demand_one_sentence(problem, sentence, caplog.messages)

    with Emitter(**bots.let_in()) as heir:
        assert heir.flush(WAIT_S)
    assert bots.arrived() == {receipt.id for receipt in receipts}


@each_wrong
def test_an_emitter_on_asyncio_that_is_not_let_in_says_why_and_keeps_its_events(
    bots: Bots, changes: Changes, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    async def reported() -> tuple[set[str], str]:
        async with AsyncEmitter(**bots.let_in(**changes())) as bot:
            receipts = [bot.signal(symbol, "breakout", "long", 100.0) for symbol in SYMBOLS]
            while not bot.metrics.problem:
                assert not await bot.flush(0.1)
            problem = bot.metrics.problem
        assert {receipt.state for receipt in receipts} == {"spooled"}
        return {receipt.id for receipt in receipts}, problem

    ids, problem = run(reported())
    demand_one_sentence(problem, sentence, caplog.messages)

    with Emitter(**bots.let_in()) as heir:
        assert heir.flush(WAIT_S)
    assert bots.arrived() == ids
