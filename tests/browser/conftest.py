"""A real Chromium for the tests of pages."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the Chromium of this machine; skip without one, or fail if UNTAKEN_REQUIRE_BROWSER=1.

    It ends with its module: while it runs, its thread is inside an event loop, and no other test may start one.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        _without_browser()
    with sync_playwright() as playwright:
        # Root, as in CI, has no sandbox; the pages are our own.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def _without_browser() -> None:
    reason = "NO BROWSER: install chromium to test the pages (apt-get install chromium)"
    if os.environ.get("UNTAKEN_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
