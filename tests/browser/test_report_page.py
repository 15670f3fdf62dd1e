"""The HTML report in a real browser: readable on a phone, in the dark and on paper; nothing fetched or run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.web import samples
from tests.web.test_answers_page import whole
from untaken.web.reports.html import render

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Scheme = Literal["light", "dark"]

CONTRASTS = """
() => {
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => { const [r, g, b] = numbers(colour).map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest("title")) continue;
    const style = getComputedStyle(node);
    const front = light(node.closest("svg") ? style.fill : style.color), back = light(behind(node));
    found.push([(Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05), walker.currentNode.data.trim()]);
  }
  return found;
}
"""


@contextmanager
def opened(
    chromium: Browser, folder: Path, report: samples.Document, *, width: int = 1280, scheme: Scheme = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """Open a report; give the page and the list of what it asked for and complained of."""
    file = folder / "report.html"
    file.write_text(render(report), "utf-8")
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    noises: list[str] = []
    page.on("request", lambda request: noises.append(request.url))
    page.on("console", lambda message: noises.append(message.text))
    page.on("pageerror", lambda error: noises.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    yield page, [noise for noise in noises if noise != file.as_uri()]
    page.close()


REPORTS: dict[str, samples.Document] = {
    "usual": samples.report(samples.group()),
    "troubled": samples.troubled(),
    "empty": samples.report(),
    "everything": whole(),
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(chromium: Browser, tmp_path: Path, name: str, width: int) -> None:
    with opened(chromium, tmp_path, REPORTS[name], width=width) as (page, noises):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert noises == []


@pytest.mark.parametrize("name", ["troubled", "everything"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_against_its_background(
    chromium: Browser, tmp_path: Path, scheme: Scheme, name: str
) -> None:
    with opened(chromium, tmp_path, REPORTS[name], scheme=scheme) as (page, _):
        contrasts: list[Any] = page.evaluate(CONTRASTS)

    assert len(contrasts) > 200
    assert [text for contrast, text in contrasts if contrast < 4.5] == []


def test_the_dark_page_is_dark(chromium: Browser, tmp_path: Path) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        with opened(chromium, tmp_path, REPORTS["usual"], scheme=scheme) as (page, _):
            backgrounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert backgrounds == ["rgb(250, 249, 246)", "rgb(21, 23, 27)"]


def test_hostile_names_run_nothing(chromium: Browser, tmp_path: Path) -> None:
    name = "\"><img src=x onerror='document.title=\"taken\"'><script>document.title='taken'</script>"
    hostile = samples.group([samples.guard(name)], bot=name, run=name, currency=name)

    with opened(chromium, tmp_path, samples.report(hostile, log=name), width=390) as (page, noises):
        assert page.title().startswith("Untaken: ")
        assert page.locator("script, img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert noises == []


@pytest.mark.parametrize(("name", "least"), [("usual", 5 + 5 + 5 + 2), ("everything", 30)])
def test_every_drawing_has_a_name_and_a_size(
    chromium: Browser, tmp_path: Path, name: str, least: int
) -> None:
    with opened(chromium, tmp_path, REPORTS[name], width=390) as (page, _):
        drawings = page.get_by_role("img")

        assert drawings.count() >= least
        for drawing in drawings.all():
            box = drawing.bounding_box()
            assert box is not None
            assert box["width"] > 100
            assert drawing.get_attribute("aria-label")


def test_guards_are_a_table_to_those_who_hear_it(chromium: Browser, tmp_path: Path) -> None:
    with opened(chromium, tmp_path, REPORTS["usual"]) as (page, _):
        table = page.get_by_role("table", name="Guards by net saved")

        assert table.get_by_role("row").count() == 6
        assert table.get_by_role("rowheader", name="volatility ceiling").count() == 1


def test_months_are_a_table_to_those_who_hear_it_also_on_a_phone(chromium: Browser, tmp_path: Path) -> None:
    for width in (360, 1280):
        with opened(chromium, tmp_path, REPORTS["everything"], width=width) as (page, _):
            table = page.get_by_role("table", name="Result by month, really traded")

            assert table.get_by_role("rowheader", name="2023").count() == 1
            assert table.get_by_role("cell").count() == 13


def test_the_contents_lead_to_their_sections(chromium: Browser, tmp_path: Path) -> None:
    with opened(chromium, tmp_path, REPORTS["everything"]) as (page, _):
        page.get_by_role("navigation", name="Sections of").get_by_role("link", name="Calibration").click()
        heading = page.get_by_role("heading", name="Calibration", exact=True)
        box = heading.bounding_box()

    assert box is not None
    assert 0 <= box["y"] < 450


def test_wide_tables_can_be_scrolled_from_the_keyboard(chromium: Browser, tmp_path: Path) -> None:
    with opened(chromium, tmp_path, REPORTS["everything"], width=360) as (page, _):
        table = page.get_by_role("region", name="By strategy", exact=True)
        table.focus()
        before = table.evaluate("node => node.scrollLeft")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("before => document.activeElement.scrollLeft > before", arg=before)


def test_every_link_and_fold_can_be_reached_from_the_keyboard_and_shows_it(
    chromium: Browser, tmp_path: Path
) -> None:
    with opened(chromium, tmp_path, REPORTS["everything"]) as (page, _):
        reached = set()
        for _ in range(12):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.tagName"))
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"

    assert "A" in reached


@pytest.mark.parametrize(("name", "most"), [("usual", 5), ("everything", 14)])
def test_it_prints_on_a_few_pages(chromium: Browser, tmp_path: Path, name: str, most: int) -> None:
    with opened(chromium, tmp_path, REPORTS[name]) as (page, _):
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = false)")
        pdf = page.pdf(format="A4")

    assert pdf.startswith(b"%PDF")
    assert 1 <= pdf.count(b"/Type /Page\n") <= most


def test_paper_is_white_also_for_those_who_read_in_the_dark(chromium: Browser, tmp_path: Path) -> None:
    with opened(chromium, tmp_path, REPORTS["usual"], scheme="dark") as (page, _):
        page.emulate_media(media="print", color_scheme="dark")
        colours = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )

    assert colours == ["rgb(255, 255, 255)", "rgb(34, 33, 31)"]
