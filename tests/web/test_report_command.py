"""untaken report in every form, on a log that lies in a folder."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import Untaken
from tests.cli.conftest import untaken as _untaken
from tests.web import answers
from untaken.demo import plant

untaken = _untaken

LOG = "sqlite:///planted.db"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plant the demo's log once; tests copy it."""
    folder = tmp_path_factory.mktemp("planted")
    plant(f"sqlite:///{folder / 'planted.db'}")
    return folder / "planted.db"


@pytest.fixture
def ready(untaken: Untaken, planted: Path) -> Untaken:
    (untaken.folder / "planted.db").write_bytes(planted.read_bytes())
    untaken("run", "--until-idle", "--log", LOG)
    return untaken


def test_every_form_says_where_it_lies_and_leaves_no_part_behind(ready: Untaken) -> None:
    ran = ready.done(
        "report", "--all", "--log", LOG, "--html", "out/r.html", "--csv", "out/csv", "--xlsx", "out/r.xlsx"
    )

    assert [line.split()[0] for line in ran.out.splitlines()] == ["out/r.html", "out/csv", "out/r.xlsx"]
    assert sorted(path.name for path in (ready.folder / "out").iterdir()) == ["csv", "r.html", "r.xlsx"]
    assert (
        (ready.folder / "out" / "csv" / "guards.csv").read_text().startswith("bot,run,mode,currency,guard,")
    )


def test_a_daily_report_is_of_the_day_and_the_latest(ready: Untaken) -> None:
    ready.done("report", "--daily", "reports", "--log", LOG)
    names = sorted(path.name for path in (ready.folder / "reports").iterdir())

    assert names == ["latest.html", "latest.json", "report-2024-04-02.html", "report-2024-04-02.json"]
    assert json.loads((ready.folder / "reports" / "latest.json").read_text())["window"]["hours"] == 24


def test_one_table_can_be_printed(ready: Untaken) -> None:
    ran = ready.done("report", "--all", "--csv", "-", "--table", "months", "--log", LOG)

    assert ran.out.splitlines()[0] == "bot,run,mode,currency,month,in_turn,alone,real"
    assert len(ran.out.splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--table", "guards"), "add --csv FOLDER"),
        (("--csv", "-"), "--csv - prints one table, and 0 were named"),
        (("--csv", "x", "--table", "guard"), "did you mean guards"),
        (("--answers", "nothing.json"), "nothing.json"),
        (("--scenario", "loose"), "no scenario 'loose' is kept"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    ready: Untaken, arguments: tuple[str, ...], said: str
) -> None:
    ran = ready("report", "--log", LOG, *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_file_that_is_no_answer_is_refused(ready: Untaken) -> None:
    (ready.folder / "other.json").write_text('{"groups": []}')
    ran = ready("report", "--log", LOG, "--answers", "other.json")

    assert ran.code == 2
    assert "holds no answer to a what-if" in ran.err


def test_answers_stand_beside_the_report(ready: Untaken) -> None:
    from untaken.cli.session import as_json  # noqa: PLC0415 - only this test writes one

    (ready.folder / "a.json").write_text(as_json(answers.what_if()))
    (ready.folder / "b.json").write_text(as_json(answers.sweep()))
    ran = ready.done("report", "--all", "--log", LOG, "--answers", "a.json", "--answers", "b.json")

    assert "▲ no_min_confidence (scout · 2023-10 · live): +1,711.82 USDT, better than the base" in ran.out
    assert "Sweep over take profit, %" in ran.out


def test_a_kept_scenario_is_listed_and_can_be_reported_by_itself(ready: Untaken) -> None:
    ready("replay", "what-if", "--guard-off", "spender", "--save", "loose", "--log", LOG)
    listed = ready.done("report", "--all", "--json", "--log", LOG).json
    (kept,) = listed["saved_scenarios"]
    (group,) = kept["groups"]
    under = ready.done("report", "--all", "--json", "--scenario", "loose", "--log", LOG).json
    spender = next(
        guard for guard in listed["groups"][0]["guard_effectiveness"]["guards"] if guard["guard"] == "spender"
    )

    assert (kept["name"], kept["scenario"], kept["problem"]) == ("loose", "no_spender", None)
    assert group["difference"] == -spender["net_saved"]
    assert group["scenario"]["trades"] - group["base"]["trades"] == spender["counted"]
    assert under["scenario"] == "no_spender"
    assert under["scenarios"] == [kept["answer"]]
    evidence = kept["answer"]["scenarios"][0]["groups"][0]["in_turn"]["evidence"]
    assert evidence["interval_milli_r"][0] < evidence["mean_milli_r"] < evidence["interval_milli_r"][1]
    assert listed["scenarios"] == []
    assert under["banners"][0]["code"] == "scenario"


def test_filters_hold_for_everything_in_the_report(ready: Untaken) -> None:
    made = ready.done("report", "--all", "--json", "--strategy", "planted_drift", "--log", LOG).json
    (group,) = made["groups"]

    assert [row["strategy"] for row in group["strategy_leaderboard"]["strategies"]] == ["planted_drift"]
    assert [guard["guard"] for guard in group["guard_effectiveness"]["guards"] if guard["blocked"]] == [
        "bystander"
    ]
    assert [row["strategy"] for row in group["missed_opportunity"]["strategies"]] == ["planted_drift"]
    assert [row["value"] for row in group["performance"]["strategy"]] == ["planted_drift"]
    assert group["shadow_performance"]["in_turn"]["resolved"] == 720
