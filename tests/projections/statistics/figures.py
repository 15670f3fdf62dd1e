"""Print the null simulation in full size: python -m tests.projections.statistics.figures."""

import sys
from dataclasses import dataclass

import numpy as np

from tests.projections.statistics.claims import admitted, claims, ever, log_e
from tests.projections.statistics.null_logs import KINDS, daily, day_factor

DAYS = (60, 120, 250)


@dataclass(frozen=True)
class FamilyRates:
    """Share of runs in which any of several neutral guards is ever judged."""

    each_alone: float
    """Every guard as if it were the only one, without gates."""
    selected: float
    """By e-BH, without gates."""
    published: float
    """By e-BH over the guards that pass their gates: the rule."""


def family_error_rates(kind: str, *, guards: int, runs: int, days: int, seed: int) -> FamilyRates:
    """Simulate neutral guards that share their days' factor."""
    factor = day_factor(kind, np.random.default_rng(seed), runs, days)
    family = [
        daily(kind, runs=runs, days=days, seed=seed + 1 + guard, factor=factor) for guard in range(guards)
    ]
    logs = np.stack([log_e(each) for each in family])
    gated = np.where(np.stack([admitted(each) for each in family]), logs, -np.inf)
    return FamilyRates(
        each_alone=float(np.mean((logs >= np.log(20)).any(axis=(0, 2)))),
        selected=_any_selected(logs),
        published=_any_selected(gated),
    )


def _any_selected(logs: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Share of runs in which e-BH ever selects; `logs` by guard, run and day."""
    guards = logs.shape[0]
    ranked = -np.sort(-logs, axis=0)
    needed = np.log(guards * 20 / np.arange(1, guards + 1)) - 1e-9
    return float(np.mean((ranked >= needed[:, None, None]).any(axis=(0, 2))))


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def main(runs: int = 2000, seed: int = 20_240_304) -> None:
    """Print error rates, power and the rates of families, in percent of runs."""
    out = sys.stdout.write
    for effect_r in (0.0, 0.1, 0.2, 0.4):
        out(f"\nmean saved {effect_r} R: judged by day {DAYS}, wrong sign, mixture alone, median day\n")
        for kind in KINDS:
            logs = daily(kind, runs=runs, days=DAYS[-1], effect_r=effect_r, seed=seed)
            claimed = claims(logs)
            found = claimed.any(axis=1)
            median = (
                f"{np.median(claimed[found].astype(bool).argmax(axis=1)) + 1:.0f}" if found.any() else "-"
            )
            shares = [ever(claimed, by=day) for day in DAYS]
            wrong = float(np.mean((claimed < 0).any(axis=1))) if effect_r else float("nan")
            alone = float(np.mean((log_e(logs) >= np.log(20)).any(axis=1)))
            out(
                f"{kind:8} {'/'.join(map(_percent, shares))} | {_percent(wrong)} | {_percent(alone)} | {median}\n"
            )
    out("\nten neutral guards on shared days, ever judged in 250 days: each alone, e-BH, e-BH after gates\n")
    for kind in KINDS:
        rates = family_error_rates(kind, guards=10, runs=runs, days=DAYS[-1], seed=seed)
        out(
            f"{kind:8} {_percent(rates.each_alone)} | {_percent(rates.selected)} | {_percent(rates.published)}\n"
        )


if __name__ == "__main__":
    main()
