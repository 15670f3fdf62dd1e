"""The numbers printed in docstrings are what the code returns."""

import doctest
import importlib
import pkgutil

import pytest

from untaken.projections import statistics

MODULES = sorted(
    f"{statistics.__name__}.{module.name}" for module in pkgutil.iter_modules(statistics.__path__)
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
