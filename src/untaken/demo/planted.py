"""A planted log: generated prices and signals whose verdicts are known beforehand."""

from __future__ import annotations

from typing import Literal

from untaken.demo.clock import CandleClock
from untaken.demo.delivery import delivered
from untaken.demo.paper import BASIS_POINT, Costs
from untaken.demo.plan import DRIFT, PLANTINGS, START, SWING, Case, Plan, draw
from untaken.schemas.times import from_us, to_us
from untaken.streams.client import Buffering, Emitter, Guard, GuardChain, HasSignal, SignalReceipt, Verdict
from untaken.streams.connectors.candles.encoding import bar_entries
from untaken.streams.engine import agree_on_settings
from untaken.streams.logs import Log, open_log

BOT = "planted"
SOURCE = "generated"
COSTS = Costs()
"""The plan is drawn for the default costs, and the log says that it uses them."""

_HOUR_S = 3_600.0
_HOUR_US = 3_600_000_000
_APPEND = 20_000


def plant(log_url: str, seed: int = 1) -> None:
    """Write the planted log to an empty log: guards saver, spender, bystander and doubtful, as their names say.

    Nothing in it happened; bot, symbols and source are called planted or generated.
    """
    plan = draw(seed)
    log = open_log(log_url)
    try:
        agree_on_settings(log, {}, by="planted demo")
        _write_bars(log, plan)
        _write_cases(log, plan, seed)
    finally:
        log.close()


def _write_bars(log: Log, plan: Plan) -> None:
    for batch in plan.bars.iter_slices(_APPEND):
        log.append(bar_entries(batch, SOURCE))


def _write_cases(log: Log, plan: Plan, seed: int) -> None:
    clock = CandleClock(to_us(START) - _HOUR_US)
    patient = Buffering(wait_when_full=True)
    with Emitter(
        log, BOT, run=f"seed-{seed}", mode="paper", backfill=True, buffering=patient, clock=clock
    ) as emitter:
        chain = GuardChain(emitter, _guards())
        emitter.declare(
            "USD",
            strategies={style.name: {"stop_loss_pct": style.stop_loss_pct} for style in (SWING, DRIFT)},
            guards=chain.declaration(),
            software=f"untaken planted log: generated, seed {seed}",
        )
        for number, case in enumerate(plan.cases, start=1):
            clock.set(case.at)
            signal = _tell_signal(emitter, case, number)
            if chain.ask(signal, case, snapshot={"price": case.price}):
                _tell_trade(emitter, case, signal.signal_id, number)
        delivered(emitter)


def _guards() -> list[Guard]:
    names = [planting.guard for planting in PLANTINGS if planting.guard is not None]
    return [_guard(name) for name in names]


def _guard(name: str) -> Guard:
    """Return a guard that blocks what the plan says it blocks: its score is 0 there and 1 elsewhere."""

    def score(_: HasSignal, case: Case) -> Verdict:
        return Verdict.at_least(0.0 if case.guard == name else 1.0, 0.5, reason_code=f"planted_{name}")

    return Guard(score, name=name, kind="stateless")


def _tell_signal(emitter: Emitter, case: Case, number: int) -> SignalReceipt:
    return emitter.signal(
        case.symbol,
        case.style.name,
        case.direction,
        case.price,
        signal_id=f"planted-{number}",
        at=from_us(case.at),
        timeframe="1h",
        confidence=0.5,
        size=case.style.size,
        stop_loss_pct=case.style.stop_loss_pct,
        take_profit_pct=case.style.take_profit_pct,
        max_hold_s=_HOUR_S,
        meta={"generated": True},
    )


def _tell_trade(emitter: Emitter, case: Case, signal_id: str, number: int) -> None:
    """Report the planted trade: it goes exactly as the shadow's rules would have it."""
    sign = 1 if case.direction == "long" else -1
    entry = case.price * (1 + sign * COSTS.slippage_bps * BASIS_POINT)
    leave, quantity = _exit_price(case, entry, sign), case.style.size / entry
    fees = (quantity * entry * COSTS.fee_bps * BASIS_POINT, quantity * leave * COSTS.fee_bps * BASIS_POINT)
    entry_at, exit_at = from_us(case.at + 20_000), from_us(case.at + _HOUR_US - 1_000)
    sides: tuple[Literal["buy", "sell"], Literal["buy", "sell"]] = (
        ("buy", "sell") if sign > 0 else ("sell", "buy")
    )
    trade_id, pnl = f"planted-{number}", sign * (leave - entry) * quantity - sum(fees)
    emitter.fill(trade_id, case.symbol, side=sides[0], role="entry", price=entry, qty=quantity, fee=fees[0],
                 at=entry_at, signal_id=signal_id)  # fmt: skip
    emitter.fill(trade_id, case.symbol, side=sides[1], role="exit", price=leave, qty=quantity, fee=fees[1],
                 at=exit_at, signal_id=signal_id)  # fmt: skip
    emitter.trade_closed(
        trade_id,
        case.symbol,
        case.direction,
        entry_at=entry_at,
        exit_at=exit_at,
        entry_price=entry,
        exit_price=leave,
        qty=quantity,
        pnl=pnl,
        pnl_pct=pnl / case.style.size * 100,
        exit_reason="take_profit" if case.wins else "stop_loss",
        signal_id=signal_id,
        strategy=case.style.name,
        fees=sum(fees),
    )


def _exit_price(case: Case, entry: float, sign: int) -> float:
    """Return the take-profit, or the stop with slippage; only the swinging strategy is ever let through."""
    if case.wins:
        return entry * (1 + sign * case.style.take_profit_pct / 100)
    return entry * (1 - sign * case.style.stop_loss_pct / 100) * (1 - sign * COSTS.slippage_bps * BASIS_POINT)
