"""Running what a page shows, in a folder of its own."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import Block, Command, commands_of, unlike
from untaken.cli import main

WIDTH = "100"
_SHELL = set("|<>&;`") | {"\n", "$("}

Demo = Callable[[Path], str]
"""Puts what `untaken demo` leaves into a folder and returns what it prints."""


class Runner:
    """Runs the blocks of one page, each after the ones before it.

    Plain `untaken` commands run in this process, which saves most of the time; everything else in a shell.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, demo: Demo) -> None:
        self._folder = folder
        self._environment = monkeypatch
        self._demo = demo
        self._names: dict[str, Any] = {"__name__": "__main__"}
        # A thread of its own: that of the tests may have an event loop running, for a browser.
        self._thread = ThreadPoolExecutor(max_workers=1)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", WIDTH)
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.delenv("UNTAKEN_LOG", raising=False)

    def run(self, block: Block) -> None:
        """Run one block; fails where it does, and where a page shows output that is not the real one."""
        if block.language == "python":
            self._thread.submit(self._exec, block).result()
            return
        for command in commands_of(block):
            status, printed = self._run_command(command)
            problem = (
                unlike(command.output, [line.rstrip() for line in printed.rstrip().splitlines()])
                if command.output
                else ""
            )

            assert status == 0, f"{command.text} returned {status}: {printed}"
            assert not problem, f"{command.text}: {problem}"

    def _exec(self, block: Block) -> None:
        exec(compile(block.text, f"{block.page.name}:{block.line}", "exec"), self._names)  # noqa: S102 # the page's own

    def _run_command(self, command: Command) -> tuple[int, str]:
        if any(sign in command.text for sign in _SHELL):
            return self._in_shell(command.text)
        words = shlex.split(command.text, comments=True)
        if words in (["untaken", "demo"], ["make", "demo"]):
            return 0, self._demo(self._folder)
        if words[0] == "export":
            self._environment.setenv(*words[1].split("=", 1))
            return 0, ""
        return _in_process(words[1:]) if words[0] == "untaken" else self._in_shell(command.text)

    def _in_shell(self, text: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


def _in_process(arguments: list[str]) -> tuple[int, str]:
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        status = main(arguments)
    return status, printed.getvalue()


def run_demo(folder: Path) -> str:
    """Run the demo in a folder and return what it prints, as wide as the pages are."""
    done = subprocess.run(
        [sys.executable, "-m", "untaken", "demo"],
        cwd=folder,
        env={**os.environ, "COLUMNS": WIDTH},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def copied(source: Path, printed: str) -> Demo:
    """Return a demo that has been run already."""

    def demo(folder: Path) -> str:
        shutil.copytree(source, folder / source.name)
        return printed

    return demo
