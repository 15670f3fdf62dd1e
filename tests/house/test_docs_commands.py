"""Commands that the pages name exist, with the options they are given; the README's example does what it says."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.house.sources import ROOT
from tests.house.test_docs_links import PAGES
from untaken.cli import main
from untaken.cli.program import app

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(untaken [^`]+|make [^`]+)`")


def commands(page: Path) -> list[str]:
    text = page.read_text("utf-8")
    lines = [
        line.partition("#")[0].strip() for _, block in BLOCK.findall(text) for line in block.splitlines()
    ]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [part for part in [*parts, *INLINE.findall(text)] if part.startswith(("untaken ", "make "))]


NAMED = sorted({(command, page.relative_to(ROOT).as_posix()) for page in PAGES for command in commands(page)})
PROGRAM: Any = typer.main.get_command(app)


@pytest.mark.parametrize("command", [command for command, _ in NAMED if command.startswith("untaken ")])
def test_a_command_that_a_page_names_exists(command: str) -> None:
    words, node = shlex.split(command)[1:], PROGRAM
    while words and words[0] in getattr(node, "commands", {}):
        node = node.commands[words.pop(0)]
    options = {option for parameter in node.params for option in parameter.opts}

    assert not hasattr(node, "commands") or not words
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("command", [command for command, _ in NAMED if command.startswith("make ")])
def test_a_make_target_that_a_page_names_exists(command: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert {word for word in command.split()[1:] if "=" not in word} <= set(targets)


def test_the_readme_example_is_judged_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = next(
        block for language, block in BLOCK.findall((ROOT / "README.md").read_text()) if language == "python"
    )
    monkeypatch.chdir(tmp_path)

    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 # the page's own example
    assert main(["run", "--until-idle", "--log", "sqlite:///bot.db"]) == 0
    capsys.readouterr()
    assert main(["report", "--all", "--json", "--log", "sqlite:///bot.db"]) == 0

    (group,) = json.loads(capsys.readouterr().out)["groups"]
    blocked = {guard["guard"]: guard["blocked"] for guard in group["guard_effectiveness"]["guards"]}
    assert (group["bot"], blocked) == ("my-bot", {"narrow_spread": 1, "free_slot": 0})
