"""Wrong usage: one sentence, exit code 2, and nothing changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.builders import a_morning, closed, declared, signal
from tests.cli.commands import Untaken, complaint
from untaken.version import __version__

WRONG = {
    "an unknown command": (("weather",), "No such command 'weather'"),
    "an unknown command of a group": (("replay", "rewind"), "No such command 'rewind'"),
    "an unknown option": (("report", "--hour", "3"), "No such option: --hour"),
    "no number": (("report", "--hours", "many"), "Invalid value for '--hours': it must be a valid number"),
    "a window of nothing": (("report", "--hours", "0"), "--hours was 0; more than 0 and at most 878,400 is allowed"),
    "a window that ends before it began": (("report", "--hours", "-3"), "--hours was -3; more than 0"),
    "a window of NaN": (("report", "--hours", "nan"), "--hours was nan; more than 0"),
    "a window without end": (("report", "--hours", "inf"), "--hours was inf; more than 0"),
    "a window beyond the calendar": (("report", "--hours", "1e300"), "--hours was 1e+300; more than 0"),
    "a day for a time": (("report", "--since", "yesterday"), "--since was 'yesterday'; a time with its zone is allowed"),
    "a time without zone": (("report", "--until", "2024-03-04T10:00:00"), "--until was '2024-03-04T10:00:00'; a time with"),
    "since after until": (
        ("report", "--since", "2024-03-05T00:00:00Z", "--until", "2024-03-04T00:00:00Z"),
        "the window is empty: --since 2024-03-05T00:00:00Z is not before --until 2024-03-04T00:00:00Z",
    ),
    "since at until": (
        ("report", "--since", "2024-03-04T00:00:00Z", "--until", "2024-03-04T01:00:00+01:00"),
        "the window is empty",
    ),
    "a mode that does not exist": (("report", "--mode", "real"), "'real' is not one of 'live', 'paper', 'backtest'"),
    "a status that does not exist": (("ledger", "--status", "open"), "'open' is not one of 'filled', 'blocked'"),
    "fewer rows than one": (("ledger", "--limit", "-1"), "Invalid value for '--limit': it must be greater than or equal"),
    "a bot that never reported": (("report", "--bot", "nobody"), "no bot 'nobody' is in this log; known: bot, paper"),
    "a run that never was": (
        ("ledger", "--bot", "bot", "--run", "second"),
        "no run 'second' of bot 'bot' is in this log; known: default",
    ),
    "a signal without its id": (("signal",), "Missing argument"),
    "a rebuild into the past over the present": (
        ("replay", "rebuild", "--until", "2024-03-04T10:00:00Z"),
        "a rebuild up to a moment needs --into FILE, so that the state of now is kept",
    ),
    "a rebuild until nonsense": (("replay", "rebuild", "--until", "noon", "--into", "x.db"), "--until was 'noon'; a time"),
    "an export to nowhere": (("dead-letters", "--export", "no/such/file"), "no/such/file could not be read or written"),
    "a report into a file": (("report", "--html", "facts.jsonl/report.html"), "facts.jsonl could not be read or written"),
    "schemas that are not there": (("schemas", "check", "nowhere"), "nowhere"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_sentence(arguments: tuple[str, ...], sentence: str, untaken: Untaken) -> None:
    untaken.computed(*a_morning(), declared(id="paper", bot="paper"))
    before = contents(untaken.folder)

    assert sentence in complaint(untaken(*arguments))
    assert contents(untaken.folder) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".db", ".jsonl"}}


@pytest.mark.parametrize("arguments", [(), ("import",), ("replay",), ("settings",), ("schemas",)], ids=str)
def test_a_command_that_is_not_named_shows_what_there_is(
    arguments: tuple[str, ...], untaken: Untaken
) -> None:
    ran = untaken(*arguments)

    assert complaint(ran) == "name a command; the help above lists them"
    assert "--help" in ran.out


def test_help_and_version_are_no_failure(untaken: Untaken) -> None:
    assert untaken.done("--version").out == f"untaken {__version__}\n"
    assert "dead-letters" in untaken.done("--help").out
    assert "--retroactive" in untaken.done("settings", "set", "--help").out


def test_an_unknown_signal_is_told_with_similar_ids(untaken: Untaken) -> None:
    untaken.computed(signal("btc-0071"), signal("btc-0072"), signal("weather"))
    sentence = complaint(untaken("signal", "btc-0070"))

    assert sentence.startswith("no signal has the id 'btc-0070'; similar ones are btc-007")
    assert "weather" not in sentence
    assert complaint(untaken("signal", "XYZ")) == "no signal has the id 'XYZ'"


def test_a_bot_that_reported_only_trades_or_only_a_declaration_is_known(untaken: Untaken) -> None:
    untaken.computed(signal(), closed(bot="trader"), declared(id="d2", bot="starter"))

    for bot in ("bot", "trader", "starter"):
        untaken.done("report", "--bot", bot)
        untaken.done("ledger", "--bot", bot)
    assert "known: bot, starter, trader" in complaint(untaken("ledger", "--bot", "b"))


def test_a_failed_check_ends_with_1_and_names_the_tables(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    tamper_with_trades()
    ran = untaken("replay", "verify")

    assert complaint(ran, code=1).startswith(
        "trades is not what the log makes; untaken replay rebuild corrects it"
    )
    assert "trades differs:" in ran.out

    untaken.done("replay", "rebuild")
    untaken.done("replay", "verify")


def tamper_with_trades() -> None:
    """Take the trades out of the state, as a damaged disk might."""
    with closing(sqlite3.connect("untaken.state.db")) as connection, connection:
        connection.execute("DELETE FROM rows WHERE kind = 'trades'")
