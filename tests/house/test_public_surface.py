"""What `import untaken` offers, and what it does not load."""

import subprocess
import sys

import pytest

import untaken


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = "import sys, untaken; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()

    assert "untaken" in loaded
    assert not {"pydantic", "orjson", "polars", "numpy", "asyncio"} & set(loaded)


def test_the_client_loads_nothing_of_the_engine() -> None:
    program = "import sys, untaken; untaken.Emitter; untaken.AsyncEmitter; untaken.guard; untaken.open; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()

    assert "pydantic" in loaded
    assert not {"polars", "numpy", "scipy", "numba", "typer", "rich", "jinja2", "aiokafka"} & set(loaded)


@pytest.mark.parametrize("name", untaken.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(untaken, name) is not None
    assert name in dir(untaken)


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(AttributeError, match="it has AsyncEmitter, Emitter, GuardChain"):
        untaken.Emiter  # noqa: B018 # the mistake is the test
