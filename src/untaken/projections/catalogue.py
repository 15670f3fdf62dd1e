"""Every projection, in the order in which reports name them."""

from __future__ import annotations

from untaken.projections.definition import Projection
from untaken.projections.guard_effectiveness import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.log_health import SIGNAL_HEALTH
from untaken.projections.shadow_performance import MEASURED_ERROR, REAL_PERFORMANCE, SHADOW_PERFORMANCE

PROJECTIONS: tuple[Projection, ...] = (
    GUARDS_ASKED,
    GUARD_EFFECTIVENESS,
    SHADOW_PERFORMANCE,
    REAL_PERFORMANCE,
    MEASURED_ERROR,
    SIGNAL_HEALTH,
)
