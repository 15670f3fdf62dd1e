"""Which types there are, where they are filed, and how they are ordered."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from untaken.errors import SchemaUnknown
from untaken.schemas.base import Event
from untaken.schemas.events import (
    deadletters,
    decisions,
    derived,
    drills,
    executions,
    learning,
    market,
    models,
    runs,
    signals,
)


class Filing(NamedTuple):
    """Where a type is filed."""

    model: type[Event]
    topic: str
    rank: int


LAST_RANK: Final = 11
"""Types that no rule orders within a symbol come after all that one does."""

_FILED: Final[dict[str, Iterable[tuple[type[Event], int]]]] = {
    "settings": [
        (runs.RunDeclared, 1),
        (runs.SettingsChanged, 1),
        (runs.KnobOverridden, 1),
        (runs.ImportCompleted, 1),
    ],
    "market": [
        (market.ClockTicked, 0),
        (market.MarketQuote, 2),
        (market.MarketBar, 3),
        (market.ContextObserved, 4),
    ],
    "signals": [(signals.ExitSignalled, 5), (signals.SignalEmitted, 6)],
    "decisions": [(decisions.DecisionMade, 7), (decisions.SignalExpired, 8)],
    "executions": [(executions.OrderFilled, 9)],
    "outcomes": [(executions.TradeClosed, 10)],
    "drills": [(model, LAST_RANK) for model in (drills.DrillStarted, drills.DrillReacted, drills.DrillEnded)],
    "shadow-fills": [(derived.ShadowFilled, LAST_RANK)],
    "shadow-outcomes": [(derived.ShadowClosed, LAST_RANK)],
    "ledger": [(derived.LedgerRow, LAST_RANK)],
    "trades": [(derived.TradeRow, LAST_RANK)],
    "learning": [
        (model, LAST_RANK)
        for model in (
            learning.CycleCompleted,
            learning.FeedbackIssued,
            learning.AlertRaised,
            learning.ScenarioTried,
        )
    ],
    "knobs": [(learning.KnobAdjusted, LAST_RANK)],
    "models": [
        (model, LAST_RANK)
        for model in (
            models.RetrainRequested,
            models.TrainingProgressed,
            models.ModelTrained,
            models.ModelDeployed,
            models.ModelRejected,
            models.ModelRolledBack,
            learning.AutotrainStarted,
            learning.AutotrainStopped,
            learning.AutotrainConfigured,
            learning.ParametersEvolved,
        )
    ],
    "dead-letters": [(deadletters.DeadLettered, LAST_RANK)],
}

FILINGS: Final[dict[str, Filing]] = {
    str(model.model_fields["type"].default): Filing(model, topic, rank)
    for topic, filed in _FILED.items()
    for model, rank in filed
}
"""Filing by type name."""

EVENTS: Final[dict[str, type[Event]]] = {name: filing.model for name, filing in FILINGS.items()}
"""Model by type name."""

TOPICS: Final[tuple[str, ...]] = tuple(_FILED)
"""Topics without the prefix."""

SYMBOL_TOPICS: Final = ("signals", "decisions", "executions", "outcomes", "market")
"""Topics of facts keyed by symbol; they have one partition count and one partitioner."""

DERIVED: Final = frozenset(
    name
    for name, filing in FILINGS.items()
    if filing.topic in {"ledger", "trades", "shadow-fills", "shadow-outcomes"}
)
"""Types that engines compute from facts: nobody reports them, and no log holds them."""

BROADCAST: Final = frozenset({"clock.ticked"})
"""Types that go to every partition of every fact topic; in a single log they are filed once."""


def topic_of(type_name: str) -> str:
    """Return the topic of a type, without the prefix."""
    return _filing(type_name).topic


def rank_of(type_name: str) -> int:
    """Return the place of a type among events of one symbol and time."""
    return _filing(type_name).rank


def _filing(type_name: str) -> Filing:
    if type_name not in FILINGS:
        raise SchemaUnknown(
            f"there is no event type {type_name!r}; the types are {', '.join(sorted(FILINGS))}"
        )
    return FILINGS[type_name]
