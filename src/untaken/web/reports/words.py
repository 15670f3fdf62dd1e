"""The words of a report: verdicts, windows, cost models, and names made safe to print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from untaken.web.reports.numbers import count, counted

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """How a verdict is shown; the mark tells it apart where colours do not."""

    name: str
    label: str
    mark: str
    style: str
    """Style on a terminal."""


VERDICTS = {
    verdict.name: verdict
    for verdict in (
        Verdict("saves", "saves money", "▲", "bold cyan"),
        Verdict("costs", "costs money", "▼", "bold yellow"),
        Verdict("no_material_effect", "no material effect", "◆", "blue"),
        Verdict("inconclusive", "inconclusive", "○", "dim"),
    )
}


def clean(text: object) -> str:
    """Replace what could steer a terminal or turn a line around: control and format characters."""
    return "".join(character if character.isprintable() else "�" for character in str(text))


def words_of(name: object) -> str:
    """Write a name of the wire in words: `confidence_threshold` is `confidence threshold`."""
    return clean(name).replace("_", " ")


def instant(text: str) -> str:
    """Write an instant to the minute, `4 Mar 2024 10:00 UTC`; what is not one is kept as it came."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return clean(text)
    return f"{at.day} {at:%b %Y %H:%M} UTC"


def window(report: Document) -> str:
    """Say which stretch of time the sums cover."""
    since, until = report["window"]["since"], report["window"]["until"]
    now = " (now)" if report["window"].get("live") else ""
    if since is None:
        return "the whole log" if until is None else f"everything before {instant(until)}"
    if until is None:
        return f"from {instant(since)} on"
    hours = _hours(since, until)
    if hours is not None and hours == report["window"].get("hours"):
        return f"{hours:g} hours to {instant(until)}{now}"
    return f"{instant(since)} to {instant(until)}{now}"


def _hours(since: str, until: str) -> float | None:
    try:
        return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds() / 3600
    except ValueError:
        return None


def filters(report: Document) -> str:
    """Name the filters in force, empty without any."""
    chosen = {name: value for name, value in report.get("filters", {}).items() if value not in (None, [], "")}
    return ", ".join(f"{clean(name)} = {clean(value)}" for name, value in sorted(chosen.items()))


def cost_model(group: Document) -> str:
    """Say what was taken off every shadow trade."""
    costs = group["cost_model"]
    parts = [f"fees of {costs['fee_bps']:g} bps a side"] if "fee_bps" in costs else []
    parts += [f"slippage of {costs['slippage_bps']:g} bps"] if "slippage_bps" in costs else []
    return f"after {' and '.join(parts)}" if parts else "after fees"


def who(group: Document) -> str:
    """Name a group: bot, run, mode."""
    return " · ".join(clean(group[name]) for name in ("bot", "run", "mode"))


def basis(group: Document) -> str:
    """Say what the guards' money stands on: the sample and the cost model."""
    guards = group["guard_effectiveness"]["guards"]
    blocked, known = (sum(guard.get(name) or 0 for guard in guards) for name in ("first_blocked", "counted"))
    return (
        f"{counted(blocked, 'blocked signal')}, {count(known)} with a result in money; "
        f"shadow trades in turn, {cost_model(group)}."
    )
