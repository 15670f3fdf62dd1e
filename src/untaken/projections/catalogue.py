"""Every projection, in the order in which reports name them."""

from __future__ import annotations

from untaken.projections.definition import Projection
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.log_health import SIGNAL_HEALTH
from untaken.projections.missed_opportunity.table import MISSED_OPPORTUNITY, MISSED_REASONS
from untaken.projections.performance.calibration import CALIBRATION, SHADOW_CALIBRATION
from untaken.projections.performance.table import PERFORMANCE, SIGNAL_PERFORMANCE
from untaken.projections.shadow_performance.table import MEASURED_ERROR, REAL_PERFORMANCE, SHADOW_PERFORMANCE
from untaken.projections.signal_decay.table import EDGE_BY_DELAY, IMPLEMENTATION_SHORTFALL, SIGNAL_DELAYS

PROJECTIONS: tuple[Projection, ...] = (
    GUARDS_ASKED,
    GUARD_EFFECTIVENESS,
    MISSED_OPPORTUNITY,
    MISSED_REASONS,
    SIGNAL_DELAYS,
    IMPLEMENTATION_SHORTFALL,
    EDGE_BY_DELAY,
    PERFORMANCE,
    SIGNAL_PERFORMANCE,
    CALIBRATION,
    SHADOW_CALIBRATION,
    SHADOW_PERFORMANCE,
    REAL_PERFORMANCE,
    MEASURED_ERROR,
    SIGNAL_HEALTH,
)
"""Leaderboards are read from the two performances under the dimension `strategy`; knob states from facts."""
