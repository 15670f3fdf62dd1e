"""The edge: lines become events or dead letters; nothing vanishes, nothing raises."""

from base64 import b64decode
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.streams.chain.records import NOON, declared, signal
from tests.streams.logs.builders import Ticking
from untaken.streams.edge import Edge, emit_lines
from untaken.streams.logs.base import Entry
from untaken.streams.logs.memory import MemoryLog

EVENT = signal()["event"]
ALIASES = {("demo", "default"): {"XBT": "BTC/USD"}}


def line(**more: Any) -> bytes:
    return orjson.dumps({**EVENT, **more})


def passed(*lines: bytes, aliases: Any = None, backfill: bool = False) -> tuple[list[Entry], Edge]:
    edge = Edge(aliases or {}, origin="bot.jsonl", backfill=backfill)
    return list(edge.entries(lines)), edge


def event_of(entry: Entry) -> Any:
    return orjson.loads(entry.value)


def test_a_valid_line_becomes_an_entry_keyed_by_its_symbol() -> None:
    entries, edge = passed(line())

    assert [(entry.type, entry.symbol) for entry in entries] == [("signal.emitted", "BTC/USD")]
    assert (entries[0].backfill, entries[0].appended_at) == (False, None)
    assert (edge.emitted.accepted, edge.emitted.lines) == (1, 1)


@pytest.mark.parametrize("backfill", [True, False])
def test_whoever_emits_says_whether_plain_lines_are_history(*, backfill: bool) -> None:
    entries, _ = passed(line(), backfill=backfill)

    assert entries[0].backfill is backfill


def test_an_alias_is_replaced_and_the_reported_name_kept() -> None:
    entries, _ = passed(line(symbol="XBT", meta={"note": "kept"}), line(symbol="XBT"), aliases=ALIASES)

    assert [entry.symbol for entry in entries] == ["BTC/USD", "BTC/USD"]
    assert event_of(entries[0])["meta"] == {"note": "kept", "reported_symbol": "XBT"}
    assert event_of(entries[1])["symbol"] == "BTC/USD"


@pytest.mark.parametrize("whose", [{"bot": "other"}, {"run": "other"}])
def test_an_alias_of_one_run_means_nothing_to_another(whose: dict[str, str]) -> None:
    entries, _ = passed(line(symbol="XBT", **whose), aliases=ALIASES)

    assert entries[0].symbol == "XBT"
    assert "meta" not in event_of(entries[0])


def test_an_alias_holds_from_its_declaration_on_within_one_input() -> None:
    declaration = orjson.dumps(declared(symbols={"ETHUSD": "ETH/USD"})["event"])
    entries, _ = passed(line(symbol="ETHUSD"), declaration, line(symbol="ETHUSD"))

    assert [entry.symbol for entry in entries] == ["ETHUSD", None, "ETH/USD"]


def test_an_envelope_keeps_when_the_event_was_appended_and_whether_it_was_history() -> None:
    whole = {"event": EVENT, "appended_at": "2024-03-04T12:00:01.5Z", "backfill": True}
    bare = {"event": EVENT}
    entries, _ = passed(orjson.dumps(whole), orjson.dumps(bare), backfill=False)

    assert (entries[0].appended_at, entries[0].backfill) == (NOON + 1_500_000, True)
    assert (entries[1].appended_at, entries[1].backfill) == (None, False)
    assert event_of(entries[0]) == event_of(entries[1]) == {**EVENT, "run": "default", "mode": "live"}


@pytest.mark.parametrize(
    ("envelope", "told"),
    [
        ({"event": EVENT, "appended_at": "yesterday"}, "appended_at was 'yesterday'"),
        ({"event": EVENT, "appended_at": 17}, "appended_at was 17"),
        ({"event": EVENT, "backfill": "false"}, "backfill was 'false'; true or false is allowed"),
        ({"event": EVENT, "backfil": True}, "type is missing"),
        ({"event": []}, "type is missing"),
        ({"event": {**EVENT, "price": 0}}, "price was 0"),
    ],
)
def test_a_wrong_envelope_is_refused_and_says_what_is_wrong(envelope: dict[str, Any], told: str) -> None:
    entries, edge = passed(orjson.dumps(envelope))

    assert entries[0].type == "dead.lettered"
    assert told in edge.emitted.examples[0]


@pytest.mark.parametrize(
    ("bad", "code", "told"),
    [
        (b'{"type":"signal.em', "unreadable", "this is not JSON"),
        (b"\xff\xfe\x00", "unreadable", "it is not UTF-8"),
        (line().replace(b"demo", b"d\xc3\x28mo"), "unreadable", "it is not UTF-8"),
        (b"null", "unreadable", "an event is a JSON object"),
        (b"[" * 100_000, "unreadable", "this is not JSON"),
        (line() + b" and more", "unreadable", "this is not JSON"),
        (line(pirce=1), "invalid", "pirce"),
        (line(type="signal.emited"), "invalid", "signal.emitted"),
        (line(price=float("1e300")), "invalid", "price was 1e+300: it must be at most"),
        (line(v=2), "invalid", "upgrade it first"),
        (b"x" * 20_000_000, "too_large", "the event has 20,000,000 bytes"),
    ],
)
def test_a_bad_line_becomes_a_dead_letter_with_its_bytes_and_one_clear_sentence(
    bad: bytes, code: str, told: str
) -> None:
    entries, edge = passed(line(), bad, line())
    letter = event_of(entries[1])

    assert [entry.type for entry in entries] == ["signal.emitted", "dead.lettered", "signal.emitted"]
    assert (letter["code"], letter["origin"], letter["position"]) == (code, "bot.jsonl", 2)
    assert told in letter["sentence"]
    assert "\n" not in letter["sentence"]
    assert len(letter["sentence"]) < 600
    assert b64decode(letter["raw"]) == bad[: 1 << 20]
    assert (letter["raw_size"], letter["raw_sha256"]) == (len(bad), sha256(bad).hexdigest())
    assert edge.emitted.examples == [f"bot.jsonl, line 2: {letter['sentence']}"]
    assert edge.emitted.refused == {code: 1}


@pytest.mark.parametrize("name", ["ledger.row", "trade.row", "shadow.closed"])
def test_what_engines_derive_is_refused_whatever_else_is_wrong_with_it(name: str) -> None:
    entries, edge = passed(line(type=name))

    assert [entry.type for entry in entries] == ["dead.lettered"]
    assert "engines compute it from facts" in edge.emitted.examples[0]


def test_empty_lines_are_nothing_but_count_as_lines_of_the_file() -> None:
    entries, edge = passed(b"", b"  \r\n", line() + b"\r\n", b"\n", b"nonsense\n")

    assert [entry.type for entry in entries] == ["signal.emitted", "dead.lettered"]
    assert edge.emitted.examples[0].startswith("bot.jsonl, line 5: ")


def test_only_the_first_few_refusals_are_shown_but_all_are_counted() -> None:
    entries, edge = passed(*[b"nonsense"] * 50)

    assert len(edge.emitted.examples) == 5
    assert edge.emitted.refused == {"unreadable": 50}
    assert len({event_of(entry)["id"] for entry in entries}) == 50


def test_the_same_line_gives_the_same_bytes_whenever_it_is_emitted() -> None:
    without_id = orjson.dumps({name: value for name, value in EVENT.items() if name != "id"})
    first, _ = passed(line(), without_id)
    second, _ = passed(line(), without_id)

    assert first == second


def test_a_batch_is_in_the_log_before_it_is_counted_as_emitted() -> None:
    log = MemoryLog(Ticking())
    edge = Edge({}, origin="bot.jsonl", backfill=False)
    lines = [line(id=f"e{number}") for number in range(25)]
    seen = [(emitted.lines, log.end()["log"] - 1) for emitted in emit_lines(log, edge, lines, batch_lines=10)]

    assert seen == [(10, 10), (20, 20), (25, 25)]


def test_nothing_emitted_is_told_once() -> None:
    edge = Edge({}, origin="bot.jsonl", backfill=False)
    log = MemoryLog(Ticking())

    assert [emitted.lines for emitted in emit_lines(log, edge, [b"", b"\n"])] == [0]
    assert log.end() == log.start()


def mangled(data: st.DataObject) -> bytes:
    """Return a valid line in which bytes are replaced, left out or doubled."""
    text = bytearray(line())
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    return bytes(text)


@given(lines=st.lists(st.binary(max_size=80), max_size=8), data=st.data())
@examples(max_examples=150, deadline=None)
def test_whatever_comes_is_an_event_or_a_dead_letter(lines: list[bytes], data: st.DataObject) -> None:
    lines = [*lines, mangled(data), mangled(data)]
    entries, edge = passed(*lines)
    told = [event_of(entry) for entry in entries]

    assert len(entries) == edge.emitted.lines == sum(bool(one.strip()) for one in lines)
    assert sum(event["type"] == "dead.lettered" for event in told) == edge.emitted.refused.total()
    assert all(event["sentence"] and b64decode(event["raw"]) for event in told if "sentence" in event)
