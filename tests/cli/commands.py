"""The command line as a person uses it: in a folder of its own, with what it says and how it ends."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.golden.command_line import own_signal_handlers
from untaken.cli import main

Event = Mapping[str, Any]

LOG = "untaken.db"
"""What the commands use where no log is named."""


class Ran(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, numbers as the decimals that they were written as."""
        assert self.code == 0, self.err
        return json.loads(self.out, parse_float=Decimal, parse_constant=no_number)


def no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


class Untaken:
    """Commands run one after the other in one folder, on the log `untaken.db` there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._capsys = capsys
        self._patch = patch

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Ran:
        """Run one command in this process."""
        self._patch.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin)))
        with own_signal_handlers():
            code = main([str(argument) for argument in arguments])
        out, err = self._capsys.readouterr()
        return Ran(code, out, err)

    def done(self, *arguments: str | Path, stdin: bytes = b"") -> Ran:
        """Run one command that must succeed in silence on standard error."""
        ran = self(*arguments, stdin=stdin)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran

    def file(self, name: str, content: bytes | str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def emitted(self, *events: Event) -> Ran:
        """Emit events from a file."""
        return self("emit", self.file("facts.jsonl", lines(events)))

    def computed(self, *events: Event) -> None:
        """Emit events and let the engine read them; lines that are refused are no failure here."""
        self.emitted(*events)
        self.done("run", "--until-idle")

    def health(self) -> Any:
        """Return what the report over everything says of the log."""
        return self.report()["log_health"]

    def report(self) -> Any:
        return self.done("report", "--all", "--json").json

    def signals(self) -> dict[str, Any]:
        """Return the ledger's rows by signal id."""
        return {row["signal_id"]: row for row in self.done("ledger", "--json").json["rows"]}

    def trades(self) -> dict[str, Any]:
        return {row["trade_id"]: row for row in self.done("trades", "--json").json["rows"]}

    def dead_letters(self) -> Any:
        return self.done("dead-letters", "--json").json["rows"]


def lines(events: Iterable[Event]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def complaint(ran: Ran, *, code: int = 2) -> str:
    """Return the one sentence that a command which failed says on standard error."""
    said = ran.err.splitlines()
    assert ran.code == code, ran
    assert len(said) == 1, ran.err
    assert said[0].startswith("untaken: ")
    sentence = said[0].removeprefix("untaken: ")
    assert 20 < len(sentence) < 700
    return sentence
