"""Figures of calibration: whether the confidence that signals state is the frequency with which they win."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from untaken.projections.definition import DAY
from untaken.projections.figures import Figures
from untaken.projections.performance.dimensions import CONFIDENCE_STEP_E4
from untaken.projections.statistics.calibration import (
    E4,
    Bin,
    Calibration,
    calibrate,
    p_value_by_day,
    win_rate_interval,
)

SUMS = ("n", "wins", "confidence_e4", "won_confidence_e4", "confidence2_e8", "surprise_e8")


def calibration_section(real: pl.DataFrame, shadow: pl.DataFrame, block_days: int = 1) -> Figures:
    """Figures of one bot, run, mode and currency from CALIBRATION and SHADOW_CALIBRATION over a window.

    `p_value` is that of z, as if signals were independent; `p_value_by_day` takes the days, or blocks of days, for
    what is independent, and holds where signals of a day win and lose together.
    """
    block = (pl.col(DAY) - pl.col(DAY) % block_days).alias(DAY)
    return {"real": _source(real.with_columns(block)), "shadow": _source(shadow.with_columns(block))}


def _source(table: pl.DataFrame) -> Figures:
    whole = pl.lit(0).alias("of")
    return {
        **next(iter(_by(table.with_columns(whole), "of").values()), _figures({}, [])),
        "strategies": _named(table, "strategy"),
        "model_versions": _named(table, "model_version"),
    }


def _named(table: pl.DataFrame, key: str) -> list[Figures]:
    found = _by(table.filter(pl.col(key).is_not_null()), key)
    return [{key: value, **figures} for value, figures in found.items()]


def _by(table: pl.DataFrame, key: str) -> dict[Any, Figures]:
    """Return the figures of every value of a column, in order of the values."""
    added = table.group_by(key, "bucket").agg(pl.col(*SUMS).sum()).sort(key, "bucket")
    bins: dict[Any, dict[int, Bin]] = {}
    for value, bucket, *sums in added.iter_rows():
        bins.setdefault(value, {})[int(bucket)] = Bin(*(int(each) for each in sums))
    surprises = _surprises(table, key)
    return {value: _figures(of_value, surprises[value]) for value, of_value in bins.items()}


def _figures(bins: Mapping[int, Bin], surprises: Sequence[int]) -> Figures:
    found = calibrate(list(bins.values()))
    reliability = [_bin(bucket, each) for bucket, each in bins.items()]
    by_day = {"p_value_by_day": p_value_by_day(surprises) if found else None}
    return {**(_calibrated(found) if found else _NOTHING), **by_day, "table": reliability}


def _surprises(table: pl.DataFrame, key: str) -> dict[Any, list[int]]:
    """Return the sum (y - p)(1 - 2p) of every day, in 1e-8, by value of a column."""
    won = E4 * (E4 * pl.col("wins") - pl.col("confidence_e4") - 2 * pl.col("won_confidence_e4"))
    of_day = (won + 2 * pl.col("confidence2_e8")).sum().alias("surprise")
    days = table.group_by(key, DAY).agg(of_day).sort(key, DAY)
    found: dict[Any, list[int]] = {}
    for value, surprise in days.select(key, "surprise").iter_rows():
        found.setdefault(value, []).append(int(surprise))
    return found


def _calibrated(found: Calibration) -> Figures:
    stated = found.mean_confidence
    return {
        "n": found.n,
        "accuracy": found.accuracy,
        "mean_confidence": stated,
        "accuracy_to_confidence": found.accuracy / stated if stated else None,
        "brier": found.brier,
        "reliability": found.reliability,
        "resolution": found.resolution,
        "uncertainty": found.uncertainty,
        "expected_calibration_error": found.error,
        "expected_calibration_error_null_mean": found.null_mean,
        "expected_calibration_error_null_95": found.null_95,
        "expected_calibration_error_excess": found.error - found.null_mean,
        "z": found.z,
        "p_value": found.p_value,
    }


_NOTHING: Figures = {
    "n": 0,
    **dict.fromkeys(
        (
            "accuracy",
            "mean_confidence",
            "accuracy_to_confidence",
            "brier",
            "reliability",
            "resolution",
            "uncertainty",
            "expected_calibration_error",
            "expected_calibration_error_null_mean",
            "expected_calibration_error_null_95",
            "expected_calibration_error_excess",
            "z",
            "p_value",
        )
    ),
}


def _bin(bucket: int, each: Bin) -> Figures:
    low, high = win_rate_interval(each.wins, each.n)
    return {
        "from": bucket * CONFIDENCE_STEP_E4 / E4,
        "to": (bucket + 1) * CONFIDENCE_STEP_E4 / E4,
        "n": each.n,
        "wins": each.wins,
        "mean_confidence": each.mean_confidence,
        "win_rate": each.win_rate,
        "win_rate_interval": [low, high],
    }
