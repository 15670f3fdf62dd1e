"""Events from files and from standard input into the log."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.builders import a_morning, bar, decision, signal
from tests.cli.commands import Untaken, complaint, lines


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_emit_counts_what_came_by_type(untaken: Untaken) -> None:
    ran = untaken.emitted(signal("s1"), signal("s2"), decision(), bar())

    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["4", "events", "accepted"],
        ["1", "decision.made"],
        ["1", "market.bar"],
        ["2", "signal.emitted"],
    ]


def test_emit_tells_programs_counts_codes_and_reasons(untaken: Untaken) -> None:
    file = untaken.file("facts.jsonl", lines([signal(), signal(price=-1), signal(confidance=1)]) + "{\n")
    ran = untaken("emit", "--json", file)

    assert "3 lines were refused" in complaint(ran)

    said = json.loads(ran.out)
    reasons = said.pop("reasons")

    assert said == {
        "accepted": 1,
        "refused": 3,
        "by_type": {"signal.emitted": 1},
        "by_code": {"invalid": 2, "unreadable": 1},
    }
    assert [reason.partition(": ")[0].rpartition("/")[2] for reason in reasons] == [
        "facts.jsonl, line 2",
        "facts.jsonl, line 3",
        "facts.jsonl, line 4",
    ]


@pytest.mark.parametrize("name", ["facts.jsonl.gz", "facts"])
def test_a_gzipped_file_is_read_whatever_its_name(name: str, untaken: Untaken) -> None:
    untaken.done("emit", untaken.file(name, gzip.compress(lines(a_morning()).encode())))
    untaken.done("run", "--until-idle")

    assert untaken.signals()["s1"]["status"] == "blocked"


def test_a_gzipped_file_that_breaks_off_keeps_its_whole_lines_and_says_so(untaken: Untaken) -> None:
    events = [signal(f"s{n:03}", meta={"note": f"{n * 7919:x}" * 9}) for n in range(900)]
    torn = gzip.compress(lines(events).encode())[:-300]
    ran = untaken("emit", untaken.file("torn.jsonl.gz", torn))
    whole = int(ran.out.split()[0])

    assert 0 < whole < 900
    assert f"torn.jsonl.gz is damaged after line {whole} (" in complaint(ran)
    assert "the lines before are in the log: fetch the file anew and emit it whole" in ran.err

    untaken.done("emit", untaken.file("whole.jsonl.gz", gzip.compress(lines(events).encode())))
    untaken.done("run", "--until-idle")

    assert len(untaken.signals()) == 900
    assert untaken.health()["repeats"] == 0


def test_a_gzipped_file_with_flipped_bits_is_no_traceback(untaken: Untaken) -> None:
    packed = bytearray(gzip.compress(lines([signal(f"s{n}") for n in range(500)]).encode()))
    packed[len(packed) // 2] ^= 0xFF

    assert "is damaged after line" in complaint(
        untaken("emit", untaken.file("flipped.jsonl.gz", bytes(packed)))
    )


def test_the_mark_that_editors_put_before_utf_8_means_nothing(untaken: Untaken) -> None:
    text = "\ufeff" + lines([signal("s1"), signal("s2")]).replace("\n", "\r\n")

    assert untaken.done("emit", untaken.file("edited.jsonl", text)).out.startswith("2 events accepted")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x80\x04\x95\x0b", "is a pickle, which is never opened, since it can run any code"),
        (
            b"PK\x03\x04",
            "is a zip archive; unpack it, or import a backtest result with: untaken import freqtrade",
        ),
        (b"PAR1\x15\x04", "is a Parquet file; candles are taken by: untaken import candles"),
        (b"SQLite format 3\x00", "is a database; emit takes JSON Lines, one object a line, plain or .gz"),
        (lines([signal()]).encode("utf-16"), "is text in UTF-16; save it as UTF-8"),
    ],
    ids=["pickle", "zip", "parquet", "database", "utf-16"],
)
def test_a_file_of_another_kind_is_refused_whole(content: bytes, sentence: str, untaken: Untaken) -> None:
    good = untaken.file("good.jsonl", lines([signal()]))

    assert sentence in complaint(untaken("emit", good, untaken.file("other", content)))
    assert not (untaken.folder / "untaken.db").exists()


def test_a_file_that_is_not_there_is_refused_before_anything_is_emitted(untaken: Untaken) -> None:
    good = untaken.file("good.jsonl", lines([signal()]))

    assert complaint(untaken("emit", good, "gone.jsonl")) == (
        "gone.jsonl is no file that can be read; name JSON Lines files, plain or .gz"
    )
    assert "is no file that can be read" in complaint(untaken("emit", "."))
    assert not (untaken.folder / "untaken.db").exists()


def test_several_files_and_their_refusals_are_counted_together(untaken: Untaken) -> None:
    first = untaken.file("first.jsonl", lines([signal("s1"), signal("s2", price=-1)]))
    second = untaken.file("second.jsonl", lines([signal("s3"), signal("s4", symbol="")]))
    ran = untaken("emit", first, second)

    assert ran.out.startswith("2 events accepted")
    assert "2 lines were refused" in complaint(ran)
    assert "first.jsonl, line 2: price was -1" in ran.err


def test_an_empty_file_is_nothing_and_no_failure(untaken: Untaken) -> None:
    assert untaken.done("emit", untaken.file("empty.jsonl", "")).out == "0 events accepted\n"
    assert untaken.done("emit", stdin=b"\n\n").out == "0 events accepted\n"


def test_files_are_history_and_never_late(untaken: Untaken) -> None:
    untaken.computed(signal("old", at=ago(days=400)), signal("new", at=ago(days=1)))

    assert sorted(untaken.signals()) == ["new", "old"]
    assert untaken.health()["late"] == 0


def test_standard_input_is_live_and_what_comes_too_late_is_refused_with_the_reason(untaken: Untaken) -> None:
    events = lines([signal("old", at=ago(days=8)), signal("new", at=ago(days=6))])
    untaken.done("emit", stdin=events.encode())
    untaken.done("run", "--until-idle")

    assert list(untaken.signals()) == ["new"]
    assert untaken.health()["late"] == 1

    letter = untaken.dead_letters()[0]

    assert (letter["code"], letter["id"]) == ("late", "signal-old")
    assert "later than log.horizon_s allows; emit it as backfill to count it" in letter["sentence"]


def test_each_way_in_can_be_told_to_be_the_other(untaken: Untaken) -> None:
    untaken.done("emit", "--backfill", stdin=lines([signal("piped", at=ago(days=30))]).encode())
    untaken.done("emit", "--live", untaken.file("facts.jsonl", lines([signal("filed", at=ago(days=30))])))
    untaken.done("run", "--until-idle")

    assert list(untaken.signals()) == ["piped"]
    assert [letter["code"] for letter in untaken.dead_letters()] == ["late"]


def test_an_event_of_the_future_is_refused_even_as_history(untaken: Untaken) -> None:
    untaken.computed(signal(at=ago(days=-1)))
    letter = untaken.dead_letters()[0]

    assert letter["code"] == "future"
    assert "more than log.future_s allows; check the bot's clock" in letter["sentence"]
    assert untaken.signals() == {}


def test_events_without_ids_count_once_however_often_they_are_emitted(untaken: Untaken) -> None:
    untaken.computed(signal(id=None), decision(id=None), bar(id=None))
    untaken.computed(signal(id=None), decision(id=None), bar(id=None))

    assert untaken.signals()["s1"]["attempts"] == 1
    assert (untaken.health()["repeats"], untaken.health()["duplicates"]) == (0, 3)


def test_an_event_whose_id_is_empty_is_not_given_one(untaken: Untaken) -> None:
    assert "id was '': it must not be empty" in complaint(untaken.emitted(signal(id="")))


def test_an_exported_envelope_keeps_when_the_other_log_took_it(untaken: Untaken) -> None:
    wrapped = {"appended_at": "2024-03-04T10:00:02Z", "backfill": False, "event": signal()}
    late = {"appended_at": "2024-03-20T10:00:00Z", "backfill": False, "event": signal("late")}
    untaken.computed(wrapped, late)

    assert list(untaken.signals()) == ["s1"]
    assert [letter["code"] for letter in untaken.dead_letters()] == ["late"]


@pytest.mark.parametrize(
    ("envelope", "sentence"),
    [
        (
            {"appended_at": "yesterday"},
            "appended_at was 'yesterday'; a time such as 2024-03-04T10:00:00Z is allowed",
        ),
        ({"backfill": "no"}, "backfill was 'no'; true or false is allowed"),
    ],
)
def test_an_envelope_that_makes_no_sense_is_refused(
    envelope: dict[str, object], sentence: str, untaken: Untaken
) -> None:
    assert sentence in complaint(untaken.emitted({**envelope, "event": signal()}))
