"""untaken replay what-if: what the log would have come to under other rules."""

from __future__ import annotations

import time
from collections.abc import Sequence

from untaken.cli.choosing import BotOption, ModeOption, RunOption, WindowRefused, asked_span, demand_known
from untaken.cli.session import (
    ConfigOption,
    JsonOption,
    LogOption,
    Session,
    now_if_live,
    print_json,
)
from untaken.cli.whatif.options import (
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
    OptimiseOption,
    Parts,
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
    UnlockOption,
    UntilOption,
    YesOption,
)
from untaken.cli.whatif.rules import asked_for
from untaken.cli.whatif.sweeps import Wish, swept, weighed
from untaken.cli.whatif.views import needs_prices, scenario_view
from untaken.projections.figures import Figures, moment
from untaken.replay.whatif.answer import Asked, what_if
from untaken.replay.whatif.counting import count, tried
from untaken.replay.whatif.group import BOOKS
from untaken.replay.whatif.saving import place_for
from untaken.replay.whatif.saving import save as keep
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused
from untaken.replay.whatif.sweeps.grid import Grid
from untaken.streams.chain.chain import BEGINNING
from untaken.streams.logs.opening import is_archive
from untaken.streams.view import Filters, View, Window
from untaken.version import __version__


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
    optimise: OptimiseOption = None,
    unlock: UnlockOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Compute what the log would have come to under other rules, beside what it came to; it is counted on the log."""
    asked_rules = asked_for(locals(), scenario or [])
    session = Session.of(log, config)
    if isinstance(asked_rules, Grid) or optimise:
        _demand_no_save(save, signals=signals)
    else:
        _demand_one(asked_rules, session, save, unlock=unlock)
    prices = optimise is not None or needs_prices(asked_rules)
    with scenario_view(session, prices=prices) as (view, lag, done):
        filters = Filters(bot, run, mode)
        demand_known(view, filters)
        books = (book.replace("-", "_"),) if book else BOOKS
        asked = Asked(_window(view, hours, since, until), filters, books, signals)
        wish = Wish(asked, books[0] if book else None, unlock, yes)
        answer = {
            **_heading(session, view, lag, done),
            **_answer(session, view, asked_rules, optimise, wish),
        }
    if save is not None and session.state_path is not None and not isinstance(asked_rules, Grid):
        answer["saved"] = str(keep(session.state_path, asked_rules[0], save, answer))
    print_json(answer) if json else show(answer)


def _heading(session: Session, view: View, lag: int, done: str | None) -> Figures:
    """Return what was asked; `done` says what had to be computed for it first."""
    heading = {
        "untaken": __version__,
        "log": session.log_url,
        "watermark": _watermark(view),
        "lag": lag,
    }
    return heading if done is None else {**heading, "computed_here": done}


def _answer(
    session: Session, view: View, rules: Sequence[Scenario] | Grid, parts: Parts | None, wish: Wish
) -> Figures:
    if parts is not None:
        answer = weighed(session, view, _alone(rules, parts), wish)
    elif isinstance(rules, Grid):
        answer = swept(session, view, rules, wish)
    else:
        answer = _single(session, view, rules, wish.asked)
    if not any(one["groups"] for one in answer.get("scenarios", [answer])):
        raise WindowRefused(
            "no signal lies in this log or in the window that was named; untaken ledger lists those that there are"
        )
    return answer


def _single(session: Session, view: View, scenarios: Sequence[Scenario], asked: Asked) -> Figures:
    """Compute, then count on the log what was tried; an archive is only read, so nothing is counted there."""
    with session.log(read_only=True) as opened:
        before = tried(view, opened).scenarios
    answer = what_if(view, scenarios, asked, before)
    if any(one["groups"] for one in answer["scenarios"]) and not is_archive(session.log_url):
        with session.log() as opened:
            count(opened, scenarios, time.time_ns() // 1000)
    return answer


def _alone(rules: Sequence[Scenario] | Grid, parts: Parts) -> Parts:
    if isinstance(rules, Grid) or any(scenario.rules() for scenario in rules):
        raise ScenarioRefused(f"--optimise {parts} looks for weights alone; leave out the other rules")
    return parts


def _demand_no_save(save: str | None, *, signals: bool) -> None:
    if save is not None:
        raise ScenarioRefused(
            f"--save {save} keeps one scenario, and a sweep has many: save the one that you want by itself"
        )
    if signals:
        raise ScenarioRefused(
            "--signals names those of one scenario, and a sweep has many: ask for one of them"
        )


def _demand_one(scenarios: Sequence[Scenario], session: Session, name: str | None, *, unlock: bool) -> None:
    """Refuse, before anything is computed, what only a sweep can do, and what cannot be kept under a name."""
    if unlock:
        raise ScenarioRefused(
            "--unlock judges the winner of a sweep on the locked days; a single scenario is judged on all days anyway"
        )
    if name is None:
        return
    if len(scenarios) != 1:
        raise ScenarioRefused(
            f"--save {name} keeps one scenario, and {len(scenarios)} were named: save each by itself"
        )
    place_for(session.state_path, name, session.log_url)


def show(answer: Figures) -> None:
    """Print the answer as tables."""
    from rich.console import Console

    if "scenarios" in answer:
        from untaken.cli.whatif.tables import render
    else:
        from untaken.cli.whatif.sweep_tables import render
    render(answer, Console())


def _window(view: View, hours: float | None, since: str | None, until: str | None) -> Window:
    """Return the window asked for; by default everything."""
    newest = view.watermark if view.watermark > BEGINNING else None
    return asked_span(hours, since, until).window(newest, now_if_live(view.watermark))


def _watermark(view: View) -> str | None:
    return moment(view.watermark) if view.watermark > BEGINNING else None
