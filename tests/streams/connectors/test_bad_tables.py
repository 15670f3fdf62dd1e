"""Tables that are none, mappings that name what is not there, and lines that are no event."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.streams.connectors.builders import notes, taken
from tests.streams.connectors.test_tables import ROW, SIGNALS, read, table
from untaken.schemas.events.signals import SignalEmitted
from untaken.streams.connectors.report import ImportRefused
from untaken.streams.connectors.tables import events_of, read_mapped, read_mapping

NO_TABLES = {
    "nothing there": (None, r"cannot be read \(No such file or directory\)"),
    "an empty file": (b"", "the file is empty; a table is CSV with a header"),
    "blank lines": (b"\n\n  \n", "the file is empty"),
    "a pickle": (pickle.dumps([1]), "is a pickle, which is never opened, since it can run any code"),
    "a workbook": (
        b"PK\x03\x04 and so on",
        "is a zip archive or a workbook; unpack it, or save the sheet as CSV",
    ),
    "a Parquet file": (b"PAR1 and so on", "is a Parquet file"),
    "a database": (
        b"SQLite format 3\x00",
        "is a database; freqtrade's is taken by: untaken import freqtrade",
    ),
    "UTF-16": ("at,symbol".encode("utf-16"), "is text in UTF-16; save it as UTF-8"),
    "Latin letters": ("at,symbol\n1,Zürich\n".encode("latin-1"), "line 2: not UTF-8; save the file as UTF-8"),
    "one JSON list": (b'[{"at": 1}]', "one JSON list; write one object a line"),
    "no header": (b"1709546400,64250\n1709546700,64300\n", "its first line names no columns"),
    "bytes": (bytes(range(1, 255)), "not UTF-8|names no columns"),
    "a torn gzip": (gzip.compress(b"at,symbol\n" * 2000)[:40], "cannot be unpacked"),
    "a column twice": (b"at,price,price\n1,2,3\n", "column 'price' stands twice in the header"),
    "old line ends": (b"at,price\r1,2\r3,4\r", "its lines end as on old Macintoshes"),
    "no object": (b"{nonsense\n{more}\n", "no line holds a JSON object"),
}


@pytest.mark.parametrize(("content", "sentence"), NO_TABLES.values(), ids=NO_TABLES)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ImportRefused, match=sentence):
        read(path)


NO_MAPPINGS = {
    "an unknown kind": ("[sginals]\nprice = 'x'\n", "kind of row was 'sginals'; did you mean 'signals'"),
    "an unknown field": (
        "[signals]\nprise = 'price'\n",
        "field of signals was 'prise'; did you mean 'price'",
    ),
    "an unknown column": (
        "[signals]\nprice = 'pricee'\n",
        "the column of price was 'pricee'; did you mean 'price'",
    ),
    "an unknown column of rows": (
        "[signals]\nrows = 'sybol'\n",
        "the column of rows was 'sybol'; did you mean 'symbol'",
    ),
    "an unknown column among many": (
        "[signals]\nfeatures = ['rsi']\n",
        "the column of features was 'rsi'; known are",
    ),
    "an unknown setting": ("botname = 'x'\n[signals]\n", "setting was 'botname'; did you mean 'bot'"),
    "two origins": (
        "[signals]\nprice = { column = 'price', value = 1 }\n",
        "one of column, value, columns or derive",
    ),
    "no origin": ("[signals]\nprice = { unit = 'ms' }\n", "found was none of them"),
    "an unknown word": ("[signals]\nprice = { colum = 'price' }\n", "price.colum"),
    "an unknown unit": ("[signals]\nat = { column = 'at', unit = 'min' }\n", "at.unit was 'min'"),
    "an unknown mode": ("mode = 'dry'\n[signals]\n", "mode was 'dry'"),
    "no kind": ("bot = 'mine'\n", "nothing says what a row is; say it: --as signals"),
    "no TOML": ("[signals\n", "no TOML"),
    "an unknown zone": ("timezone = 'Mars'\n[signals]\nstrategy = { value = 'x' }\n", "time zone was 'Mars'"),
    "a nested field": ("[signals]\n'features.rsi' = 'price'\n", "features takes columns"),
}


@pytest.mark.parametrize(("text", "sentence"), NO_MAPPINGS.values(), ids=NO_MAPPINGS)
def test_a_mapping_that_cannot_be_meant_is_refused_with_what_is_known(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = table(tmp_path, SIGNALS, ROW.replace("Z", ""))

    with pytest.raises(ImportRefused, match=sentence):
        read(path, mapping=table(tmp_path, text, name="mapping.toml"))


@pytest.mark.parametrize(
    ("header", "common", "sentence"),
    [
        ("at,symbol,strategy,direction,limit", {}, "signals need price, and no column is called so"),
        (SIGNALS, {"bot": None}, "whose signals these are is not said; say it: --bot NAME"),
    ],
)
def test_a_field_that_nothing_gives_is_asked_for(
    tmp_path: Path, header: str, common: Any, sentence: str
) -> None:
    with pytest.raises(ImportRefused, match=sentence):
        read(table(tmp_path, header, ROW), **common)


def test_times_without_a_zone_ask_for_it(tmp_path: Path) -> None:
    with pytest.raises(
        ImportRefused, match="name no time zone; say which one they are in, for example --timezone UTC"
    ):
        read(table(tmp_path, SIGNALS, ROW.replace("Z", "")))


def test_mixed_time_zones_are_each_believed(tmp_path: Path) -> None:
    rows = [ROW, ROW.replace("10:00:00Z", "12:00:00+02:00"), ROW.replace("10:00:00Z", "05:00:00-05:00")]
    found, _ = read(table(tmp_path, SIGNALS, *rows))

    assert {event.at for event in found if isinstance(event, SignalEmitted)} == {found[0].at}


def test_times_of_which_only_some_name_a_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ImportRefused, match="1 times name a zone and the others do not; write all of them alike"
    ):
        read(table(tmp_path, SIGNALS, ROW, ROW.replace("Z", "")), timezone="UTC")


def test_days_and_months_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="can be read day first or month first"):
        read(
            table(tmp_path, SIGNALS, ROW.replace("2024-03-04T10:00:00Z", "03/04/2024 10:00")), timezone="UTC"
        )


def test_an_hour_that_a_clock_change_left_out_is_refused_by_its_line(tmp_path: Path) -> None:
    rows = [ROW.replace("2024-03-04T10:00:00Z", at) for at in ("2024-03-31 01:30:00", "2024-03-31 02:30:00")]
    _, report = read(table(tmp_path, SIGNALS, *rows), timezone="Europe/Berlin")

    assert "1 refused: at was not a time (first: line 3: '2024-03-31 02:30:00')" in notes(report)
    assert report.counts == {"signal.emitted": 1}


BAD_LINES = {
    "text for a number": (
        ROW.replace("64250", "n/a"),
        "price was not a number such as 64250.5, with a point",
    ),
    "an infinite number": (ROW.replace("64250", "inf"), "price was not a number"),
    "a comma for a point": (ROW.replace("64250", '"64,25"'), "price was not a number"),
    "a number out of bounds": (ROW.replace("64250", "-1"), "price was -1"),
    "no symbol": (ROW.replace("BTC/USDT", ""), "symbol is missing"),
    "an unknown side": (ROW.replace("long", "flat"), "direction was 'flat': it must be 'long' or 'short'"),
    "a cell too many": (ROW + ",1", "more cells than the header names"),
    "a control sign": (ROW.replace("breakout", "break\x07out"), "it must hold no control characters"),
}


@pytest.mark.parametrize(("line", "sentence"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_counted_with_its_place_and_the_others_are_taken(
    tmp_path: Path, line: str, sentence: str
) -> None:
    found, report = read(table(tmp_path, SIGNALS, ROW, line, ROW.replace("10:00", "10:05")))

    assert len([event for event in found if isinstance(event, SignalEmitted)]) == 2
    assert report.refused == 1
    assert sentence in notes(report)
    assert "line 3" in notes(report)


def test_a_row_with_too_few_cells_lacks_them(tmp_path: Path) -> None:
    _, report = read(table(tmp_path, SIGNALS, ROW, "2024-03-04T10:00:00Z,BTC/USDT"))

    assert report.refused == 1
    assert "(first: line 3)" in notes(report)


def test_lines_are_counted_as_an_editor_counts_them_even_behind_cells_with_line_ends(tmp_path: Path) -> None:
    quoted = ROW.replace("breakout", '"break\nout"')
    _, report = read(table(tmp_path, SIGNALS, "", ROW, quoted, ROW.replace("64250", "n/a")))

    assert "(first: line 6: 'n/a')" in notes(report)


def test_blank_lines_count_as_lines_and_hide_no_cell_too_many(tmp_path: Path) -> None:
    _, report = read(table(tmp_path, "", "", SIGNALS, ROW, "", ROW + ",1"))

    assert (
        "1 refused: more cells than the header names (5); quote text that holds ',' (first: line 6)"
        in notes(report)
    )


def test_bad_lines_of_one_kind_are_one_sentence_with_the_first_places(tmp_path: Path) -> None:
    rows = [ROW.replace("64250", f"x{n}") for n in range(300)]
    _, report = read(table(tmp_path, SIGNALS, ROW, *rows))

    assert [refusal.count for source in report.sources for refusal in source.refusals] == [300]
    assert "(first: line 3: 'x0'; line 4: 'x1'; line 5: 'x2')" in notes(report)


def test_lines_that_are_no_json_are_counted_and_the_others_are_taken(tmp_path: Path) -> None:
    good = '{"at":"2024-03-04T10:00:00Z","symbol":"A/B","strategy":"x","direction":"long","price":1}'
    _, report = read(table(tmp_path, good, "nonsense", "[1]", "", good.replace("1}", "2}")))

    assert report.counts == {"signal.emitted": 2}
    assert "2 refused: no JSON object {...} (first: line 2; line 3)" in notes(report)


def test_a_row_that_stands_there_twice_counts_once(tmp_path: Path) -> None:
    _, report = read(table(tmp_path, SIGNALS, ROW, ROW, ROW))

    assert report.counts == {"signal.emitted": 1}
    assert "2 rows stood in the file more than once; counted once" in notes(report)


def test_columns_that_nothing_reads_are_named_and_what_they_look_like(tmp_path: Path) -> None:
    _, report = read(table(tmp_path, SIGNALS + ",confidense,note", ROW + ",0.5,hello"))

    assert (
        "columns left aside: confidense, note; confidense looks like confidence: --column confidence=confidense"
    ) in notes(report)


def test_nothing_is_written_when_one_of_several_files_is_no_table(tmp_path: Path) -> None:
    good, bad = table(tmp_path, SIGNALS, ROW), table(tmp_path, "", name="empty.csv")

    with pytest.raises(ImportRefused, match="the file is empty"):
        read([good, bad])


def test_a_table_of_bad_lines_alone_gives_nothing_not_even_an_end(tmp_path: Path) -> None:
    wishes = read_mapping(None, {"bot": "mine"}, {"signals": {}})
    found, report = taken(
        events_of(read_mapped([table(tmp_path, SIGNALS, ROW.replace("64250", "x"))], wishes))
    )

    assert found == []
    assert report.counts == {}
