"""Configuration: what is in force, where it came from, and what is refused before anything starts."""

import pytest

from tests.cli.builders import a_morning, signal
from tests.cli.commands import LOG, Untaken, complaint, lines

REFUSED = {
    "an unknown name": (
        "lgo = 'bot.db'",
        "'lgo' (untaken.toml) is not a value; known are log, engine.batch_records",
    ),
    "an unknown name in a table": (
        "[engine]\nbatch = 1",
        "'engine.batch' (untaken.toml) is not a value; known are",
    ),
    "a number for a text": ("log = 3", "log was 3 (untaken.toml); it must be a valid string"),
    "too small a number": (
        "[engine]\nbatch_records = 0",
        "engine.batch_records was 0 (untaken.toml); it must be greater than or equal to 1",
    ),
    "no number": ("[report]\nhours = nan", "report.hours was nan (untaken.toml); it must be"),
    "a number without end": ("[report]\nhours = inf", "report.hours was inf (untaken.toml); it must be"),
    "a value for a table": (
        "engine = 3",
        "engine was 3 (untaken.toml); it is a table, which holds engine.batch_records",
    ),
    "an unknown setting": (
        "[settings.shadow]\nfee_bp = 3",
        "settings: 'shadow.fee_bp' is not a setting; did you mean shadow.fee_bps",
    ),
    "an impossible setting": (
        "[settings.shadow]\nfee_bps = -1",
        "settings: shadow.fee_bps was -1; it must be greater",
    ),
    "a table that is a value": (
        "[settings]\nshadow = 3",
        "settings: 'shadow' is not a setting; did you mean shadow.",
    ),
    "a value that is a table": (
        "[settings.shadow.fee_bps]\nx = 1",
        "'shadow.fee_bps.x' is not a setting; did you mean",
    ),
    "no TOML": ("fee = ", "untaken.toml is no TOML file ("),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_configuration_that_cannot_be_is_refused(text: str, sentence: str, untaken: Untaken) -> None:
    untaken.file("untaken.toml", text)

    assert sentence in complaint(untaken("run", "--until-idle"))
    assert not (untaken.folder / LOG).exists()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("UNTAKEN_ENGINE__BATCH", "5", "'engine.batch' (environment UNTAKEN_ENGINE__BATCH) is not a value"),
        ("UNTAKEN_ENGINE__BATCH_RECORDS", "many", "engine.batch_records was 'many' (environment UNTAKEN_ENGINE__BATCH_RECORDS)"),
        ("UNTAKEN_SETTINGS__SHADOW__FEE", "5", "settings: 'shadow.fee' is not a setting; did you mean shadow.fee_bps"),
        ("UNTAKEN_SETINGS__SHADOW__FEE_BPS", "5", "the environment variable UNTAKEN_SETINGS__SHADOW__FEE_BPS is not a value"),
        ("UNTAKEN_LOGS", "bot.db", "the environment variable UNTAKEN_LOGS is not a value; known are UNTAKEN_LOG,"),
    ],
)  # fmt: skip
def test_a_variable_that_cannot_be_is_refused(
    variable: str, value: str, sentence: str, untaken: Untaken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    assert sentence in complaint(untaken("run", "--until-idle"))


def test_variables_of_somebody_else_are_left_alone(untaken: Untaken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNTAKEN_PORT_80_TCP", "tcp://10.0.0.1:80")

    untaken.done("run", "--until-idle")


def test_a_configuration_file_that_is_named_must_be_there(untaken: Untaken) -> None:
    assert complaint(untaken("doctor", "--config", "mine.toml")) == (
        "configuration: there is no file mine.toml; name one that exists"
    )


def test_doctor_tells_every_value_and_where_it_came_from(
    untaken: Untaken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNTAKEN_ENGINE__BATCH_RECORDS", "500")
    monkeypatch.setenv("UNTAKEN_SETTINGS__SHADOW__SLIPPAGE_BPS", "3")
    untaken.file("untaken.toml", "[settings.shadow]\nfee_bps = 10")
    untaken.done("run", "--until-idle")
    told = untaken.done("doctor", "--log", LOG).out.splitlines()

    assert told[:5] == [
        "log = untaken.db  (option --log)",
        "engine.batch_records = 500  (environment UNTAKEN_ENGINE__BATCH_RECORDS)",
        "report.hours = 24.0  (default)",
        "settings.shadow.fee_bps = 10  (untaken.toml)",
        "settings.shadow.slippage_bps = 3  (environment UNTAKEN_SETTINGS__SHADOW__SLIPPAGE_BPS)",
    ]
    assert told[-1] == "all is well"


@pytest.mark.parametrize("way", ["default", "file", "environment", "option"])
def test_the_log_can_be_named_in_four_ways(
    way: str, untaken: Untaken, monkeypatch: pytest.MonkeyPatch
) -> None:
    origins = {"file": "untaken.toml", "environment": "environment UNTAKEN_LOG", "option": "option --log"}
    ways = list(origins)
    named = ways[: ways.index(way) + 1] if way in origins else []
    if "file" in named:
        untaken.file("untaken.toml", 'log = "file.db"')
    if "environment" in named:
        monkeypatch.setenv("UNTAKEN_LOG", "environment.db")
    option = ("--log", "option.db") if "option" in named else ()
    untaken.done("emit", *option, stdin=lines([signal()]).encode())
    said = untaken.done("doctor", "--json", *option).json

    assert said["origins"]["log"] == origins.get(way, "default")
    assert (untaken.folder / (f"{way}.db" if named else LOG)).exists()


def test_settings_of_the_configuration_are_written_by_the_first_start(untaken: Untaken) -> None:
    untaken.file("untaken.toml", "[settings.shadow]\nfee_bps = 10\nsize = 500")
    untaken.computed(*a_morning())
    row = untaken.signals()["s1"]

    assert (row["fee_bps"], row["size"]) == (10, 500)
    assert "shadow.fee_bps = 10.0  (default 5.0)" in untaken.done("settings", "show").out


@pytest.mark.parametrize("command", [("run", "--until-idle"), ("emit", "facts.jsonl")], ids=" ".join)
def test_a_configuration_that_disagrees_with_the_log_is_refused_and_both_ways_out_are_named(
    command: tuple[str, ...], untaken: Untaken
) -> None:
    untaken.computed(*a_morning())
    untaken.file("untaken.toml", "[settings.shadow]\nfee_bps = 10")
    sentence = complaint(untaken(*command))

    assert sentence.startswith("configuration: shadow.fee_bps is 10.0, but the log was computed with 5.0; ")
    assert (
        "take it out of the configuration, or change the log: untaken settings set shadow.fee_bps=10"
        in sentence
    )
    assert complaint(untaken("doctor"), code=1) == sentence
    assert untaken.health()["lag"] == 0


def test_each_way_out_of_a_disagreement_works(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    untaken.file("untaken.toml", "[settings.shadow]\nfee_bps = 10")
    untaken.done("settings", "set", "shadow.fee_bps=10", "--retroactive")
    untaken.done("run", "--until-idle")

    assert untaken.signals()["s1"]["fee_bps"] == 10

    untaken.done("settings", "set", "shadow.fee_bps=5", "--retroactive")
    untaken.file("untaken.toml", "")
    untaken.done("run", "--until-idle")

    assert untaken.signals()["s1"]["fee_bps"] == 5


def test_settings_that_agree_with_the_log_are_no_disagreement(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    untaken.file("untaken.toml", "[settings.shadow]\nfee_bps = 5")

    untaken.done("run", "--until-idle")
    untaken.done("doctor")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("shadow.fee_bp=3", "settings: 'shadow.fee_bp' is not a setting; did you mean shadow.fee_bps"),
        ("weather=3", "settings: 'weather' is not a setting; known are account.days_per_year,"),
        ("shadow.fee_bps", "'shadow.fee_bps' is no setting; write NAME=VALUE, such as shadow.fee_bps=10"),
        (
            "shadow.fee_bps=-3",
            "shadow.fee_bps was -3; it must be greater than or equal to 0; nothing was changed",
        ),
        ("shadow.fee_bps=NaN", "shadow.fee_bps was 'NaN'; it must be a finite number; nothing was changed"),
        ("shadow.fee_bps=five", "shadow.fee_bps was 'five'; it must be a valid number"),
        ("shadow.size=0", "shadow.size was 0; it must be greater than 0"),
        ("verdict.alpha=1.5", "verdict.alpha was 1.5; it must be less than 1"),
        ("prices.use_quotes=BTC/USD", "prices.use_quotes was 'BTC/USD'; it must be a list"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_changes_nothing(
    value: str, sentence: str, untaken: Untaken
) -> None:
    assert sentence in complaint(untaken("settings", "set", value))
    assert not (untaken.folder / LOG).exists()
    assert "--effective-at was 'now'; a time with its zone is allowed, such as 2024-" in complaint(
        untaken("settings", "set", "shadow.fee_bps=3", "--effective-at", "now")
    )


def test_the_event_of_a_change_names_the_digest_that_rows_will_name(untaken: Untaken) -> None:
    untaken.done("settings", "set", "shadow.fee_bps=1")
    said = untaken.done("settings", "set", "shadow.size=250").out

    assert untaken.done("settings", "show", "--json").json["stretches"][-1]["digest"] in said


def test_settings_show_every_stretch_in_which_they_held(untaken: Untaken) -> None:
    untaken.done("settings", "set", "shadow.fee_bps=1")
    untaken.done("settings", "set", "shadow.fee_bps=2", "--effective-at", "2024-03-04T12:00:00Z")
    stretches = untaken.done("settings", "show", "--json").json["stretches"]

    assert [stretch["values"]["shadow.fee_bps"] for stretch in stretches] == [1, 2]
    assert "2 stretch" in untaken.done("settings", "show").out
