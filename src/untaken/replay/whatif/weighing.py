"""Weights of strategies and components, as factors on the size of each signal."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import polars as pl

from untaken.replay.whatif.scenario import Scenario


def weights(rows: pl.DataFrame, scenario: Scenario) -> pl.Series:
    """Return the factor on the size of each ledger row; 0: the signal is not taken at all."""
    if not (scenario.strategy_weights or scenario.component_weights):
        return pl.repeat(1.0, rows.height, eager=True)
    by_strategy = rows["strategy"].replace_strict(
        scenario.strategy_weights, default=1.0, return_dtype=pl.Float64
    )
    return by_strategy * _of_components(rows["components"], scenario.component_weights)


def _of_components(components: pl.Series, factors: Mapping[str, float]) -> pl.Series:
    if not factors:
        return pl.repeat(1.0, len(components), eager=True)
    kinds = components.unique(maintain_order=True)
    known = [1.0 if text is None else _mean(orjson.loads(text), factors) for text in kinds]
    weighed = pl.DataFrame({"components": kinds, "weight": known}, schema_overrides={"weight": pl.Float64})
    return components.to_frame("components").join(
        weighed, on="components", how="left", maintain_order="left", nulls_equal=True
    )["weight"]


def _mean(scores: Mapping[str, float], factors: Mapping[str, float]) -> float:
    """Return the mean factor of a signal's components, each as heavy as its score is large; 1 without any score."""
    sizes = {name: abs(float(score)) for name, score in sorted(scores.items())}
    whole = sum(sizes.values())
    if not whole:
        return 1.0
    return sum(size * factors.get(name, 1.0) for name, size in sizes.items()) / whole
