"""The options of untaken replay what-if, and the rules of a scenario that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Book = Literal["in-turn", "alone", "capacity"]
Parts = Literal["strategies", "components"]

NUMBERS = "NUMBER|FROM:TO:STEP"
"""A rule that is given several numbers, also as 1,2,4, makes a sweep over all of them."""

GuardOffOption = Annotated[
    list[str] | None, typer.Option("--guard-off", help="Guard that blocks nobody; may be repeated.")
]
MinConfidenceOption = Annotated[
    str | None,
    typer.Option("--min-confidence", metavar=NUMBERS, help="As --threshold confidence_threshold=VALUE."),
]
MinRoiOption = Annotated[
    str | None, typer.Option("--min-roi", metavar=NUMBERS, help="As --threshold min_roi=VALUE.")
]
TakeProfitOption = Annotated[
    str | None,
    typer.Option("--take-profit", metavar=NUMBERS, help="Take-profit of every signal in percent; 0: none."),
]
StopLossOption = Annotated[
    str | None, typer.Option("--stop-loss", metavar=NUMBERS, help="Stop of every signal in percent; 0: none.")
]
MaxHoldOption = Annotated[
    str | None, typer.Option("--max-hold", metavar=NUMBERS, help="Longest hold of every signal in seconds.")
]
FeeBpsOption = Annotated[
    str | None, typer.Option("--fee-bps", metavar=NUMBERS, help="Fee of each side in bps.")
]
SlippageBpsOption = Annotated[
    str | None, typer.Option("--slippage-bps", metavar=NUMBERS, help="Slippage in bps.")
]
SizeOption = Annotated[
    str | None, typer.Option("--size", metavar=NUMBERS, help="Size of every signal, in quote currency.")
]
MaxPositionsOption = Annotated[
    str | None, typer.Option("--max-positions", metavar=NUMBERS, help="Open positions at most.")
]
MaxPerSymbolOption = Annotated[
    str | None,
    typer.Option("--max-per-symbol", metavar=NUMBERS, help="Open positions in one symbol at most."),
]
CapitalOption = Annotated[
    str | None,
    typer.Option("--capital", metavar=NUMBERS, help="Capital, of which a position blocks size / leverage."),
]
BaseMaxPositionsOption = Annotated[
    str | None,
    typer.Option("--base-max-positions", metavar=NUMBERS, help="Limit of the base, where it is another."),
]
BaseMaxPerSymbolOption = Annotated[
    str | None,
    typer.Option("--base-max-per-symbol", metavar=NUMBERS, help="Limit of the base, where it is another."),
]
BaseCapitalOption = Annotated[
    str | None,
    typer.Option("--base-capital", metavar=NUMBERS, help="Capital of the base, where it is another."),
]
FilesOption = Annotated[
    list[Path] | None,
    typer.Option("--scenario", help="TOML file with scenarios, or a sweep; may be repeated."),
]
NameOption = Annotated[str | None, typer.Option("--name", help="What to call the scenario of these flags.")]
BookOption = Annotated[Book | None, typer.Option("--book", help="Only this book.")]
HoursOption = Annotated[
    float | None, typer.Option("--hours", help="Length of the window (default: everything).")
]
SinceOption = Annotated[str | None, typer.Option("--since", help="Signals from this time on (RFC 3339).")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Signals before this time (RFC 3339).")]
SignalsOption = Annotated[bool, typer.Option("--signals", help="Name every signal that changes (JSON).")]
ThresholdOption = Annotated[
    list[str] | None,
    typer.Option("--threshold", help="New threshold of a reason code or guard, CODE=VALUE; may be repeated."),
]
TrailingStopOption = Annotated[
    str | None,
    typer.Option(
        "--trailing-stop", metavar=NUMBERS, help="Trailing stop of every signal in percent; 0: none."
    ),
]
StrategyWeightOption = Annotated[
    list[str] | None,
    typer.Option("--strategy-weight", help="Factor on a strategy's sizes, NAME=FACTOR; 0: not traded."),
]
ComponentWeightOption = Annotated[
    list[str] | None, typer.Option("--component-weight", help="Factor on a component's share, NAME=FACTOR.")
]
SaveOption = Annotated[
    str | None,
    typer.Option("--save", help="Keep the state as it would be under the one scenario, by this name."),
]

OptimiseOption = Annotated[
    Parts | None,
    typer.Option(
        "--optimise", help="Find weights of strategies or components, walking forward through the log."
    ),
]
UnlockOption = Annotated[
    bool,
    typer.Option(
        "--unlock", help="Judge the winner on the locked last days; asking is written into the log."
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Compute a sweep however long it takes.")]

RULES = {
    "name": "name",
    "guard_off": "guards_off",
    "threshold": "thresholds",
    "min_confidence": "min_confidence",
    "min_roi": "min_roi",
    "take_profit": "take_profit_pct",
    "stop_loss": "stop_loss_pct",
    "trailing_stop": "trailing_stop_pct",
    "max_hold": "max_hold_s",
    "fee_bps": "fee_bps",
    "slippage_bps": "slippage_bps",
    "size": "size",
    "strategy_weight": "strategy_weights",
    "component_weight": "component_weights",
    "max_positions": "max_positions",
    "max_per_symbol": "max_per_symbol",
    "capital": "capital",
    "base_max_positions": "base_max_positions",
    "base_max_per_symbol": "base_max_per_symbol",
    "base_capital": "base_capital",
}
"""Rule of a scenario by option."""

PAIRS = {
    "thresholds": "--threshold",
    "strategy_weights": "--strategy-weight",
    "component_weights": "--component-weight",
}
"""Options that give a number to a name, by their rule."""
