"""Answers to what-ifs and sweeps for the tests, in the shape that `untaken replay what-if --json` prints."""

from typing import Any

from tests.web.samples import money

Document = dict[str, Any]
WHOSE = {"bot": "scout", "run": "2023-10", "mode": "live", "currency": "USDT"}


def side(pnl: float, trades: int = 400) -> Document:
    return {
        "trades": trades,
        "money_unknown": 0,
        "pnl": money(pnl),
        "wins": trades // 2,
        "win_rate": 0.5,
        "profit_factor": 1.2,
        "sharpe": 1.1,
        "drawdown": money(310.5),
        "drawdown_pct": 3.105,
    }


def evidence(
    finding: str = "better", *, mean: float | None = 210.0, half: float | None = 120.0, judged: int = 290
) -> Document:
    known = mean is not None and half is not None
    return {
        "finding": finding,
        "changed_signals": judged,
        "judged_signals": judged,
        "clusters": 147,
        "block_days": 1,
        "mean_milli_r": mean,
        "interval_milli_r": [mean - half, mean + half]
        if known and mean is not None and half is not None
        else None,
        "e_value": 52_330.2,
        "e_needed": 20.0,
        "failing_gates": ["evidence"] if finding == "inconclusive" else [],
        "more_days_about": None,
        "without_stop": 0,
        "unresolved": 2,
        "n_eff": 42.5,
        "largest_share": 0.03,
    }


def book(difference: float = 1711.82, **found: Any) -> Document:
    return {
        "base": side(2_000),
        "scenario": side(2_000 + difference, 690),
        "difference": money(difference),
        "net_pnl_if_disabled": money(difference),
        "evidence": evidence(**found),
        "bounds": [money(difference), money(difference)],
    }


def what_if(**names: Document) -> Document:
    """Build an answer with one scenario per name, whose headline is the book given."""
    chosen = names or {
        "no_min_confidence": book(),
        "no_volatility_ceiling": book(-950.0, finding="worse", mean=-310.0),
    }
    return {
        "untaken": "0.1.0",
        "log": "sqlite:///scout.db",
        "window": {"since": None, "until": None},
        "filters": {},
        "scenarios_tried": 7,
        "scenarios": [
            {
                "scenario": name,
                "digest": f"{number:016x}",
                "rules": {"guards_off": [name]},
                "groups": [
                    {
                        **WHOSE,
                        "signals": 2_660,
                        "released": 290,
                        "removed": 0,
                        "unknown": 0,
                        "not_rejudged": 3,
                        "portfolio_guards_off": [],
                        "real_pnl": money(1_987.76),
                        "in_turn": headline,
                        "alone": book(40.0, finding="inconclusive", mean=15.0, half=300.0),
                        "capacity": None,
                    }
                ],
            }
            for number, (name, headline) in enumerate(chosen.items())
        ],
    }


def sweep(*axes: tuple[str, list[Any]]) -> Document:
    """Build an answer over a grid whose results rise to its middle."""
    axes = axes or (("take_profit_pct", [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]),)
    grid = _grid([values for _, values in axes])
    results = [
        900 - sum(430 * (place - 0.6) ** 2 * 4 for place in places) - 40 * number % 97
        for number, (places, _) in enumerate(grid)
    ]
    best = max(range(len(grid)), key=results.__getitem__)
    return {
        "window": {"since": None, "until": None},
        "filters": {},
        "scenarios_tried": 7 + len(grid),
        "sweep": {
            "fixed": {},
            "axes": [{"rule": rule, "values": values} for rule, values in axes],
            "size": len(grid),
            "digest": "00ab",
            "book": "in_turn",
            "locked_share": 0.4,
        },
        "groups": [
            {
                **WHOSE,
                "signals": 2_660,
                "open": {"since": None, "until": "2024-01-20T00:00:00Z", "clusters": 110, "block_days": 1},
                "locked": {"since": "2024-01-20T00:00:00Z", "until": None, "clusters": 80, "block_days": 1},
                "base": side(1_200),
                "scenarios": [
                    _scenario(axes, values, result, superior=number == best, near=result > max(results) - 150)
                    for number, ((_, values), result) in enumerate(zip(grid, results, strict=True))
                ],
                "best": best,
                "superior": [best],
                "plateau": best,
                "diagnostics": {
                    "effective_scenarios": 4.2,
                    "trials": 7 + len(grid),
                    "deflated_sharpe": 0.71,
                    "expected_best_sharpe": 1.1,
                    "best_sharpe": 1.6,
                    "overfitting": 0.23,
                    "blocks": 10,
                    "splits": 252,
                    "why": None,
                },
                "walk_forward": {
                    "folds": [
                        {
                            "since": f"2023-{month}-01T00:00:00Z",
                            "until": f"2023-{month}-28T00:00:00Z",
                            "chosen": None if month == 11 else "take_profit_pct 3",
                            "index": None,
                            "clusters": 27,
                            "difference": money(month * 11.5 - 100),
                        }
                        for month in (11, 12)
                    ],
                    "difference": money(64.5),
                    "in_sample_difference": money(410.0),
                    "evidence": evidence("inconclusive", mean=22.0, half=140.0),
                },
                "out_of_sample": None,
            }
        ],
    }


def _grid(axes: list[list[Any]]) -> list[tuple[list[float], list[Any]]]:
    grid: list[tuple[list[float], list[Any]]] = [([], [])]
    for values in axes:
        last = max(1, len(values) - 1)
        grid = [
            ([*places, number / last], [*chosen, value])
            for places, chosen in grid
            for number, value in enumerate(values)
        ]
    return grid


def _scenario(
    axes: tuple[tuple[str, list[Any]], ...], values: list[Any], result: float, *, superior: bool, near: bool
) -> Document:
    return {
        "scenario": ", ".join(f"{rule} {value}" for (rule, _), value in zip(axes, values, strict=True)),
        "values": values,
        "trades": 412,
        "wins": 210,
        "win_rate": 0.51,
        "profit_factor": 1.3,
        "pnl": money(1_200 + result),
        "difference": money(result),
        "changed_signals": 300,
        "changed_clusters": 98,
        "difference_milli_r": round(result * 50),
        "t": 2.4,
        "p_adjusted": 0.031 if superior else 0.4,
        "superior": superior,
        "not_excluded": near,
        "why": None,
    }


def saved(answer: Document | None = None) -> Document:
    """Build a scenario that was kept beside the log, with its answer or without."""
    return {
        "name": "loose",
        "scenario": "no_min_confidence",
        "digest": "00cd",
        "rules": {"guards_off": ["min_confidence"]},
        "watermark": "2024-04-09T00:00:00.000000Z",
        "problem": None,
        "answer": answer,
        "groups": [
            {
                **WHOSE,
                "base": {"trades": 400, "wins": 200, "win_rate": 0.5, "pnl": money(2_000)},
                "scenario": {"trades": 690, "wins": 380, "win_rate": 380 / 690, "pnl": money(3_711.82)},
                "difference": money(1_711.82),
            }
        ],
    }
