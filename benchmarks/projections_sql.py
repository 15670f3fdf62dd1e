"""Every projection as DuckDB SQL over the same ledger and trades, by name: what `rebuild_tables` runs beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from untaken.projections.ledger import DELAYS_S

IN_TURN = "(resolved AND NOT overlapped)"
KNOWN = "(resolved AND pnl_e8 IS NOT NULL)"
COUNTS = f"({IN_TURN} AND pnl_e8 IS NOT NULL)"
IN_R = f"({IN_TURN} AND milli_r IS NOT NULL)"
FIRST = "first = guard"
COMPLETE = "coalesce(chain_complete, false)"
ONLY = "len(blockers) = 1"
CLOSED = "(state = 'closed' AND counts)"
BOOKED = f"({CLOSED} AND pnl_e8 IS NOT NULL)"
HELD = "(exit_at - entry_at)"

GROUP = "bot, run, mode, currency"
BY_SETTINGS = f"{GROUP}, settings_digest"


def counted(condition: str) -> str:
    return f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def summed(condition: str, value: str) -> str:
    return f"sum(CASE WHEN {condition} THEN {value} ELSE 0 END)"


def query(source: str, keys: str, sums: Mapping[str, str]) -> str:
    """Return the table of a source by day and keys; a row of nothing at all is left out, as ours leave it out."""
    columns = ", ".join(f"{expression} AS {name}" for name, expression in sums.items())
    day = 'floor("at" / 86400000000)::INTEGER AS day'
    anything = " OR ".join(f"{name} <> 0" for name in sums)
    return f"SELECT {day}, {keys}, {columns} FROM {source} GROUP BY ALL HAVING {anything}"


def in_order(sql: str, keys: Sequence[str]) -> str:
    """Return the query with its rows in the order of the table: by day and keys, nulls first."""
    order = ", ".join(f"{key} NULLS FIRST" for key in ("day", *keys))
    return f"SELECT * FROM ({sql}) ORDER BY {order}"


GUARD = {
    "blocked": "sum(1)",
    "first_blocked": counted(FIRST),
    "resolved": counted("resolved"),
    "unresolved": counted("NOT resolved"),
    "first_unresolved": counted(f"{FIRST} AND NOT resolved"),
    "overlapped": counted("overlapped"),
    "money_unknown": counted(f"{FIRST} AND {IN_TURN} AND pnl_e8 IS NULL"),
    "counted": counted(f"{FIRST} AND {COUNTS}"),
    "avoided": counted(f"{FIRST} AND {COUNTS} AND pnl_e8 < 0"),
    "avoided_loss_e8": summed(f"{FIRST} AND {COUNTS}", "greatest(-pnl_e8, 0)"),
    "missed_profit_e8": summed(f"{FIRST} AND {COUNTS}", "greatest(pnl_e8, 0)"),
    "counted_r": counted(f"{FIRST} AND {IN_R}"),
    "avoided_loss_milli_r": summed(f"{FIRST} AND {IN_R}", "greatest(-milli_r, 0)"),
    "missed_profit_milli_r": summed(f"{FIRST} AND {IN_R}", "greatest(milli_r, 0)"),
    "capped_saved_milli_r": summed(f"{FIRST} AND {IN_R}", "least(greatest(-milli_r, -5000), 5000)"),
    "slippage_milli_r": summed(f"{FIRST} AND {IN_R}", "slippage_milli_r"),
    "risk_ppm": summed(f"{FIRST} AND {IN_R}", "round(stop_loss_pct * 10000)::BIGINT"),
    "saved_ppm": summed(f"{FIRST} AND {IN_R}", "-return_ppm"),
    "over_cluster": counted(f"{FIRST} AND {IN_R} AND over_cluster"),
    "sole_e8": summed(f"{ONLY} AND {COMPLETE} AND {COUNTS}", "-pnl_e8"),
    "unknown_beyond_first": counted(f"{FIRST} AND NOT {COMPLETE}"),
    "sole_unknown_loss_e8": summed(f"{ONLY} AND NOT {COMPLETE} AND {COUNTS}", "greatest(pnl_e8, 0)"),
    "sole_unknown_gain_e8": summed(f"{ONLY} AND NOT {COMPLETE} AND {COUNTS}", "greatest(-pnl_e8, 0)"),
    "shapley_whole_e8": summed(f"{COMPLETE} AND {COUNTS}", "-pnl_e8"),
}


def _book(name: str, resolved: str, known: str) -> dict[str, str]:
    return {
        f"{name}_resolved": counted(resolved),
        f"{name}_counted": counted(known),
        f"{name}_wins": counted(f"{known} AND pnl_e8 > 0"),
        f"{name}_gains_e8": summed(known, "greatest(pnl_e8, 0)"),
        f"{name}_losses_e8": summed(known, "greatest(-pnl_e8, 0)"),
        f"{name}_return_ppm": summed(resolved, "return_ppm"),
        f"{name}_milli_r": summed(f"{resolved} AND milli_r IS NOT NULL", "milli_r"),
    }


SHADOW = {
    "signals": "sum(1)",
    "repeats": "sum(repeats)",
    "overlapped": counted("overlapped"),
    "no_data": counted("exit_reason = 'no_data'"),
    "pending": counted("exit_reason IS NULL"),
    "money_unknown": counted("resolved AND pnl_e8 IS NULL"),
    "no_confidence": counted("confidence IS NULL"),
    "stop_assumed": counted("stop_assumed"),
    **{s: counted(f"status = '{s}'") for s in ("undecided", "approved", "filled", "blocked", "expired")},
    "chain_incomplete": counted(f"status = 'blocked' AND NOT {COMPLETE}"),
    **_book("in_turn", IN_TURN, COUNTS),
    **_book("alone", "resolved", KNOWN),
}

HEALTH = {
    "signals": "sum(1)",
    "repeats": "sum(repeats)",
    "no_data": counted("exit_reason = 'no_data'"),
    "pending": counted("exit_reason IS NULL"),
    "without_prices": counted("NOT has_prices"),
    "negative_latency": counted("decision_latency_us < 0"),
}


def _missed_outcome(prefix: str, among: str) -> dict[str, str]:
    return {
        f"{prefix}counted": counted(f"{among} AND {COUNTS}"),
        f"{prefix}wins": counted(f"{among} AND {COUNTS} AND pnl_e8 > 0"),
        f"{prefix}missed_profit_e8": summed(f"{among} AND {COUNTS}", "greatest(pnl_e8, 0)"),
        f"{prefix}avoided_loss_e8": summed(f"{among} AND {COUNTS}", "greatest(-pnl_e8, 0)"),
    }


def _missed_statuses(prefix: str, among: str) -> dict[str, str]:
    return {
        f"{prefix}blocked": counted(f"{among} AND status = 'blocked'"),
        f"{prefix}expired": counted(f"{among} AND status = 'expired'"),
        f"{prefix}never_traded": counted(f"{among} AND status NOT IN ('blocked', 'expired')"),
    }


MISSED = {
    **_missed_statuses("", "true"),
    **_missed_statuses("confident_", "confidence >= 0.60"),
    "unresolved": counted("NOT resolved"),
    "overlapped": counted("overlapped"),
    "money_unknown": counted(f"{IN_TURN} AND pnl_e8 IS NULL"),
    **_missed_outcome("", "true"),
    **_missed_outcome("confident_", "confidence >= 0.60"),
    "alone_counted": counted(KNOWN),
    "alone_missed_profit_e8": summed(KNOWN, "greatest(pnl_e8, 0)"),
    "alone_avoided_loss_e8": summed(KNOWN, "greatest(-pnl_e8, 0)"),
}

MISSED_REASONS = {
    "unresolved": counted("NOT resolved"),
    "counted": counted(COUNTS),
    "missed_profit_e8": summed(COUNTS, "greatest(pnl_e8, 0)"),
    "avoided_loss_e8": summed(COUNTS, "greatest(-pnl_e8, 0)"),
    "counted_r": counted(IN_R),
    "missed_profit_milli_r": summed(IN_R, "greatest(milli_r, 0)"),
    "avoided_loss_milli_r": summed(IN_R, "greatest(-milli_r, 0)"),
    "capped_milli_r": summed(IN_R, "least(greatest(milli_r, -5000), 5000)"),
    "slippage_milli_r": summed(IN_R, "slippage_milli_r"),
    "risk_ppm": summed(IN_R, "round(stop_loss_pct * 10000)::BIGINT"),
    "missed_ppm": summed(IN_R, "return_ppm"),
    "over_cluster": counted(f"{IN_R} AND over_cluster"),
}


def bucket(value: str) -> str:
    """Return the histogram's bucket: below 64 the value, above 64 buckets for every power of two."""
    shift = f"greatest(floor(log2({value}))::BIGINT - 6, 0)"
    return (
        f"(CASE WHEN {value} < 0 THEN -1 WHEN {value} < 64 THEN {value} "
        f"ELSE {shift} * 64 + ({value} >> {shift}::INTEGER) END)::INTEGER"
    )


def _stage(name: str, column: str) -> str:
    return (
        f"SELECT \"at\", {GROUP}, strategy, symbol, '{name}' AS stage, {column} AS us, "
        f"{bucket(column)} AS bucket FROM ledger WHERE {column} IS NOT NULL"
    )


DELAYS = {
    "n": counted("us >= 0"),
    "duration_us": summed("us >= 0", "us"),
    "negative": counted("us < 0"),
}
_STAGES = f"({_stage('decision', 'decision_latency_us')} UNION ALL {_stage('fill', 'fill_latency_us')})"

_LOST = (
    "round_even((CASE WHEN direction = 'long' THEN 1.0 ELSE -1.0 END)::DOUBLE "
    "* (fill_price - decision_price) / decision_price * 1e8::DOUBLE, 0)::BIGINT"
)
_SHORT = (
    f"(SELECT *, {_LOST} AS lost FROM ledger WHERE fill_price IS NOT NULL AND decision_price IS NOT NULL)"
)


def _later(index: int, delay: int) -> dict[str, str]:
    later = f"later_ppm[{index + 1}]"
    return {
        f"n_{delay}": counted(f"{later} IS NOT NULL"),
        f"later_{delay}_ppm": summed(f"{later} IS NOT NULL", later),
        f"at_once_{delay}_ppm": summed(f"{later} IS NOT NULL", "return_ppm"),
    }


EDGE = {
    "n_0": "sum(1)",
    "later_0_ppm": "sum(return_ppm)",
    "n_r": counted("milli_r IS NOT NULL"),
    "edge_milli_r": "coalesce(sum(milli_r), 0)",
    **{name: sql for i, delay in enumerate(DELAYS_S) for name, sql in _later(i, delay).items()},
}
_LATER = f"(SELECT * FROM ledger WHERE {IN_TURN} AND return_ppm IS NOT NULL)"

_E4 = "round_even(confidence * 10000, 0)::BIGINT"
_BUCKET = f"least({_E4} // 500, 19)::INTEGER"
CALIBRATION = {
    "n": "sum(1)",
    "wins": counted("pnl_e8 > 0"),
    "confidence_e4": "sum(c)",
    "won_confidence_e4": summed("pnl_e8 > 0", "c"),
    "confidence2_e8": "sum(c * c)",
    "surprise_e8": "sum((10000 - 2 * c) * (10000 - 2 * c) * c * (10000 - c) // 100000000)",
}


def _stated(source: str, known: str) -> str:
    return (
        f"(SELECT *, {_E4} AS c, {_BUCKET} AS bucket FROM {source} WHERE {known} AND confidence IS NOT NULL)"
    )


def dimensions(time: str) -> dict[str, str]:
    """Return the value of each dimension; those of several values are lists."""
    local = f"timezone('America/New_York', make_timestamptz({time}))"
    minute = f"(hour({local}) * 60 + minute({local}))"
    scores = "list_transform(json_extract(components, '$.*'), lambda x: abs(x::DOUBLE))"
    return {
        "overall": "NULL::VARCHAR",
        **{name: name for name in ("symbol", "sector", "regime", "timeframe")},
        "symbol_timeframe": "symbol || ' ' || timeframe",
        **{name: name for name in ("direction", "strategy")},
        "component_present": "json_keys(components)",
        "component_strongest": f"json_keys(components)[list_position({scores}, list_max({scores}))]",
        "tag": "list_distinct(tags)",
        "model_version": "model_version",
        "confidence": f"'0.' || lpad(({_BUCKET} * 5)::VARCHAR, 2, '0')",
        "utc_hour": f"lpad(({time} // 3600000000 % 24)::VARCHAR, 2, '0')",
        "time_of_day": (
            f"CASE WHEN {minute} >= 900 THEN 'close' WHEN {minute} >= 810 THEN 'afternoon' "
            f"WHEN {minute} >= 720 THEN 'lunch' WHEN {minute} >= 630 THEN 'mid_morning' ELSE 'open' END"
        ),
    }


_SEVERAL = frozenset({"component_present", "tag"})


def by_dimension(source: str, group: str, sums: Mapping[str, str], values: Mapping[str, str]) -> str:
    """Return a query of the sums under every dimension, one after the other."""
    return " UNION ALL ".join(
        query(_valued(source, name, value), f"{group}, dimension, value", sums)
        for name, value in values.items()
    )


def _valued(source: str, name: str, value: str) -> str:
    """Return the rows with their value; of several values one row each, of none one with null."""
    if name in _SEVERAL:
        some = f"CASE WHEN len({value}) > 0 THEN {value} ELSE [NULL] END"
        return f"(SELECT *, '{name}' AS dimension, unnest({some}) AS value FROM {source})"
    return f"(SELECT *, '{name}' AS dimension, {value} AS value FROM {source})"


SIGNALS = {
    "emitted": "sum(1)",
    "taken": counted("status = 'filled'"),
    "unresolved": counted("NOT resolved"),
    "counted": counted(COUNTS),
    "wins": counted(f"{COUNTS} AND pnl_e8 > 0"),
    "losers": counted(f"{COUNTS} AND pnl_e8 < 0"),
    "gains_e8": summed(COUNTS, "greatest(pnl_e8, 0)"),
    "losses_e8": summed(COUNTS, "greatest(-pnl_e8, 0)"),
    "counted_r": counted(IN_R),
    "result_milli_r": summed(IN_R, "milli_r"),
}

TRADES = {
    "trades": counted(CLOSED),
    "counted": counted(BOOKED),
    "wins": counted(f"{BOOKED} AND pnl_e8 > 0"),
    "losers": counted(f"{BOOKED} AND pnl_e8 < 0"),
    "gains_e8": summed(BOOKED, "greatest(pnl_e8, 0)"),
    "losses_e8": summed(BOOKED, "greatest(-pnl_e8, 0)"),
    "fees_e8": f"coalesce({summed(BOOKED, 'fees_e8')}, 0)",
    "held": counted(f"{CLOSED} AND {HELD} IS NOT NULL"),
    "held_us": f"coalesce({summed(CLOSED, HELD)}, 0)",
    "won_held": counted(f"{BOOKED} AND pnl_e8 > 0 AND {HELD} IS NOT NULL"),
    "won_held_us": f"coalesce({summed(f'{BOOKED} AND pnl_e8 > 0', HELD)}, 0)",
    "returns": counted(f"{CLOSED} AND return_ppm IS NOT NULL"),
    "return_ppm": f"coalesce({summed(CLOSED, 'return_ppm')}, 0)",
}

REAL = {
    "trades_closed": counted(CLOSED),
    "trades_open": counted("state = 'open'"),
    "counted": counted(BOOKED),
    "wins": counted(f"{BOOKED} AND pnl_e8 > 0"),
    "gains_e8": summed(BOOKED, "greatest(pnl_e8, 0)"),
    "losses_e8": summed(BOOKED, "greatest(-pnl_e8, 0)"),
    "fees_e8": f"coalesce({summed(BOOKED, 'fees_e8')}, 0)",
    "anomalies": "sum(coalesce(len(anomalies), 0))",
}

ERROR = {
    "n": "sum(1)",
    "error_ppm": "sum(error_ppm)",
    "sign_disagreements": counted("sign(return_ppm) * sign(real_return_ppm) < 0"),
}
_ERRORS = f"(SELECT *, {bucket('abs(error_ppm)')} AS bucket FROM ledger WHERE error_ppm IS NOT NULL)"

_BLOCKERS = (
    f"(SELECT *, unnest(blockers) AS guard, CASE WHEN {COMPLETE} THEN len(blockers) ELSE 0 END AS blockers_n "
    "FROM ledger WHERE status = 'blocked')"
)
_ASKED = "(SELECT *, one.guard AS guard, one.kind AS kind FROM (SELECT * EXCLUDE (asked), unnest(asked) AS one FROM ledger))"
_UNTRADED = "(SELECT *, first AS guard FROM ledger WHERE status <> 'filled')"
_WITH_REASON = "(SELECT * FROM ledger WHERE status <> 'filled' AND reason_code IS NOT NULL)"

QUERIES: dict[str, str] = {
    "guards_asked": query(_ASKED, f"{BY_SETTINGS}, guard, kind", {"judged": "sum(1)"}),
    "guard_effectiveness": query(_BLOCKERS, f"{BY_SETTINGS}, guard, blockers_n", GUARD),
    "missed_opportunity": query(_UNTRADED, f"{BY_SETTINGS}, reason_code, guard, strategy, symbol", MISSED),
    "missed_reasons": query(_WITH_REASON, f"{BY_SETTINGS}, reason_code", MISSED_REASONS),
    "signal_delays": query(_STAGES, f"{GROUP}, strategy, symbol, stage, bucket", DELAYS),
    "implementation_shortfall": query(
        _SHORT, f"{GROUP}, strategy, symbol", {"n": "sum(1)", "shortfall_e8": "sum(lost)"}
    ),
    "edge_by_delay": query(_LATER, f"{BY_SETTINGS}, strategy, symbol", EDGE),
    "performance": by_dimension(
        "trades", GROUP, TRADES, {**dimensions('coalesce(entry_at, "at")'), "actor": "actor"}
    ),
    "signal_performance": by_dimension("ledger", BY_SETTINGS, SIGNALS, dimensions('"at"')),
    "calibration": query(_stated("trades", BOOKED), f"{GROUP}, strategy, model_version, bucket", CALIBRATION),
    "shadow_calibration": query(
        _stated("ledger", COUNTS), f"{BY_SETTINGS}, strategy, model_version, bucket", CALIBRATION
    ),
    "shadow_performance": query("ledger", f"{BY_SETTINGS}, strategy", SHADOW),
    "real_performance": query("trades", f"{GROUP}, strategy", REAL),
    "measured_error": query(_ERRORS, f"{BY_SETTINGS}, bucket", ERROR),
    "signal_health": query("ledger", "bot, run, symbol", HEALTH),
}
"""By the name of the projection; the views `ledger` and `trades` are what they read."""
