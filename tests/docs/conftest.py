"""The demo, run once for everything here that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.running import Demo, copied, run_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Return a demo that is run when it is first asked for, and copied from then on."""
    folder = tmp_path_factory.mktemp("demo")
    done: list[Demo] = []

    def once(target: Path) -> str:
        if not done:
            done.append(copied(folder / "untaken-demo", run_demo(folder)))
        return done[0](target)

    return once
