"""What cannot be an event is refused line by line, in words that say what to do, and is kept."""

import json
from typing import Any

import pytest

from tests.cli.builders import bar, closed, decision, quote, signal
from tests.cli.commands import Untaken, complaint, lines

HUGE = 10**400

INVALID = {
    "an unknown type": (signal(type="signal.emited"), "did you mean 'signal.emitted'?"),
    "no type": (signal(type=None), "type is missing"),
    "an unknown field": (signal(confidance=0.5), "confidance is not a field: did you mean 'confidence'?"),
    "a field by another tool's name": (signal(pair="BTC/USD"), "pair is not a field: did you mean 'symbol'?"),
    "a missing field": (signal(symbol=None), "symbol is missing: add it"),
    "a number in quotes": (signal(price="100"), "price was '100': it must be a number, without quotes"),
    "a number for a name": (signal(symbol=7), "symbol was 7: it must be text, in quotes"),
    "a list for a text": (signal(strategy=["swing"]), "strategy was a list of 1: it must be text"),
    "a price below zero": (signal(price=-1), "price was -1: it must be more than 0"),
    "a price of zero": (bar(low=0.0), "low was 0.0: it must be more than 0"),
    "a quantity below zero": (closed(qty=-2), "qty was -2: it must be more than 0"),
    "a price beyond belief": (signal(price=1e300), "price was 1e+300: it must be at most 1e+15"),
    "percent for a share": (
        signal(confidence=70),
        "confidence was 70: it must be at most 1; 70 % is written 0.7",
    ),
    "a time without zone": (
        signal(at="2024-03-04T10:00:00"),
        "at was '2024-03-04T10:00:00': it has no time zone; write it in UTC, such as 2024-03-04T10:00:00Z",
    ),
    "a time as a number": (signal(at=1709546400), "at was 1709546400: it must be a time in UTC, such as"),
    "an ancient time": (signal(at="1970-01-01T00:00:00Z"), "it must lie in the years 1990 to 2199"),
    "a time of science fiction": (signal(at="2999-01-01T00:00:00Z"), "it must lie in the years 1990 to 2199"),
    "a day that does not exist": (signal(at="2024-02-30T10:00:00Z"), "it must be a time in UTC"),
    "an empty name": (signal(symbol=""), "symbol was '': it must not be empty"),
    "an endless name": (signal(symbol="X" * 500), "it must have at most"),
    "a gigantic text": (
        signal(meta={"note": "x" * 300_000}),
        "its texts must have at most 20,000 characters",
    ),
    "control characters": (signal(symbol="BT\x00C"), "it must hold no control characters; take them out"),
    "a side for a direction": (signal(direction="buy"), "direction was 'buy': it must be 'long' or 'short'"),
    "a verdict of one's own": (
        decision(verdict="maybe"),
        "verdict was 'maybe': it must be 'approved' or 'blocked'",
    ),
    "a high below the low": (
        bar(low=150.0),
        "high was 101.0, below low 150.0: the high of a bar is never below",
    ),
    "half of the bid": (bar(bid_open=3.0), "bid_open, bid_high, bid_low and bid_close belong together"),
    "an interval of fantasy": (
        bar(interval="5x"),
        "interval was '5x': it must be a number and s, m, h, d, w or M",
    ),
    "a quote without ask": (quote(ask=None), "ask is missing: add it"),
    "a version to come": (
        signal(v=99),
        "this software reads signal.emitted up to version 1; upgrade it first",
    ),
}

UNREADABLE = {
    "NaN": ('{"type":"signal.emitted","price":NaN}', "price was NaN: JSON has no such number; leave it out"),
    "infinity": ('{"price": -Infinity}', "price was -Infinity: JSON has no such number; leave it out"),
    "a number without end": (f'{{"price": {HUGE}}}', "a number cannot be that large"),
    "a list": ("[1, 2]", "this is a list of 2: an event is a JSON object {...}"),
    "half a line": ('{"type":"signal.emitted","id":"s', "this is not JSON (unexpected end of data"),
    "a header of CSV": ("date,open,high,low,close", "an event is a JSON object {...}"),
    "a lone surrogate": ('{"symbol":"\\ud800"}', "this is not JSON"),
    "endless nesting": ('{"a":' * 5000, "this is not JSON (depth limit exceeded"),
}


@pytest.mark.parametrize(("event", "sentence"), INVALID.values(), ids=INVALID)
def test_an_event_that_makes_no_sense_is_refused_with_what_to_do(
    event: dict[str, Any], sentence: str, untaken: Untaken
) -> None:
    ran = untaken.emitted(event)

    assert sentence in complaint(ran)
    assert "facts.jsonl, line 1:" in ran.err
    assert ran.out == "0 events accepted\n"


@pytest.mark.parametrize(("line", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_line_that_is_no_object_is_refused_with_what_to_do(
    line: str, sentence: str, untaken: Untaken
) -> None:
    ran = untaken("emit", untaken.file("facts.jsonl", line))

    assert sentence in complaint(ran)


def test_broken_utf_8_is_refused_and_its_bytes_are_kept(untaken: Untaken) -> None:
    broken = b'{"type":"signal.emitted","id":"caf\xe9"}'
    ran = untaken("emit", untaken.file("facts.jsonl", broken + b"\n"))

    assert "this is not JSON (it is not UTF-8)" in complaint(ran)

    untaken.done("run", "--until-idle")
    untaken.done("dead-letters", "--export", "refused.jsonl")

    assert (untaken.folder / "refused.jsonl").read_bytes() == broken + b"\n"


def test_a_line_of_many_megabytes_is_refused_as_too_large(untaken: Untaken) -> None:
    line = json.dumps(signal(meta={str(n): "x" * 10_000 for n in range(300)}))

    assert "the event has 3," in complaint(untaken("emit", untaken.file("facts.jsonl", line)))

    untaken.done("run", "--until-idle")

    assert [letter["code"] for letter in untaken.dead_letters()] == ["too_large"]


def test_a_refused_line_neither_stops_nor_harms_its_neighbours(untaken: Untaken) -> None:
    text = lines([signal("s1")]) + "half a li\n\n" + lines([signal("s2", price=-1), signal("s3")])
    ran = untaken("emit", untaken.file("facts.jsonl", text))

    assert complaint(ran).startswith(
        "2 lines were refused and kept as dead letters (untaken dead-letters lists all), the first: "
    )
    assert "facts.jsonl, line 2:" in ran.err

    untaken.done("run", "--until-idle")

    assert sorted(untaken.signals()) == ["s1", "s3"]
    assert [(row["code"], row["type"], row["id"]) for row in untaken.dead_letters()] == [
        ("unreadable", "", None),
        ("invalid", "signal.emitted", "signal-s2"),
    ]


def test_dead_letters_can_be_exported_repaired_and_emitted_again(untaken: Untaken) -> None:
    untaken.computed(signal("s1", price="100"), signal("s2", direction="buy"), signal("s3"))
    untaken.done("dead-letters", "--export", "refused.jsonl")
    text = (untaken.folder / "refused.jsonl").read_text("utf-8")
    repaired = text.replace('"100"', "100").replace('"buy"', '"long"')

    assert untaken.done("emit", untaken.file("repaired.jsonl", repaired)).out.startswith("2 events accepted")

    untaken.done("run", "--until-idle")

    assert sorted(untaken.signals()) == ["s1", "s2", "s3"]
    assert len(untaken.dead_letters()) == 2
    assert untaken.done("replay", "verify").out.splitlines()[-1].startswith("clean:")


def test_dead_letters_can_be_asked_for_by_kind(untaken: Untaken) -> None:
    untaken.computed(signal(price=-1), signal("s2", at="nonsense"))
    untaken("emit", untaken.file("half.jsonl", "{"))
    untaken.done("run", "--until-idle")

    assert untaken.done("dead-letters", "--code", "unreadable").out.splitlines()[-1] == "1 dead letter"
    assert len(untaken.done("dead-letters", "--code", "invalid", "--json").json["rows"]) == 2
    assert "'unreadable', 'invalid'" in complaint(untaken("dead-letters", "--code", "bad"))
