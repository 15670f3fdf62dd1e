"""Missed opportunities: what was not traded and why, and what the evidence suggests to change."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from untaken.web.reports.charts.bars import Balance, balance_of
from untaken.web.reports.charts.intervals import Axis, Interval, forest, interval_words, mean_words
from untaken.web.reports.numbers import Money, count, counted, in_r, percent, written
from untaken.web.reports.parts.grid import Grid, bars, grid, line
from untaken.web.reports.words import VERDICTS, Document, Verdict, clean, words_of

NO_REASON = "nothing blocked it"
CLEARLY = {"missed_profit": "costs", "avoided_loss": "saves", None: "inconclusive"}
LABELS = {
    "missed_profit": "clearly missed profit",
    "avoided_loss": "clearly avoided loss",
    None: "may be luck",
}


@dataclass(frozen=True)
class Reason:
    name: str
    sample: str
    net: str
    mean: str
    range: str
    sure: str
    verdict: Verdict
    """How the mark is drawn; a missed profit is money that a guard cost."""
    interval: Interval | None
    balance: Balance | None


@dataclass(frozen=True)
class Suggestion:
    title: str
    why: str
    at_stake: str
    command: str
    """What-if that shows its effect; empty where there is none."""


@dataclass(frozen=True)
class Missed:
    net: str
    story: str
    confident: str
    reasons: list[Reason]
    axis: Axis
    parts: list[Grid]
    suggestions: list[Suggestion]


def missed_of(group: Document, money: Money) -> Missed | None:
    """Lay out what was not traded; None where every signal was, or there was none."""
    missed = group.get("missed_opportunity")
    if not missed or not missed["missed"]:
        return None
    reasons = missed["reason_codes"]
    axis, intervals = forest([_as_guard(reason) for reason in reasons], "mean missed per signal")
    return Missed(
        net=money.signed(missed["net_opportunity_cost"]),
        story=story(missed, money),
        confident=_confident(missed["confident"], money),
        reasons=[_reason(*pair, reasons, money) for pair in zip(reasons, intervals, strict=True)],
        axis=axis,
        parts=parts_of(missed, money),
        suggestions=[suggestion_of(each, money) for each in group.get("suggestions") or ()],
    )


def story(missed: Document, money: Money) -> str:
    """Say what the signals that were not traded were worth."""
    counts = ", ".join(
        f"{count(missed[name])} {words}"
        for name, words in (("blocked", "blocked"), ("expired", "expired"), ("never_traded", "never traded"))
        if missed[name]
    )
    if not missed["counted"]:
        return f"{counted(missed['missed'], 'signal')} not traded ({counts}); none has a result in money yet."
    return (
        f"{counted(missed['missed'], 'signal')} not traded ({counts}): {money.plain(missed['missed_profit'])} of profit "
        f"missed less {money.plain(missed['avoided_loss'])} of losses avoided, over {count(missed['counted'])} with a result; "
        f"{percent(missed['hypothetical_win_rate'], 1)} of them would have won."
    )


def _confident(confident: Document, money: Money) -> str:
    if not confident["counted"]:
        return ""
    return (
        f"Of those, {counted(confident['missed'], 'signal')} had a confidence of 0.60 or more: "
        f"{money.named_signed(confident['net_opportunity_cost'])}, {percent(confident['hypothetical_win_rate'], 1)} would have won."
    )


def _as_guard(reason: Document) -> Document:
    """Give the evidence on a reason the shape that intervals of guards are drawn from."""
    evidence = reason.get("evidence") or {}
    return {
        "interval_milli_r": evidence.get("interval_milli_r"),
        "verdict_detail": {"mean_saved_milli_r": evidence.get("mean_missed_milli_r")},
    }


def _reason(reason: Document, interval: Interval, all_reasons: Sequence[Document], money: Money) -> Reason:
    evidence = reason.get("evidence")
    clearly = evidence["clearly"] if evidence else None
    return Reason(
        name=name_of(reason["reason_code"]),
        sample=_sample(reason),
        net=money.signed(reason["net_opportunity_cost"]),
        mean=mean_words(_as_guard(reason)) if evidence else "",
        range=interval_words(_as_guard(reason)) if evidence else "",
        sure=LABELS[clearly] if evidence else "not judged",
        verdict=VERDICTS[CLEARLY[clearly]],
        interval=interval if evidence else None,
        balance=balance_of(reason, all_reasons, money),
    )


def name_of(reason: object) -> str:
    return NO_REASON if reason is None else words_of(reason)


def _sample(reason: Document) -> str:
    return (
        f"{counted(reason['missed'], 'signal')}, {percent(reason['hypothetical_win_rate'])} would have won"
        if reason["counted"]
        else f"{counted(reason['missed'], 'signal')}, no result yet"
    )


PARTS = (("strategies", "strategy"), ("symbols", "symbol"), ("guards", "guard"))


def parts_of(missed: Document, money: Money) -> list[Grid]:
    """Make a table of each key."""
    return [_part(missed[part], key, money) for part, key in PARTS if missed[part]]


def _part(rows: Sequence[Document], key: str, money: Money) -> Grid:
    return grid(
        f"Not traded, by {key}",
        rows,
        [
            line(key, lambda row: clean(row[key]) if row[key] is not None else NO_REASON, words=True),
            line("signals", lambda row: count(row["missed"])),
            line(f"net missed, {money.currency}", lambda row: money.signed(row["net_opportunity_cost"])),
            bars(rows, lambda row: row["net_opportunity_cost"], gain_is_bad=True),
            line("profit missed", lambda row: money.plain(row["missed_profit"])),
            line("loss avoided", lambda row: money.plain(row["avoided_loss"])),
            line("would have won", lambda row: percent(row["hypothetical_win_rate"])),
        ],
        things=f"{key[:-1]}ies" if key.endswith("y") else f"{key}s",
    )


def suggestion_of(each: Document, money: Money) -> Suggestion:
    """Write a suggestion: what to change, why, what is at stake, and the what-if that shows its effect."""
    return Suggestion(
        title=_title(each),
        why=_why(each),
        at_stake="" if each["at_stake"] is None else money.named(each["at_stake"]),
        command=command_of(each),
    )


def _title(each: Document) -> str:
    name = clean(each["name"])
    if each["direction"] == "off":
        return f"Try without {name}"
    return (
        f"{clean(each['direction']).capitalize()} {name} from {_value(each['from'])} to {_value(each['to'])}"
    )


def _value(value: float) -> str:
    return f"{value:g}"


def _why(each: Document) -> str:
    evidence = each["evidence"]
    if each["kind"] == "threshold":
        return (
            f"{written(evidence['signals_per_day'], 1)} signals a day came in, and "
            f"{written(evidence['target_signals_per_day'], 1)} are wanted."
        )
    days = counted(evidence["clusters"], "day")
    if each["kind"] == "guard":
        mean = evidence["mean_saved_milli_r"]
        return f"A block cost {in_r(None if mean is None else -mean).lstrip('+')} on average, over {days}."
    return (
        f"Signals turned down for {words_of(each['reason_code'])} would have made "
        f"{in_r(evidence['mean_missed_milli_r'])} each, over {days}."
    )


FLAGS = {
    "min_confidence": "--min-confidence",
    "min_signal_confidence": "--min-confidence",
    "min_profit_pct": "--min-roi",
}


def command_of(each: Document) -> str:
    """Give the command that asks what the change would have made."""
    asked = "untaken replay what-if"
    if each["kind"] == "guard":
        return f"{asked} --guard-off {shlex.quote(clean(each['name']))}"
    if each["name"] == "max_positions":
        return f"{asked} --max-positions {_value(each['to'])} --base-max-positions {_value(each['from'])}"
    flag = FLAGS.get(each["name"])
    return f"{asked} {flag} {_value(each['to'])}" if flag else ""
