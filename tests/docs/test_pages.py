"""What the pages show can be typed, and prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import RUN, SHOWN, Block, blocks_of
from tests.docs.places import PLACES
from tests.docs.running import Demo, Runner
from tests.house.sources import ROOT
from tests.house.test_docs_links import PAGES

BLOCKS = {
    page.relative_to(ROOT).as_posix(): blocks_of(page) for page in PAGES if page.name != "CONTRIBUTING.md"
}
"""Those of what users read; the commands of contributors are targets of make, which have a check of their own."""

NOT_RUN = [block for blocks in BLOCKS.values() for block in blocks if block.language in RUN and block.reason]


def runnable(blocks: list[Block]) -> list[Block]:
    return [block for block in blocks if block.language in RUN and not block.reason]


@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("page", [page for page, blocks in BLOCKS.items() if runnable(blocks)])
def test_a_page_shows_what_really_happens(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Demo
) -> None:
    if page in PLACES:
        PLACES[page](tmp_path)
    runner = Runner(tmp_path, monkeypatch, demo)
    for block in runnable(BLOCKS[page]):
        runner.run(block)


@pytest.mark.parametrize("page", BLOCKS)
def test_every_block_says_what_it_is(page: str) -> None:
    assert [block.line for block in BLOCKS[page] if block.language not in (*RUN, *SHOWN)] == []


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    assert sorted({block.reason for block in NOT_RUN}) == [
        "it installs packages; tests/house/test_packaging.py does so in fresh environments",
        "it needs a broker; tests/kafka/client/test_pages.py runs it",
        "it needs a broker; tests/kafka/test_pages.py runs it",
        "it needs a container engine; tests/kafka/test_compose.py runs the same commands without one",
        "it needs systemd and an administrator",
        "the address of the repository is yours to fill in",
    ]


def test_the_check_of_shown_output_can_fail(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one && echo two\none\nthree\n```\n")
    (block,) = blocks_of(page)

    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        pytest.raises(AssertionError, match="shown was 'three'"),
    ):
        Runner(tmp_path, monkeypatch, lambda _: "").run(block)
