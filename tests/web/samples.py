"""Report documents for the tests: plausible figures that hang together, drawn from a seed."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

FIRST_DAY = date(2018, 1, 2)
Document = dict[str, Any]


def money(value: float) -> Decimal:
    return Decimal(str(round(value, 8)))


def guard(
    name: str = "spread",
    *,
    edge_milli_r: float = 0.0,
    spread_milli_r: float = 900.0,
    blocks_a_day: int = 4,
    days: int = 90,
    verdict: str = "inconclusive",
    kind: str = "market",
    seed: int = 1,
) -> Document:
    """Build one guard's figures from normal results per block, 1 R being 20 in money."""
    draw = random.Random(seed)
    results = [
        [draw.gauss(edge_milli_r, spread_milli_r) for _ in range(draw.randint(0, 2 * blocks_a_day))]
        for _ in range(days)
    ]
    saved = [round(result) for day in results for result in day]
    gains, losses = sum(s for s in saved if s > 0), -sum(s for s in saved if s < 0)
    n = len(saved)
    mean = sum(saved) / n if n else None
    half = 3.1 * spread_milli_r / n**0.5 if n else None
    return {
        "guard": name,
        "kind": kind,
        "bucket": "portfolio" if kind == "portfolio" else "guard",
        "judged": 6 * n + 40,
        "blocked": n + n // 4,
        "block_rate": (n + n // 4) / (6 * n + 40),
        "resolved": n + n // 5,
        "overlapped": n // 5,
        "unresolved": n // 4 - n // 5,
        "counted": n,
        "first_blocked": n,
        "avoided_loss": money(gains / 50),
        "missed_profit": money(losses / 50),
        "net_saved": money((gains - losses) / 50),
        "avoided_loss_milli_r": gains,
        "missed_profit_milli_r": losses,
        "net_saved_milli_r": gains - losses,
        "avoided_share": sum(s > 0 for s in saved) / n if n else None,
        "sole": money((gains - losses) / 70),
        "sole_bounds": [money((gains - losses) / 70), money((gains - losses) / 70)],
        "shapley": money((gains - losses) / 60),
        "shapley_bounds": [money((gains - losses) / 60 - 30), money((gains - losses) / 60 + 25)],
        "unknown_beyond_first": 0,
        "verdict": verdict,
        "verdict_sentence": sentence(verdict, days),
        "interval_milli_r": None if mean is None or half is None else [mean - half, mean + half],
        "verdict_detail": {
            "e_value": {"saves": 212.4, "costs": 98_765.0}.get(verdict, 1.31),
            "clusters": days,
            "failing_gates": ["sides"] if verdict == "inconclusive" else [],
            "more_days_about": 140 if verdict == "inconclusive" else None,
            "mean_saved_milli_r": mean,
            "rope_milli_r": 20,
            "break_even_extra_cost": None if mean is None else money(-mean / 50),
        },
        "days": [
            {
                "day": (FIRST_DAY + timedelta(days=index)).isoformat(),
                "n": len(day),
                "saved_milli_r": sum(map(round, day)),
                "saved": money(sum(map(round, day)) / 50),
            }
            for index, day in enumerate(results)
            if day
        ],
    }


def sentence(verdict: str, days: int) -> str:
    return {
        "saves": f"Its blocks saved money over {days} separate days; the interval lies above zero.",
        "costs": f"Its blocks cost money over {days} separate days; the interval lies below zero.",
        "no_material_effect": "Whatever it does is smaller than 0.02 R per block.",
        "inconclusive": "Not decided: fewer than 10 days on the losing side; about 140 more days.",
    }[verdict]


def usual_guards() -> list[Document]:
    return [
        guard("volatility ceiling", edge_milli_r=210, verdict="saves", seed=3),
        guard("minimum confidence", edge_milli_r=-190, verdict="costs", kind="stateless", seed=4),
        guard("spread", edge_milli_r=60, blocks_a_day=1, seed=5),
        guard("session hours", edge_milli_r=0, spread_milli_r=12, verdict="no_material_effect", seed=6),
        guard("one position per symbol", edge_milli_r=-40, blocks_a_day=2, kind="portfolio", seed=7),
    ]


def group(guards: list[Document] | None = None, *, days: int = 90, seed: int = 11, **other: Any) -> Document:
    draw = random.Random(seed)
    guards = usual_guards() if guards is None else guards
    curve = [
        {
            "day": (FIRST_DAY + timedelta(days=index)).isoformat(),
            "in_turn": money(draw.gauss(-1.5, 22)),
            "alone": money(draw.gauss(-4, 38)),
            "real": money(draw.gauss(2.5, 15)) if index > 6 else None,
        }
        for index in range(days)
    ]
    return {
        "bot": "demo",
        "run": "default",
        "mode": "backtest",
        "currency": "USD",
        "cost_model": {"fee_bps": 5.0, "slippage_bps": 2.0, "size": 1000.0, "after_fees": True},
        "settings_digest": "5f1c09ab77d0e214",
        "guard_effectiveness": {
            "guards": guards,
            "effective_guards": _named(guards, "saves", lambda g: g["guard"]),
            "ineffective_guards": _named(
                guards, "costs", lambda g: {"guard": g["guard"], "net_cost": -g["net_saved"]}
            ),
            "immaterial_guards": _named(guards, "no_material_effect", lambda g: g["guard"]),
            "inconclusive_guards": _named(guards, "inconclusive", lambda g: g["guard"]),
            "portfolio_guards": [g["guard"] for g in guards if g["bucket"] == "portfolio"],
        },
        "shadow_performance": {
            "in_turn": _book(curve, "in_turn", resolved=1204, overlapped=311, unresolved=17, sharpe=-0.42),
            "alone": _book(curve, "alone", resolved=1515, unresolved=17, sharpe=None),
            "real": _book(curve, "real", trades_closed=402, sharpe=0.91),
            "measured_error": {
                "n": 402,
                "mean_ppm": -180,
                "p50_ppm": 240,
                "p95_ppm": 2150,
                "sign_disagreements": 19,
            },
            "days": curve,
        },
        **other,
    }


def _named(guards: list[Document], verdict: str, name: Callable[[Document], Any]) -> list[Any]:
    return [name(guard) for guard in guards if guard["verdict"] == verdict and guard["bucket"] == "guard"]


def _book(curve: list[Document], name: str, **other: Any) -> Document:
    values = [float(day[name]) for day in curve if day[name] is not None]
    gains, losses = sum(v for v in values if v > 0), -sum(v for v in values if v < 0)
    return {
        "pnl": money(gains - losses),
        "wins": 512,
        "win_rate": 0.425,
        "profit_factor": gains / losses if losses else "undefined",
        "return_ppm_mean": -95 if name != "real" else 210,
        "overlapped": 0,
        "unresolved": 0,
        "money_unknown": 0,
        "drawdown": money(187.5),
        **other,
    }


def health(**other: Any) -> Document:
    return {
        "events": {
            "market": 12_430,
            "signals": 1_532,
            "decisions": 7_611,
            "executions": 804,
            "outcomes": 402,
        },
        "late": 0,
        "future": 0,
        "duplicates": 12,
        "repeats": 88,
        "dead_letters": {},
        "unread": 0,
        "unresolved": {"no_data": 0, "pending": 5},
        "anomalies": [],
        "symbols_without_prices": [],
        "crossed_quotes": {},
        "lag": 0,
        **other,
    }


def report(*groups: Document, **other: Any) -> Document:
    return {
        "untaken": "0.1.0",
        "log": "sqlite:///out/demo.sqlite",
        "generated_at": "2024-03-04T10:00:00.000000Z",
        "watermark": "2018-04-02T00:00:00.000000Z",
        "window": {
            "since": "2018-01-02T00:00:00Z",
            "until": "2018-04-02T00:00:00Z",
            "hours": None,
            "live": False,
        },
        "filters": {"bot": None, "run": None},
        "banners": [],
        "groups": list(groups),
        "totals_by_mode_and_currency": [],
        "log_health": health(),
        **other,
    }


def troubled() -> Document:
    """Build a report where much is wrong at once."""
    incomplete = guard("risk limit", kind="portfolio", seed=21)
    incomplete["unknown_beyond_first"] = 41
    young = guard("news blackout", days=3, blocks_a_day=1, seed=22)
    young["interval_milli_r"] = None
    empty = guard("weekend", days=0)
    doubtful = group([incomplete, young, empty, *usual_guards()[:2]], seed=12, bot="scalper", run="2024-03")
    doubtful["shadow_performance"]["measured_error"]["sign_disagreements"] = 130
    return report(
        doubtful,
        group([], days=1, seed=13, bot="imported", run="backtest-result", currency="BTC"),
        banners=[
            {"code": "no_prices", "text": "XBTUSD has no prices; BTC/USD and XBT/USD have."},
            {"code": "no_decisions", "text": "No decision was seen of imported / backtest-result."},
        ],
        filters={"bot": "scalper", "run": None},
        log_health=health(
            late=3,
            dead_letters={"invalid": 14, "late": 3},
            crossed_quotes={"EUR/USD": 9},
            symbols_without_prices=[
                {"symbol": "XBTUSD", "signals": 31, "most_similar": ["BTC/USD", "XBT/USD"]}
            ],
            anomalies=[
                {
                    "kind": "pnl_sign_reversed",
                    "bot": "scalper",
                    "run": "2024-03",
                    "trade_id": "17",
                    "symbol": "EUR/USD",
                    "at": "2018-03-01T12:00:00Z",
                }
            ],
        ),
    )
