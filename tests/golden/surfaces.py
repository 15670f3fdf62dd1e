"""What the product's public surfaces say of a log, put into the form of a case's expected.json.

Nothing is computed here but the net saved of all blocked signals, which is the sum over their first blockers.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.golden.cases import Case, exact
from tests.golden.command_line import Runner
from tests.golden.decay import decay_of
from tests.golden.parts import MISSED_PARTS, by_dimension, by_value, group_of

Figures = Mapping[str, Any]

GUARD_GROUPS = ("effective_guards", "ineffective_guards", "immaterial_guards", "inconclusive_guards")


def answer_to(case: Case, folder: Path, run: Runner) -> dict[str, Any]:
    """Emit a case into a new log, let the engine run, and read the surfaces."""
    log = log_in(folder)
    facts = folder / "facts.jsonl"
    facts.write_text("".join(enveloped(line) + "\n" for line in case.lines), "utf-8")
    if case.settings:
        done(
            run,
            "settings",
            "set",
            *(f"{name}={json_of(value)}" for name, value in case.settings.items()),
            "--log",
            log,
        )
    done(run, "emit", str(facts), "--log", log)
    done(run, "run", "--until-idle", "--log", log)
    return read(log, run)


def log_in(folder: Path) -> str:
    """Name the log of the case that lies in a folder."""
    return f"sqlite:///{folder / 'case.db'}"


def read(log: str, run: Runner) -> dict[str, Any]:
    """Return everything that the surfaces say of a log that an engine has read."""
    rows = said(run, "ledger", "--json", "--log", log)["rows"]
    trades = said(run, "trades", "--json", "--log", log)["rows"]
    letters = said(run, "dead-letters", "--json", "--log", log)["rows"]
    report = said(run, "report", "--json", "--all", "--log", log)
    health = report["log_health"]
    return {
        "signals": {named(row, "signal_id"): row for row in rows},
        "trades": {named(row, "trade_id"): row for row in trades},
        "dead_letters": letters,
        "guards": by_name([guard for group in report["groups"] for guard in guards_of(group)]),
        "guard_groups": {name: grouped(report["groups"], name) for name in GUARD_GROUPS},
        "totals": [totals_of(group) for group in report["groups"]],
        "totals_by_mode_and_currency": report["totals_by_mode_and_currency"],
        "anomalies": health["anomalies"],
        "unresolved": health["unresolved"],
        "symbols_without_prices": [with_one_name(symbol) for symbol in health["symbols_without_prices"]],
        "money_unknown": [named(row, "signal_id") for row in rows if row["resolved"] and row["pnl"] is None],
        "quotes": {symbol: {"crossed": n} for symbol, n in health["crossed_quotes"].items()},
        "decay": decay_of(report["groups"]),
        "missed": {
            group_of(group): by_value(group["missed_opportunity"], MISSED_PARTS) for group in report["groups"]
        },
        "performance": {group_of(group): by_dimension(group["performance"]) for group in report["groups"]},
    }


def enveloped(line: str) -> str:
    """Wrap an event so that it says when it was appended; numbers stay as they were written."""
    record = json.loads(line)
    if "event" in record:
        return line
    return f'{{"appended_at": {json.dumps(record["at"])}, "backfill": false, "event": {line.strip()}}}'


def done(run: Runner, *arguments: str) -> str:
    """Run a command that must succeed; return what it printed."""
    ran = run(list(arguments))
    assert ran.code == 0, f"untaken {' '.join(arguments)} ended with {ran.code}: {ran.err}"
    return ran.out


def said(run: Runner, *arguments: str) -> Any:
    return exact(done(run, *arguments))


def json_of(value: Any) -> str:
    return json.dumps(value, default=float)


def named(row: Figures, kind: str) -> str:
    return f"{row['bot']}/{row['run']}/{row[kind]}"


def by_name(guards: Sequence[Figures]) -> dict[str, Figures]:
    """Name guards by bot and run, and by mode and currency too where a guard of a run has several."""
    times = Counter(named(guard, "guard") for guard in guards)
    return {
        name if times[name] == 1 else f"{name}/{guard['mode']}/{guard['currency']}": guard
        for guard in guards
        for name in [named(guard, "guard")]
    }


def guards_of(group: Figures) -> list[dict[str, Any]]:
    """Return the guards of a bot's run, the detail of their verdicts beside their other figures."""
    of = {name: group[name] for name in ("bot", "run", "mode", "currency")}
    return [{**of, **guard, **guard["verdict_detail"]} for guard in group["guard_effectiveness"]["guards"]]


def grouped(groups: Sequence[Figures], name: str) -> list[str]:
    """Return the names of the guards that have a verdict, whatever else is said of them beside it."""
    listed = [guard for group in groups for guard in group["guard_effectiveness"][name]]
    return [guard["guard"] if isinstance(guard, Mapping) else guard for guard in listed]


def totals_of(group: Figures) -> dict[str, Any]:
    performance, guards = group["shadow_performance"], group["guard_effectiveness"]["guards"]
    return {
        **{name: group[name] for name in ("bot", "run", "mode", "currency")},
        "in_turn": performance["in_turn"],
        "alone": performance["alone"],
        "blocked": {
            "signals": performance["statuses"]["blocked"],
            "net_saved": sum((Decimal(guard["net_saved"]) for guard in guards), Decimal(0)),
        },
        "trades_closed": performance["real"]["trades_closed"],
        "real_pnl": performance["real"]["pnl"],
    }


def with_one_name(symbol: Figures) -> dict[str, Any]:
    """Name the most similar symbol alone; the surface lists a few, best first."""
    names = symbol["most_similar"]
    return {**symbol, "most_similar": names[0] if isinstance(names, list) and names else names or None}
