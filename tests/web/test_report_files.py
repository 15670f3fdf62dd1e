"""The report in files: tables, CSV, workbooks, one a day."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from tests.web import answers, generated, samples
from tests.web.test_answers_page import group, whole
from untaken.web.reports.files.comma import csv_of, write_csv
from untaken.web.reports.files.daily import NoDay, day_of, write_daily
from untaken.web.reports.files.flattening import flat
from untaken.web.reports.files.tables import TABLES, UnknownTable, tables
from untaken.web.reports.files.whole import whole as written_whole
from untaken.web.reports.files.workbook import write_workbook


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_table_has_its_rows_and_says_whose_they_are() -> None:
    made = tables(whole(banners=[{"code": "x", "text": "y"}]))

    assert {name for name, table in made.items() if table.is_empty()} == {
        "anomalies",
        "symbols_without_prices",
    }
    for table in TABLES:
        assert made[table.name].columns[: len(table.keys)] == list(table.keys)


def test_money_in_tables_is_exact_and_what_is_not_known_is_empty() -> None:
    guards = group()["guard_effectiveness"]["guards"]
    table = tables(whole())["guards"]

    assert table["net_saved"].to_list() == [guard["net_saved"] for guard in guards]
    assert read(csv_of(table))[0]["net_saved"] == format(
        guards[0]["net_saved"].quantize(Decimal("1e-8")), "f"
    )
    assert read(csv_of(tables(whole())["performance"]))[0]["value"] == ""


def test_nested_figures_become_columns_and_intervals_two() -> None:
    row = {
        "real": {"pnl": 1},
        "interval_milli_r": [2.0, None],
        "profit_factor_interval": None,
        "days": [1, 2],
    }

    assert flat(row) == {
        "real_pnl": 1,
        "interval_milli_r_low": 2.0,
        "interval_milli_r_high": None,
        "profit_factor_interval_low": None,
        "profit_factor_interval_high": None,
    }


def test_a_word_among_numbers_is_unknown() -> None:
    rows = [row | {"profit_factor": "undefined"} for row in group()["performance"]["symbol"][:1]]
    rows += group()["performance"]["symbol"][1:]
    changed = {**group(), "performance": group()["performance"] | {"symbol": rows}}
    table = tables(samples.report(changed, **NOTHING))["performance"].filter(dimension="symbol")

    assert table["profit_factor"].dtype == pl.Float64()
    assert table["profit_factor"][0] is None


NOTHING: dict[str, Any] = {"knob_state": [], "scenarios": [], "saved_scenarios": []}


def test_the_answer_of_a_kept_scenario_stands_in_its_row() -> None:
    given = {**NOTHING, "saved_scenarios": [answers.saved(answers.what_if())]}
    (row,) = tables(samples.report(**given))["saved_scenarios"].to_dicts()

    assert row["in_turn_finding"] == "better"
    assert (row["in_turn_interval_milli_r_low"], row["in_turn_interval_milli_r_high"]) == (90.0, 330.0)
    assert (row["in_turn_judged_signals"], row["in_turn_e_value"], row["not_rejudged"]) == (290, 52_330.2, 3)


def test_an_empty_report_has_every_table_with_its_keys() -> None:
    made = tables(samples.report(**NOTHING))

    assert all(made[table.name].columns[: len(table.keys)] == list(table.keys) for table in TABLES)


def test_an_unknown_table_is_refused_with_similar_names() -> None:
    with pytest.raises(UnknownTable, match="did you mean guards"):
        tables(whole(), ["guard"])


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@x", "\tx"])
def test_no_name_is_a_formula_in_csv(name: str) -> None:
    text = csv_of(pl.DataFrame({"guard": [name], "net": [Decimal("-1.5")]}))

    assert read(text) == [{"guard": f"'{name}", "net": "-1.5"}]


def test_each_table_is_a_file(tmp_path: Path) -> None:
    files = write_csv(tmp_path / "new" / "folder", tables(whole(), ["guards", "months"]))

    assert [file.name for file in files] == ["guards.csv", "months.csv"]
    assert sorted(file.name for file in files[0].parent.iterdir()) == ["guards.csv", "months.csv"]


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def opened(file: Path) -> tuple[list[str], dict[str, ET.Element]]:
    """Read a workbook's sheets: their names, in order, and their contents by name."""
    with zipfile.ZipFile(file) as parts:
        book = ET.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - written by ourselves just now
        names = [sheet.attrib["name"] for sheet in book.iter(f"{SHEET}sheet")]
        contents = {
            name: ET.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314 - the same
            for number, name in enumerate(names, 1)
        }
    return names, contents


def test_a_workbook_has_an_overview_and_a_sheet_for_each_table(tmp_path: Path) -> None:
    file = tmp_path / "report.xlsx"
    write_workbook(whole(), file)
    names, sheets = opened(file)

    assert names == ["overview", *(table.name for table in TABLES)]
    frozen = sheets["guards"].find(f".//{SHEET}pane")
    assert frozen is not None
    assert frozen.attrib["state"] == "frozen"


def test_money_in_a_workbook_is_a_number(tmp_path: Path) -> None:
    file = tmp_path / "report.xlsx"
    write_workbook(whole(), file)
    table = tables(whole())["guards"]
    place = table.columns.index("net_saved")
    (cell,) = [
        each
        for each in opened(file)[1]["guards"].iter(f"{SHEET}c")
        if each.attrib["r"] == f"{chr(ord('A') + place)}2"
    ]

    assert "t" not in cell.attrib
    assert float(cell.findtext(f"{SHEET}v") or "nan") == float(table["net_saved"][0])


def test_no_name_is_a_formula_or_a_link_in_a_workbook(tmp_path: Path) -> None:
    hostile = {**group(), "bot": '=HYPERLINK("http://x")', "run": "http://x"}
    file = tmp_path / "report.xlsx"
    write_workbook(samples.report(hostile, **NOTHING), file)

    assert not any(list(sheet.iter(f"{SHEET}f")) for sheet in opened(file)[1].values())
    assert not any(list(sheet.iter(f"{SHEET}hyperlink")) for sheet in opened(file)[1].values())


def test_the_same_document_makes_the_same_workbook(tmp_path: Path) -> None:
    files = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    for file in files:
        write_workbook(whole(), file)

    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("before")

    def fails() -> None:
        with written_whole(file) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()

    assert file.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_the_day_of_a_report_is_the_last_that_its_window_touches() -> None:
    window = {"since": None, "until": "2024-03-05T00:00:00.000000Z"}

    assert day_of(samples.report(window=window)) == date(2024, 3, 4)
    assert day_of(samples.report(window={"since": None, "until": None})) == date(2018, 4, 2)


def test_an_empty_log_has_no_day() -> None:
    with pytest.raises(NoDay, match="no event yet"):
        day_of(samples.report(window={"since": None, "until": None}, watermark=None))


def test_the_latest_follows_the_newest_day_and_no_older_one(tmp_path: Path) -> None:
    write_daily(tmp_path, date(2024, 3, 4), {"html": "monday", "json": "{}"})
    write_daily(tmp_path, date(2024, 3, 5), {"html": "tuesday", "json": "{}"})
    again = write_daily(tmp_path, date(2024, 3, 4), {"html": "monday, corrected", "json": "{}"})

    assert (tmp_path / "latest.html").read_text() == "tuesday"
    assert (tmp_path / "report-2024-03-04.html").read_text() == "monday, corrected"
    assert [file.name for file in again] == ["report-2024-03-04.html", "report-2024-03-04.json"]


def test_a_young_bot_makes_tables_too() -> None:
    young = generated.group(generated.bot(days=1, per_day=2, blocked=0.0))
    made = tables(samples.report(young, **NOTHING))

    assert made["guards"].height == len(generated.GUARDS)
    assert made["days"].height >= 1
