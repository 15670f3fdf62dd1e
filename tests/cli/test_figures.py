"""What commands print for programs: JSON that parses, money exact, and the same figures as for people."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.builders import DAY, a_morning, bar, closed, decision, declared, signal
from tests.cli.commands import Untaken

COMMANDS = [
    ("report", "--all"),
    ("report", "--since", f"{DAY}00:00:00Z", "--until", f"{DAY}23:00:00Z"),
    ("ledger",),
    ("trades",),
    ("signal", "s1"),
    ("dead-letters",),
    ("doctor",),
    ("settings", "show"),
    ("replay", "verify"),
    ("replay", "rebuild"),
    ("run", "--until-idle"),
    ("emit", "facts.jsonl"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_that_prints_figures_prints_json(command: tuple[str, ...], untaken: Untaken) -> None:
    untaken.computed(*a_morning())

    assert isinstance(untaken.done(*command, "--json").json, dict)


MONEY = {
    "pnl", "real_pnl", "reported_pnl", "computed_pnl", "fees", "notional", "avoided_loss", "missed_profit", "net_saved",
    "shapley", "drawdown", "in_turn", "alone", "real", "saved",
}  # fmt: skip


@pytest.mark.parametrize(
    "command", [("report", "--all"), ("ledger",), ("trades",), ("signal", "s1")], ids=" ".join
)
def test_money_is_written_with_every_digit_and_never_with_an_exponent(
    command: tuple[str, ...], untaken: Untaken
) -> None:
    tiny = signal("tiny", size=1e-6, strategy="other")
    untaken.computed(*a_morning(), tiny, closed("t2", pnl=1e-8, pnl_pct=0.0))
    found = list(money(untaken.done(*command, "--json").json))

    assert found
    assert {type(amount) for amount in found} == {Decimal}
    assert {amount.as_tuple().exponent for amount in found} == {-8}


def money(document: Any, name: str = "") -> Iterator[Any]:
    """Yield every amount of a document, told by its name."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from money(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from money(value, name)
    elif name in MONEY and document is not None:
        yield document


def test_a_blocked_loser_is_money_saved_to_the_last_digit(untaken: Untaken) -> None:
    """Entry 100.02, stop 98.0196, out at 97.99999608; fees 5 bps of 1000 and of what is left of it.

    1000 x (97.99999608 / 100.02 - 1) = -20.19600..., fees 0.5 + 0.489902...; in all -21.185902.
    """
    untaken.computed(*a_morning())
    guard = untaken.report()["groups"][0]["guard_effectiveness"]["guards"][0]
    expected = Decimal(1000) * (Decimal("97.99999608") / Decimal("100.02") - 1) - Decimal("0.5") * (
        1 + Decimal("97.99999608") / Decimal("100.02")
    )

    assert guard["net_saved"] == -expected.quantize(Decimal("1e-8"))
    assert guard["net_saved"] == untaken.signals()["s1"]["pnl"] * -1
    assert guard["net_saved"] == Decimal("21.18590200")


@pytest.mark.parametrize(
    ("pnl", "written"),
    [
        (8_765_432.12345678, "8765432.12345678"),
        (123_456_789.5, "123456789.50000000"),
        (12_345_678_901.5, "12345678901.50000000"),
        (80_000_000_000.25, "80000000000.25000000"),
    ],
)
def test_large_money_keeps_its_last_digit(pnl: float, written: str, untaken: Untaken) -> None:
    untaken.computed(declared(), closed(qty=pnl, pnl=pnl))

    assert f'"pnl":{written},' in untaken.done("trades", "--json").out
    assert untaken.report()["groups"][0]["shadow_performance"]["real"]["pnl"] == Decimal(written)


def test_the_window_says_where_it_begins_and_ends(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    window = untaken.done("report", "--hours", "2", "--json").json["window"]

    assert window == {
        "since": f"{DAY}10:00:00.000001Z",
        "until": f"{DAY}12:00:00.000001Z",
        "hours": 2,
        "live": False,
    }


def test_a_window_shows_what_lies_in_it_and_an_hour_later_nothing(untaken: Untaken) -> None:
    untaken.computed(*a_morning())

    def judged(since: str, until: str) -> list[int]:
        said = untaken.done("report", "--json", "--since", f"{DAY}{since}Z", "--until", f"{DAY}{until}Z").json
        return [
            guard["judged"] for group in said["groups"] for guard in group["guard_effectiveness"]["guards"]
        ]

    assert sum(judged("10:00:00", "10:00:01")) == 1
    assert sum(judged("10:00:01", "11:00:00")) == 0
    assert sum(judged("09:00:00", "10:00:00")) == 0


def test_the_ledger_can_be_cut_to_what_is_asked_for(untaken: Untaken) -> None:
    other = signal("s2", "10:30:00", symbol="ETH/USD", strategy="drift")
    untaken.computed(*a_morning(), other, bar(symbol="ETH/USD", id="eth"))

    def ids(*options: str) -> list[str]:
        return [row["signal_id"] for row in untaken.done("ledger", "--json", *options).json["rows"]]

    assert ids() == ["s1", "s2"]
    assert ids("--symbol", "ETH/USD") == ids("--strategy", "drift") == ids("--limit", "1") == ["s2"]
    assert ids("--status", "blocked") == ids("--limit", "5", "--symbol", "BTC/USD") == ["s1"]
    assert ids("--mode", "backtest") == []


def test_the_terminal_shows_the_same_money_as_the_json(untaken: Untaken) -> None:
    untaken.computed(*a_morning())

    assert "21.19" in untaken.done("report", "--all").out
    assert "-21.18590200" in untaken.done("ledger").out
    assert "-21.18590200" in untaken.done("signal", "s1").out


def test_the_whole_story_of_a_signal_holds_its_trade(untaken: Untaken) -> None:
    untaken.computed(declared(), signal(), bar(), closed(signal_id="s1"))
    story = untaken.done("signal", "s1", "--json").json

    assert [row["status"] for row in story["signals"]] == ["filled"]
    assert [row["trade_id"] for row in story["trades"]] == ["t1"]
    assert story["signals"][0]["real_pnl"] == 1


def test_a_rebuild_and_a_second_run_change_no_digest(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    before = untaken.done("replay", "verify", "--json").json["digests"]
    untaken.done("run", "--until-idle")
    untaken.done("replay", "rebuild")

    assert untaken.done("replay", "verify", "--json").json["digests"] == before
    assert set(before) > {"ledger", "trades", "guard_effectiveness", "guards_asked", "dead_letters"}


def test_a_rebuild_to_a_moment_holds_what_had_come_by_then(untaken: Untaken) -> None:
    early, late = signal("early"), signal("late")
    wrapped = [
        {"appended_at": f"{DAY}{at}Z", "backfill": False, "event": event}
        for at, event in (("10:00:01", early), ("10:00:03", late))
    ]
    untaken.emitted(*wrapped)
    said = untaken.done("replay", "rebuild", "--until", f"{DAY}10:00:02Z", "--into", "then.db", "--json").json

    assert said["records"] == 1
    assert not (untaken.folder / "untaken.state.db").exists()


def test_a_report_in_html_is_one_file_that_needs_no_other(untaken: Untaken) -> None:
    untaken.computed(*a_morning())
    said = untaken.done("report", "--all", "--html", "deep/report.html").out
    text = (untaken.folder / "deep" / "report.html").read_text("utf-8")

    assert said.startswith("deep/report.html (file:///")
    assert "spread" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_the_demo_of_an_earlier_run_is_not_written_over(untaken: Untaken) -> None:
    (untaken.folder / "untaken-demo").mkdir()
    untaken.file("untaken-demo/real.db", "")
    ran = untaken("demo")

    assert ran.code == 2
    assert "untaken-demo holds an earlier demo; add --again to replace it" in ran.err


def test_returns_beyond_belief_are_counted_exactly_and_stay_json(
    untaken: Untaken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A price that rises from 1e-9 to 1e15 leaves every fixed number of bits."""
    monkeypatch.setenv("UNTAKEN_ENGINE__BATCH_RECORDS", "1")
    names = ["A/USD", "B/USD", "C/USD"]
    signals = [signal(name, symbol=name, price=1e-9) for name in names]
    rockets = [bar(id=name, symbol=name, open=1e15, high=1e15, low=1e15, close=1e15) for name in names]
    untaken.computed(declared(), *signals, *rockets)
    book = untaken.report()["groups"][0]["shadow_performance"]["in_turn"]

    assert (book["resolved"], book["money_unknown"]) == (3, 3)
    assert book["milli_r"] == 3 * (2**63 - 1)
    assert untaken.done("replay", "verify").out.splitlines()[-1].startswith("clean:")


def test_sums_of_fourth_powers_are_written_however_large(untaken: Untaken) -> None:
    days = [
        signal(f"s{n}", f"{n:02}:00:00", size=10.0, stop_loss_pct=0.01, strategy=f"st{n}")
        for n in range(12, 16)
    ]
    blocks = [decision(f"s{n}", f"{n:02}:00:01", chain_complete=True, final=True) for n in range(12, 16)]
    untaken.computed(
        declared(), *days, *blocks, *(bar(n, open=100.0, low=50.0, close=50.0) for n in range(12, 16))
    )
    untaken.computed(bar(at="2024-04-04T11:00:00Z", open_at="2024-04-04T10:00:00Z", id="later"))
    detail = untaken.report()["groups"][0]["guard_effectiveness"]["guards"][0]["verdict_detail"]

    assert detail["sum_s4"] == detail["sum_s"] ** 4 > 2**63
