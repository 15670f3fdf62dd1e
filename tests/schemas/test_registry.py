"""Which types there are, and where they are filed."""

import pytest

from untaken.errors import SchemaUnknown
from untaken.schemas.registry import BROADCAST, EVENTS, FILINGS, SYMBOL_TOPICS, TOPICS, rank_of, topic_of

SPECIFIED = [
    "run.declared",
    "signal.emitted",
    "decision.made",
    "signal.expired",
    "exit.signalled",
    "order.filled",
    "trade.closed",
    "market.bar",
    "market.quote",
    "context.observed",
    "knob.overridden",
    "settings.changed",
    "drill.started",
    "drill.reacted",
    "drill.ended",
    "clock.ticked",
    "import.completed",
    "shadow.filled",
    "shadow.closed",
    "ledger.row",
    "cycle.completed",
    "feedback.issued",
    "alert.raised",
    "scenario.tried",
    "knob.adjusted",
    "retrain.requested",
    "training.progressed",
    "model.trained",
    "model.deployed",
    "model.rejected",
    "model.rolled_back",
    "autotrain.started",
    "autotrain.stopped",
    "autotrain.configured",
    "parameters.evolved",
    "dead.lettered",
]

ADDED = ["trade.row"]
"""Beside the ledger's rows, trades are published too."""


def test_every_specified_type_has_a_model() -> None:
    assert sorted(EVENTS) == sorted([*SPECIFIED, *ADDED])


def test_every_type_is_filed_under_a_topic() -> None:
    assert {topic_of(name) for name in EVENTS} == set(TOPICS)


def test_types_of_one_time_are_ordered_by_rank() -> None:
    ordered = [
        "clock.ticked", "settings.changed", "market.quote", "market.bar", "context.observed", "exit.signalled",
        "signal.emitted", "decision.made", "signal.expired", "order.filled", "trade.closed",
    ]  # fmt: skip

    assert [rank_of(name) for name in ordered] == list(range(11))


def test_every_symbol_keyed_fact_may_keep_the_reported_name_in_meta() -> None:
    keyed = [
        filing.model
        for name, filing in FILINGS.items()
        if filing.topic in SYMBOL_TOPICS and name not in BROADCAST
    ]

    assert all({"symbol", "meta"} <= set(model.model_fields) for model in keyed)


def test_every_field_is_described() -> None:
    undescribed = [
        f"{name}.{field}"
        for name, model in EVENTS.items()
        for field, info in model.model_fields.items()
        if not info.description
    ]

    assert undescribed == []


def test_an_unknown_type_has_no_topic() -> None:
    with pytest.raises(SchemaUnknown, match=r"there is no event type 'signal\.emited'"):
        topic_of("signal.emited")
