"""untaken replay what-if: what the log would have come to under other rules."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from untaken.cli.choosing import demand_known
from untaken.cli.scenario_options import (
    PAIRS,
    RULES,
    BaseCapitalOption,
    BaseMaxPerSymbolOption,
    BaseMaxPositionsOption,
    BookOption,
    CapitalOption,
    ComponentWeightOption,
    FeeBpsOption,
    FilesOption,
    GuardOffOption,
    HoursOption,
    MaxHoldOption,
    MaxPerSymbolOption,
    MaxPositionsOption,
    MinConfidenceOption,
    MinRoiOption,
    NameOption,
    SaveOption,
    SignalsOption,
    SinceOption,
    SizeOption,
    SlippageBpsOption,
    StopLossOption,
    StrategyWeightOption,
    TakeProfitOption,
    ThresholdOption,
    TrailingStopOption,
    UntilOption,
)
from untaken.cli.session import (
    BotOption,
    ConfigOption,
    JsonOption,
    LogOption,
    ModeOption,
    RunOption,
    Session,
    now_if_live,
    print_json,
)
from untaken.config import MAX_HOURS
from untaken.errors import UntakenError
from untaken.projections.figures import Figures, moment
from untaken.replay.whatif.answer import Asked, what_if
from untaken.replay.whatif.counting import count, tried
from untaken.replay.whatif.files import scenarios_in
from untaken.replay.whatif.group import BOOKS
from untaken.replay.whatif.saving import save as keep
from untaken.replay.whatif.saving import saved_path
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused, scenario_of
from untaken.schemas.settings import MICROSECONDS
from untaken.schemas.times import instant, to_us
from untaken.streams.chain.chain import BEGINNING
from untaken.streams.logs.opening import is_archive
from untaken.streams.view import Filters, View, Window
from untaken.version import __version__


class WindowRefused(UntakenError):
    """The window asked for does not exist or holds no signal; nothing was computed."""


def what_if_command(
    log: LogOption = None,
    config: ConfigOption = None,
    guard_off: GuardOffOption = None,
    threshold: ThresholdOption = None,
    min_confidence: MinConfidenceOption = None,
    min_roi: MinRoiOption = None,
    take_profit: TakeProfitOption = None,
    stop_loss: StopLossOption = None,
    trailing_stop: TrailingStopOption = None,
    max_hold: MaxHoldOption = None,
    fee_bps: FeeBpsOption = None,
    slippage_bps: SlippageBpsOption = None,
    size: SizeOption = None,
    strategy_weight: StrategyWeightOption = None,
    component_weight: ComponentWeightOption = None,
    max_positions: MaxPositionsOption = None,
    max_per_symbol: MaxPerSymbolOption = None,
    capital: CapitalOption = None,
    base_max_positions: BaseMaxPositionsOption = None,
    base_max_per_symbol: BaseMaxPerSymbolOption = None,
    base_capital: BaseCapitalOption = None,
    scenario: FilesOption = None,
    name: NameOption = None,
    book: BookOption = None,
    hours: HoursOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    bot: BotOption = None,
    run: RunOption = None,
    mode: ModeOption = None,
    signals: SignalsOption = False,
    save: SaveOption = None,
    json: JsonOption = False,
) -> None:
    """Compute what the log would have come to under other rules, beside what it came to; it is counted on the log."""
    given = locals()
    scenarios = _scenarios({rule: given[option] for option, rule in RULES.items()}, scenario or [])
    session = Session.of(log, config)
    if save is not None:
        _demand_one(scenarios, session, save)
    with session.view() as (view, lag):
        filters = Filters(bot, run, mode)
        demand_known(view, filters)
        asked = Asked(
            _window(view, hours, since, until), filters, (book.replace("-", "_"),) if book else BOOKS, signals
        )
        answer = _answer(session, view, scenarios, asked)
    answer = {
        "untaken": __version__,
        "log": session.log_url,
        "watermark": _watermark(view),
        "lag": lag,
        **answer,
    }
    if save is not None and session.state_path is not None:
        answer["saved"] = str(keep(session.state_path, scenarios[0], save))
    if json:
        print_json(answer)
    else:
        show(answer)


def _answer(session: Session, view: View, scenarios: Sequence[Scenario], asked: Asked) -> Figures:
    """Compute, then count on the log what was tried; an archive is only read, so nothing is counted there."""
    with session.log(read_only=True) as opened:
        before = tried(opened)
    answer = what_if(view, scenarios, asked, before)
    if not any(one["groups"] for one in answer["scenarios"]):
        raise WindowRefused(
            "no signal lies in this log or in the window that was named; untaken ledger lists those that there are"
        )
    if not is_archive(session.log_url):
        with session.log() as opened:
            count(opened, scenarios, time.time_ns() // 1000)
    return answer


def _demand_one(scenarios: Sequence[Scenario], session: Session, name: str) -> None:
    """Refuse, before anything is computed, what cannot be kept under a name."""
    if len(scenarios) != 1:
        raise ScenarioRefused(
            f"--save {name} keeps one scenario, and {len(scenarios)} were named: save each by itself"
        )
    if session.state_path is None:
        raise ScenarioRefused(
            f"--save {name}: a log in memory has no state beside which something could be kept"
        )
    saved_path(session.state_path, name)


def show(answer: Figures) -> None:
    """Print the answer as tables."""
    from rich.console import Console

    from untaken.cli.scenario_tables import render

    render(answer, Console())


def _scenarios(flags: dict[str, Any], files: Sequence[Path]) -> list[Scenario]:
    numbered = {rule: _pairs(option, flags[rule]) for rule, option in PAIRS.items()}
    given = {rule: value for rule, value in (flags | numbered).items() if value not in (None, [], {})}
    found = [one for file in files for one in scenarios_in(file)]
    if given or not found:
        found.append(scenario_of(given, "what-if"))
    return found


def _pairs(option: str, texts: Sequence[str] | None) -> dict[str, float]:
    pairs: dict[str, float] = {}
    for text in texts or ():
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            equals = ""
            number = 0.0
        if not (name and equals):
            raise ScenarioRefused(f"{option} was {text!r}; NAME=NUMBER is allowed, such as spread=0.5")
        if name in pairs:
            raise ScenarioRefused(f"{option} names {name!r} twice; one value each is allowed")
        pairs[name] = number
    return pairs


def _window(view: View, hours: float | None, since: str | None, until: str | None) -> Window:
    first, last = _time("--since", since), _time("--until", until)
    if first is not None and last is not None and first >= last:
        raise WindowRefused(f"the window is empty: --since {since} is not before --until {until}")
    if hours is None or first is not None:
        return Window(first, last)
    if not 0 < hours <= MAX_HOURS:
        raise WindowRefused(
            f"--hours was {hours:g}; more than 0 and at most {MAX_HOURS:,} is allowed; everything is the default"
        )
    end = last if last is not None else now_if_live(view.watermark) or view.watermark + 1
    return Window(end - round(hours * 3600 * MICROSECONDS), end)


def _time(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return to_us(instant(text))
    except ValueError:
        raise WindowRefused(
            f"{option} was {text!r}; a time with its zone is allowed, such as 2024-03-04T10:00:00Z"
        ) from None


def _watermark(view: View) -> str | None:
    return moment(view.watermark) if view.watermark > BEGINNING else None
