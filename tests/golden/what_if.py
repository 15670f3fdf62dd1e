"""What `untaken replay what-if` says of the scenarios that a case names, put into the form of its expected.json."""

from collections.abc import Mapping
from typing import Any

from tests.golden.command_line import Runner
from tests.golden.surfaces import Figures, said

ENOUGH = "1000000"
"""More slots than a case has signals."""


def what_if_of(expected: Mapping[str, Any], log: str, run: Runner) -> dict[str, Any]:
    """Ask for every scenario that is expected."""
    return {name: answer_for(name, wanted, log, run) for name, wanted in expected.items()}


def answer_for(name: str, wanted: Mapping[str, Any], log: str, run: Runner) -> dict[str, Any]:
    """Return the figures in turn, or those under each limit where a case asks for limits."""
    if "unlimited" in wanted:
        return {limit: with_limits(asked(name, log, run, *slots(limit))) for limit in wanted}
    return in_turn(asked(name, log, run))


def asked(name: str, log: str, run: Runner, *more: str) -> Figures:
    """Return what the command says of the only bot's run."""
    flags = [] if name == "base" else [flag for part in name.split("+") for flag in flags_of(part)]
    answer = said(run, "replay", "what-if", *flags, *more, "--signals", "--json", "--log", log)
    (scenario,) = answer["scenarios"]
    (group,) = scenario["groups"]
    return dict(group)


def flags_of(part: str) -> tuple[str, str]:
    return ("--threshold", part) if "=" in part else ("--guard-off", part.removeprefix("no_"))


def slots(limit: str) -> tuple[str, str]:
    return "--max-positions", ENOUGH if limit == "unlimited" else limit.removeprefix("max_positions=")


def in_turn(group: Figures) -> dict[str, Any]:
    book = group["in_turn"]
    return {
        **book["scenario"],
        "difference": book["difference"],
        "exact": book["difference"],
        "net_pnl_if_disabled": book["net_pnl_if_disabled"],
        "bounds": book["bounds"],
        "unknown": group["unknown"],
        "released": group["released_signals"],
        "removed": group["removed_signals"],
        "not_rejudged": group["not_rejudged"],
    }


def with_limits(group: Figures) -> dict[str, Any]:
    book = group["capacity"]
    gains = ("stateless_gain", "simulated_gain", "interaction")
    return {
        "guard_on": {"admitted": book["base_admitted"], "pnl": book["base"]["pnl"]},
        "guard_off": {"admitted": book["admitted"], "pnl": book["scenario"]["pnl"]},
        **{name: book[name] for name in gains},
    }
