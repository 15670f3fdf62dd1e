"""One broker for the tests of a run, and a prefix of its own for each of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.brokers import shared_broker
from tests.kafka.builders import any_prefix
from tests.kafka.secured import Secured, secured_broker

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything that needs a broker, and keep it in one process where that can be had."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.kafka)
            item.add_marker(pytest.mark.xdist_group("kafka"))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the log URL of a real broker, such as kafka://127.0.0.1:50123; all processes of a run share it."""
    own = tmp_path_factory.getbasetemp()
    with shared_broker(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) as url:
        yield url


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Give a broker behind TLS, which ends with the module that asked for it."""
    with secured_broker(tmp_path_factory.mktemp("secured")) as broker:
        yield broker


@pytest.fixture
def prefix() -> str:
    """Give a prefix of topics that no other test has."""
    return any_prefix()
