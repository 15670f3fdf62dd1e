"""The comparison with golden figures can fail."""

from decimal import Decimal
from typing import Any

import pytest

from tests.golden.compare import differences

SAME = [
    ({"signals": {"b/r/s": {"pnl": "38.98000000"}}}, {"signals": {"b/r/s": {"pnl": Decimal("38.98")}}}),
    (
        {"signals": {"b/r/s": {"exit_price": "102.305995908"}}},
        {"signals": {"b/r/s": {"exit_price": 102.30599590776}}},
    ),
    (
        {"signals": {"b/r/s": {"sole": "A", "first": None}}},
        {"signals": {"b/r/s": {"sole": "A", "first": None}}},
    ),
    ({"guards": {"b/r/g": {"e_value": Decimal("2.758763")}}}, {"guards": {"b/r/g": {"e_value": 2.7587634}}}),
    ({"guards": {"b/r/g": {"sole_bounds": ["-80.00000000"]}}}, {"guards": {"b/r/g": {"sole_bounds": [-80]}}}),
    ({"guards": {"b/r/g": {"shapley_exact": "-10/3"}}}, {"guards": {"b/r/g": {"shapley_exact": "-20/6"}}}),
    ({"anomalies": [{"kind": "a"}, {"kind": "b"}]}, {"anomalies": [{"kind": "b", "at": 1}, {"kind": "a"}]}),
    ({"totals": [{"bot": "b"}]}, {"totals": [{"bot": "a"}, {"bot": "b", "pnl": 1}]}),
    ({"absent_signals": ["b/r/s"]}, {"signals": {}}),
]

DIFFERENT = [
    ({"signals": {"b/r/s": {"pnl": "38.98000000"}}}, {"signals": {"b/r/s": {"pnl": Decimal("38.98000001")}}}),
    ({"signals": {"b/r/s": {"pnl": None}}}, {"signals": {"b/r/s": {"pnl": 0}}}),
    ({"signals": {"b/r/s": {"pnl": "0.00000000"}}}, {"signals": {"b/r/s": {"pnl": None}}}),
    ({"signals": {"b/r/s": {"exit_price": "1.21"}}}, {"signals": {"b/r/s": {"exit_price": 1.21000000001}}}),
    ({"signals": {"b/r/s": {"overlapped": False}}}, {"signals": {"b/r/s": {"overlapped": 0}}}),
    ({"signals": {"b/r/s": {"chain_complete": None}}}, {"signals": {"b/r/s": {"chain_complete": False}}}),
    ({"signals": {"b/r/s": {"attempts": 1}}}, {"signals": {"b/r/s": {"attempts": True}}}),
    ({"signals": {"b/r/s": {"blockers": ["A"]}}}, {"signals": {"b/r/s": {"blockers": ["A", "B"]}}}),
    ({"signals": {"b/r/s": {}}}, {"signals": {}}),
    ({"guards": {"b/r/g": {"e_value": Decimal("2.758763")}}}, {"guards": {"b/r/g": {"e_value": 2.758764}}}),
    ({"guards": {"b/r/g": {"judged": 3}}}, {"guards": {"b/r/g": {}}}),
    ({"anomalies": []}, {"anomalies": [{"kind": "a"}]}),
    ({"anomalies": [{"kind": "a"}, {"kind": "a"}]}, {"anomalies": [{"kind": "a"}]}),
    ({"dead_letters": [{"id": "x", "code": "late"}]}, {"dead_letters": [{"id": "x", "code": "future"}]}),
    (
        {"totals": [{"bot": "b", "alone": {"pnl": "1.00000000"}}]},
        {"totals": [{"bot": "b", "alone": {"pnl": 2}}]},
    ),
    ({"absent_signals": ["b/r/s"]}, {"signals": {"b/r/s": {}}}),
    ({"quotes": {}}, {}),
]


@pytest.mark.parametrize(("expected", "answer"), SAME)
def test_figures_that_agree_make_no_difference(expected: dict[str, Any], answer: dict[str, Any]) -> None:
    assert differences(expected, answer) == []


@pytest.mark.parametrize(("expected", "answer"), DIFFERENT)
def test_a_figure_that_is_off_is_named(expected: dict[str, Any], answer: dict[str, Any]) -> None:
    assert differences(expected, answer) != []
