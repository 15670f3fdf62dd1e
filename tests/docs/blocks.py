"""The fenced blocks of a page, in order; which of them are run, and why the others are not.

`console` and `python` blocks are run. One that cannot be says so in the line above its fence:
`<!-- not run: the reason -->`. Blocks of other languages show files and are not run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

RUN = ("console", "python")
SHOWN = ("csv", "ini", "json", "mermaid", "sql", "text", "toml")
"""Languages that a page may show without running them."""

_FENCE = re.compile(
    r"^(?P<before>[^\n]*)\n```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_NOT_RUN = re.compile(r"<!-- not run: (?P<reason>.+) -->")


@dataclass(frozen=True)
class Block:
    """One fenced block; `reason` says why it is not run, empty where it is."""

    page: Path
    line: int
    language: str
    text: str
    reason: str


@dataclass(frozen=True)
class Command:
    """One command of a console block, and the output that the page shows of it."""

    text: str
    output: tuple[str, ...]


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page in order."""
    text = "\n" + page.read_text("utf-8")
    return [
        Block(
            page,
            text[: found.start("language")].count("\n"),
            found["language"],
            found["text"],
            reason[1] if (reason := _NOT_RUN.search(found["before"])) else "",
        )
        for found in _FENCE.finditer(text)
    ]


def commands_of(block: Block) -> list[Command]:
    """Split a console block at its prompts; a here-document belongs to its command."""
    commands: list[Command] = []
    lines = iter(block.text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = [line[2:]]
            while command[-1].endswith("\\"):
                command.append(next(lines))
            if end := re.search(r"<<'(\w+)'", line):
                while command[-1] != end[1]:
                    command.append(next(lines))
            commands.append(Command("\n".join(command), ()))
        else:
            last = commands.pop()
            commands.append(Command(last.text, (*last.output, line.rstrip())))
    return commands


def unlike(shown: tuple[str, ...], given: list[str]) -> str:
    """Say where real output is not what a page shows; empty if it is.

    A line of `...` stands for any lines, `…` within a line for any text.
    """
    rest, skipping = list(given), False
    for line in shown:
        if line == "...":
            skipping = True
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        at = next((place for place, real in enumerate(rest) if pattern.fullmatch(real)), None)
        if at is None or (at > 0 and not skipping):
            return f"shown was {line!r}, real is, from here on: {rest[:40]}"
        rest, skipping = rest[at + 1 :], False
    return "" if skipping or not rest else f"real output goes on with {rest[0]!r}"
