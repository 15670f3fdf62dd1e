"""The page on reading from Python prints what it shows."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.blocks import blocks_of, unlike
from tests.docs.running import Demo
from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "how-to" / "read-from-python.md"


@pytest.mark.xdist_group("pages")
def test_what_is_shown_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Demo
) -> None:
    monkeypatch.chdir(tmp_path)
    demo(tmp_path)
    names = {"__name__": "__main__"}
    shown = 0
    for block, following in pairwise(blocks_of(PAGE)):
        if block.language != "python":
            continue
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(block.text, f"{PAGE.name}:{block.line}", "exec"), names)  # noqa: S102 - the page's own

        assert following.language == "text"
        assert (
            unlike(tuple(following.text.rstrip().splitlines()), printed.getvalue().rstrip().splitlines())
            == ""
        )
        shown += 1

    assert shown == 4
