"""Events to bytes and back."""

import json
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.schemas import generating
from tests.schemas.building import NOON, bar, decision, payload, signal
from untaken.errors import Refused, Unread
from untaken.schemas.base import Event
from untaken.schemas.codec import decode, encode, made
from untaken.schemas.events.decisions import Snapshot
from untaken.schemas.events.signals import SignalEmitted


def refusal(data: bytes) -> Refused:
    with pytest.raises(Refused) as raised:
        decode(data)
    return raised.value


@settings(max_examples=150, deadline=None)
@given(data=st.data(), model=generating.types())
def test_what_is_read_is_written_and_read_again_the_same(data: st.DataObject, model: type[Event]) -> None:
    fields = data.draw(generating.fields_of(model, generating.wild_texts()))

    event = decode(data.draw(generating.written(fields)))

    assert type(event) is model
    assert decode(encode(event)) == event
    assert encode(decode(encode(event))) == encode(event)


def test_an_event_is_written_in_the_order_of_its_model_without_what_is_none() -> None:
    event = decision(snapshot=Snapshot(price=3), reason='said "no"', final=False)

    assert encode(event) == (
        b'{"type":"decision.made","id":"d-1","at":"2024-03-04T12:00:00.000000Z","bot":"b1","run":"default",'
        b'"mode":"live","signal_id":"s1","symbol":"BTC/USDT","guard":"spread","verdict":"blocked",'
        b'"reason":"said \\"no\\"","snapshot":{"price":3.0},"final":false}'
    )


def test_times_are_written_in_utc_whatever_zone_they_came_in() -> None:
    new_york = timezone(timedelta(hours=-5))

    event = signal(at=datetime(2024, 3, 4, 7, 0, 0, 5, tzinfo=new_york))

    assert event.at == datetime(2024, 3, 4, 12, 0, 0, 5, tzinfo=UTC)
    assert b'"at":"2024-03-04T12:00:00.000005Z"' in encode(event)


def test_a_null_inside_a_free_map_survives() -> None:
    event = signal(meta={"reported": None, "path": ["a", {"b": 1}]})

    assert decode(encode(event)) == event


def test_whole_numbers_are_taken_where_floats_belong() -> None:
    event = decode(payload(price=100, features={"rsi": 70}))

    assert isinstance(event, SignalEmitted)
    assert event.price == 100.0
    assert encode(event).endswith(b'"price":100.0,"features":{"rsi":70.0}}')


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "this is empty: an event is a JSON object {...}"),
        (b"  \n", "this is empty: an event is a JSON object {...}"),
        (b"[1,2]", "this is a list of 2: an event is a JSON object {...}"),
        (b'"x"', "this is 'x': an event is a JSON object {...}"),
        (b'{"type":"signal.em', "this is not JSON (unexpected end of data at character 19): '{\"type\":\"signal.em'"),
        (b'{"price":NaN}', "price was NaN: JSON has no such number; leave it out where there is none"),
        (b'{"price": -Infinity}', "price was -Infinity: JSON has no such number; leave it out"),
        (b'{"rsi":[1,inf]}', "a value was inf: JSON has no such number; leave it out"),
        (b'{"price":1e999}', "price was 1e999...: a number cannot be that large"),
        (b'{"a":"\xff"}', "this is not JSON (it is not UTF-8): '{\"a\":\"\ufffd\"}'"),
        (b"[" * 5000, "this is not JSON (depth limit exceeded"),
    ],
)  # fmt: skip
def test_bytes_that_hold_no_object_are_unreadable(data: bytes, sentence: str) -> None:
    refused = refusal(data)

    assert refused.code == "unreadable"
    assert refused.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{}", "type is missing: it must name an event type, such as signal.emitted"),
        (payload(type=7), "type was 7: it must name an event type, such as signal.emitted"),
        (payload(type="signal.emited"), "type was 'signal.emited', which is not an event type: did you mean 'signal.emitted'?"),
        (payload(type="weather"), "type was 'weather', which is not an event type: `untaken schemas export` lists the types"),
        (payload("price"), "price is missing: add it (price at which the strategy decided; quote currency)"),
        (payload(symbl="x"), "symbl is not a field: did you mean 'symbol'?"),
        (payload(pair="x"), "pair is not a field: did you mean 'symbol'?"),
        (payload(wholly_other=1), "wholly_other is not a field: leave it out, or put it into meta"),
        (payload(price="100"), "price was '100': it must be a number, without quotes"),
        (payload(price=True), "price was true: it must be a number, without quotes"),
        (payload(price=-3), "price was -3: it must be more than 0"),
        (payload(price=0), "price was 0: it must be more than 0"),
        (payload(price=1e16), "price was 1e+16: it must be at most 1e+15"),
        (payload(price=None), "price was null: it must be a number, without quotes"),
        (payload(confidence=70), "confidence was 70: it must be at most 1; 70 % is written 0.7"),
        (payload(confidence=-0.1), "confidence was -0.1: it must be at least 0"),
        (payload(size=0), "size was 0: it must be more than 0"),
        (payload(stop_loss_pct=-1), "stop_loss_pct was -1: it must be at least 0"),
        (payload(max_hold_s=0), "max_hold_s was 0: it must be more than 0"),
        (payload(direction="Long"), "direction was 'Long': it must be 'long' or 'short'"),
        (payload(direction=1), "direction was 1: it must be 'long' or 'short', in quotes"),
        (payload(symbol=5), "symbol was 5: it must be text, in quotes"),
        (payload(symbol=""), "symbol was '': it must not be empty"),
        (payload(bot="b" * 65), "it must have at most 64 characters"),
        (payload(symbol="BTC\x1b[31m"), "symbol was 'BTC\\x1b[31m': it must hold no control characters; take them out"),
        (payload(at="2024-03-04T10:00:00"), "at was '2024-03-04T10:00:00': it has no time zone; write it in UTC, such as"),
        (payload(at="yesterday"), "at was 'yesterday': it must be a time in UTC, such as 2024-03-04T10:00:00Z"),
        (payload(at=1709546400), "at was 1709546400: it must be a time in UTC, such as 2024-03-04T10:00:00Z"),
        (payload(at="2024-02-30T10:00:00Z"), "at was '2024-02-30T10:00:00Z': it must be a time in UTC"),
        (payload(at="1989-12-31T23:59:59Z"), "at was '1989-12-31T23:59:59Z': it must lie in the years 1990 to 2199"),
        (payload(at="0001-01-01T00:00:00+14:00"), "it must lie in the years 1990 to 2199"),
        (payload(roi_steps=[[0, 4], [0, 2]]), "roi_steps was a list of 2: its minutes must ascend from step to step"),
        (payload(roi_steps=[[0, "4"]]), "roi_steps[0][1] was '4': it must be a number, without quotes"),
        (payload(roi_steps=[[0]]), "roi_steps[0] was a list of 1: it must have at least 2 entries"),
        (payload(features={"rsi": "x"}), "features.rsi was 'x': it must be a number, without quotes"),
        (payload(features=[1]), "features was a list of 1: it must be an object {...}"),
        (payload(tags="a"), "tags was 'a': it must be a list [...]"),
        (payload(tags=["a", ""]), "tags[1] was '': it must not be empty"),
        (payload(meta={"a": "x" * 20_001}), "meta was an object of 1: its texts must have at most 20,000 characters"),
        (payload(meta={"a": [0] * 4_001}), "meta was an object of 1: it must hold at most 4,000 values"),
        (payload(meta={"": 1}), "meta was an object of 1: its names must have 1 to 200 characters"),
        (payload(meta={"a": 2**63}), "meta was an object of 1: its whole numbers must fit into 64 bits"),
        (payload(v=0), "v was 0: it must be a whole number from 1"),
        (payload(v="1"), "v was '1': it must be a whole number from 1"),
        (payload(v=2), "v was 2: this software reads signal.emitted up to version 1; upgrade it first"),
    ],
)  # fmt: skip
def test_an_invalid_event_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    refused = refusal(data)

    assert refused.code == "invalid"
    assert sentence in refused.sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"high": 99.0, "low": 101.0}, "high was 99.0, below low 101.0: the high of a bar is never below its low"),
        ({"open_at": NOON}, "at must lie after open_at: it is the close of the bar, open_at the open"),
        ({"interval": "5 min"}, "interval was '5 min': it must be a number and s, m, h, d, w or M, such as 5m or 1h"),
        ({"bid_open": 1.0}, "bid_open, bid_high, bid_low and bid_close belong together: give all or none"),
        ({"volume": -1.0}, "volume was -1.0: it must be at least 0"),
        ({"revision": 1.5}, "revision was 1.5: it must be a whole number, without quotes or fraction"),
    ],
)  # fmt: skip
def test_a_bar_that_contradicts_itself_is_refused(changes: dict[str, object], sentence: str) -> None:
    fields = {**json.loads(encode(bar())), **changes}

    assert refusal(orjson.dumps(fields)).sentence.startswith(sentence)


def test_open_and_close_outside_the_extremes_are_taken_as_feeds_send_them() -> None:
    assert bar(open=103.0, close=98.0).high == 102.0


def test_each_of_several_problems_has_its_sentence() -> None:
    refused = refusal(payload(price="1", direction="up", size=-1))

    assert refused.sentence == (
        "direction was 'up': it must be 'long' or 'short'; price was '1': it must be a number, without quotes; "
        "size was -1: it must be more than 0"
    )


def test_many_problems_are_counted() -> None:
    assert refusal(b'{"type":"market.bar"}').sentence.endswith("; and 5 more")


def test_a_field_inside_a_record_is_named_with_its_place() -> None:
    fields = json.loads(encode(decision(snapshot=Snapshot(price=1))))
    fields["snapshot"] |= {"bidd": 1, "ask": 0}

    sentence = refusal(orjson.dumps(fields)).sentence
    assert "snapshot.ask was 0: it must be more than 0" in sentence
    assert "snapshot.bidd is not a field: did you mean 'bid'?" in sentence


def test_a_sentence_carries_no_control_characters_of_the_input() -> None:
    sentence = refusal(payload(**{"\x1b[31mred": 1})).sentence

    assert sentence.isprintable()


def test_an_event_beyond_one_mebibyte_is_too_large() -> None:
    data = payload(meta={"a": "x" * (1 << 20)})

    assert refusal(data).code == "too_large"
    assert refusal(data).sentence == (
        f"the event has {len(data):,} bytes: at most 1,048,576 are taken; shorten its texts and maps"
    )


def test_an_event_that_could_not_be_read_again_is_not_written() -> None:
    maps = {f"m{number}": "x" * 20_000 for number in range(60)}

    with pytest.raises(Refused) as raised:
        encode(signal(meta=maps))
    assert raised.value.code == "too_large"


def test_a_newer_version_or_type_in_a_log_is_unread() -> None:
    with pytest.raises(Unread) as newer:
        decode(payload(v=3), edge=False)
    with pytest.raises(Unread) as unknown:
        decode(payload(type="signal.weighed"), edge=False)

    assert (newer.value.type_name, newer.value.version) == ("signal.emitted", 3)
    assert (unknown.value.type_name, unknown.value.version) == ("signal.weighed", 1)


def test_fields_that_make_no_event_are_refused_in_the_same_words() -> None:
    with pytest.raises(Refused, match="price was 'x': it must be a number"):
        made(SignalEmitted, {**signal().model_dump(), "price": "x"})


def test_python_callers_may_give_tuples_where_lists_belong() -> None:
    assert signal(roi_steps=((0, 4.0), (30, 2.0)), tags=("a",)).roi_steps == [[0, 4.0], [30, 2.0]]
