"""Banners: what a reader must know before believing a figure."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from untaken.projections.figures import Figures, total


def banners(
    groups: Sequence[Figures], health: Figures, shadow: pl.DataFrame, asked: pl.DataFrame
) -> list[Figures]:
    """Return the banners that apply, most serious first."""
    found = [
        *_prices(health),
        *_decisions(shadow, asked),
        *_money(groups, shadow),
        *_refused(health),
    ]
    return [{"code": code, "text": text} for code, text in found]


def _prices(health: Figures) -> list[tuple[str, str]]:
    return [
        (
            "no_prices",
            f"No prices for {row['symbol']} ({row['signals']} signals), so its results stay unknown"
            + (f"; prices exist for {', '.join(row['most_similar'])}" if row["most_similar"] else "")
            + ".",
        )
        for row in health["symbols_without_prices"]
    ]


def _decisions(shadow: pl.DataFrame, asked: pl.DataFrame) -> list[tuple[str, str]]:
    signals = total(shadow, "signals")
    if signals and asked.is_empty():
        return [
            ("no_decisions", "No guard's decision was reported: which guards save or cost cannot be said.")
        ]
    cut = total(shadow, "chain_incomplete")
    if cut:
        return [
            (
                "chain_incomplete",
                (
                    f"{cut} blocked signals come from chains that stopped at the first block: beyond it, who else "
                    "would have blocked is unknown, and sole and Shapley figures are bounds."
                ),
            )
        ]
    return []


def _money(groups: Sequence[Figures], shadow: pl.DataFrame) -> list[tuple[str, str]]:
    found = []
    unknown = total(shadow, "money_unknown")
    if unknown:
        found.append(
            (
                "not_converted",
                (
                    f"{unknown} results are in a currency other than the account's and came without fx_to_account: "
                    "their money is unknown and in no sum (returns and R are known)."
                ),
            )
        )
    silent = total(shadow, "no_confidence")
    if silent and silent == total(shadow, "signals"):
        found.append(("no_confidence", "Signals carry no confidence, so thresholds on it cannot be judged."))
    assumed = total(shadow, "stop_assumed")
    if assumed:
        found.append(
            (
                "stop_assumed",
                f"{assumed} signals named no stop: their risk, hence their R, assumes the stop of the settings.",
            )
        )
    if any(group["currency"] == "?" for group in groups):
        found.append(("no_currency", "A run declared no account currency; its money is shown without one."))
    return found


def _refused(health: Figures) -> list[tuple[str, str]]:
    n = sum(health["dead_letters"].values())
    found = []
    if n:
        kinds = ", ".join(f"{count} {code}" for code, count in health["dead_letters"].items())
        found.append(("dead_letters", f"{n} inputs were refused ({kinds}); see: untaken dead-letters."))
    if health["unread"]:
        found.append(
            ("unread", f"{health['unread']} events are newer than this version reads; upgrade to count them.")
        )
    if health["anomalies"]:
        found.append(
            ("anomalies", f"{len(health['anomalies'])} oddities in reported trades are listed below.")
        )
    return found
