"""The HTML report: whole, self-contained, and proof against hostile names."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web import samples
from untaken.web.reports.html import render

VOID = {"meta", "br", "hr", "img", "input", "link"}
DRAWN = {"path", "line", "rect", "circle", "text", "svg", "title"}


class Page(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def page(report: samples.Document) -> Page:
    return Page(render(report))


@pytest.mark.parametrize(
    "report",
    [
        samples.report(samples.group()),
        samples.troubled(),
        samples.report(),
        samples.report(samples.group([], days=1)),
    ],
    ids=["usual", "troubled", "empty", "no guards"],
)
def test_every_element_is_closed_and_nothing_is_fetched_or_run(report: samples.Document) -> None:
    shown = page(report)

    assert shown.open == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(shown.tags)
    assert not [
        name for name, _ in shown.attributes if name.startswith("on") or name in {"src", "style", "action"}
    ]
    assert all(value.startswith("#") for name, value in shown.attributes if name == "href")
    assert "@import" not in render(report)
    assert "url(" not in render(report)


def test_a_hostile_guard_name_stays_a_name() -> None:
    name = "<script>alert('x')</script>"
    text = render(samples.report(samples.group([samples.guard(name)])))

    assert "<script" not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in text


@given(name=st.text(min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_no_name_changes_what_the_page_is_made_of(name: str) -> None:
    def structure(text: str) -> list[str]:
        hostile = samples.group([samples.guard(text)], bot=text, run=text, currency=text)
        return page(samples.report(hostile, banners=[{"code": "x", "text": text}], log=text)).tags

    assert structure(name) == structure("plain")


def test_every_figure_stands_with_its_sample_and_its_costs() -> None:
    shown = page(samples.report(samples.group()))

    assert shown.text.count("1,258 blocked signals, 1,258 with a result in money; shadow trades in turn") == 4
    assert shown.text.count("after fees of 5 bps a side and slippage of 2 bps") == 5
    assert "real net of the fees that the bot reported" in shown.text


def test_a_verdict_is_told_by_words_and_mark_beside_its_colour() -> None:
    shown = page(samples.report(samples.group()))

    for words in ("▲ saves money", "▼ costs money", "◆ no material effect", "○ inconclusive"):
        assert words in shown.text


def test_what_is_not_known_is_a_dash_and_never_a_zero() -> None:
    guard = samples.guard() | {
        "net_saved": None,
        "avoided_loss": None,
        "missed_profit": None,
        "block_rate": None,
    }
    group = samples.group([guard])
    group["shadow_performance"]["in_turn"] |= {"win_rate": None, "drawdown": None}
    shown = page(samples.report(group))

    assert "No blocked signal has a result in money yet." in shown.text
    assert "Net saved –" in shown.text
    assert "win rate –" in shown.text


def test_drawings_say_what_they_show() -> None:
    shown = page(samples.report(samples.group()))
    labels = [value for name, value in shown.attributes if name == "aria-label"]

    assert any(
        label.startswith("volatility ceiling: mean saved per block +0.17 R, interval") for label in labels
    )
    assert any(label.startswith("Cumulated result in USD from 2018-01-02 to 2018-04-01") for label in labels)


def test_an_empty_window_says_so_and_still_shows_the_log() -> None:
    shown = page(samples.report())

    assert "Nothing here yet" in shown.text
    assert "22,779" in shown.text


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (
            {"since": "2024-03-03T10:00:00Z", "until": "2024-03-04T10:00:00Z", "hours": 24},
            "24 hours to 4 Mar 2024 10:00 UTC",
        ),
        (
            {"since": "2024-03-01T00:00:00Z", "until": "2024-03-04T00:00:00Z", "hours": 24},
            "1 Mar 2024 00:00 UTC to 4 Mar 2024 00:00 UTC",
        ),
        ({"since": None, "until": None, "hours": None}, "the whole log"),
        (
            {"since": None, "until": "2024-03-04T00:00:00Z", "hours": None},
            "everything before 4 Mar 2024 00:00 UTC",
        ),
    ],
)
def test_the_window_is_printed(bounds: samples.Document, words: str) -> None:
    assert words in page(samples.report(samples.group(), window=bounds)).text


def test_the_same_document_gives_the_same_page() -> None:
    assert render(samples.troubled()) == render(samples.troubled())
