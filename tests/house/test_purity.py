"""The first three rooms do no I/O, read no clock and draw no random number."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.sources import Module, dotted, imports, module, modules

PURE_ROOMS = ("schemas", "projections", "learning")
OUTSIDE = re.compile(
    r"asyncio|concurrent|ctypes|fcntl|glob|http|io|logging|mmap|multiprocessing|os|pathlib|pickle|random|requests"
    r"|secrets|select|shutil|signal|socket|sqlite3|ssl|subprocess|sys|tempfile|threading|time|urllib"
)
IMPURE_CALL = re.compile(
    r"open|print|input|exec|eval|breakpoint|(.*\.)?(now|utcnow|today|uuid1|uuid4|urandom|getenv)|.*\.random\..*"
    r"|.*\.(scan_(ndjson|parquet|csv|ipc)|read_(parquet|csv|ipc|database)|(write|sink)_(parquet|csv|ipc|ndjson))"
)


def impurities(of: Module) -> list[str]:
    return [*_impure_imports(of), *_impure_calls(of)]


def _impure_imports(of: Module) -> Iterator[str]:
    for name, line in imports(of):
        if OUTSIDE.fullmatch(name.split(".")[0]):
            yield f"{of.name}, line {line}: imports {name}"


def _impure_calls(of: Module) -> Iterator[str]:
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Call) and _impure(node):
            yield f"{of.name}, line {node.lineno}: calls {dotted(node.func)}"


def _impure(call: ast.Call) -> bool:
    name = dotted(call.func)
    if name.rpartition(".")[2] == "default_rng":
        return not (call.args or call.keywords)
    return IMPURE_CALL.fullmatch(name) is not None


@pytest.mark.parametrize(
    "source", [source for source in modules() if source.room in PURE_ROOMS], ids=lambda source: source.name
)
def test_a_pure_room_touches_nothing_outside(source: Module) -> None:
    assert impurities(source) == []


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from time import monotonic",
        "import urllib.request",
        "def stamp():\n    import random",
        "at = datetime.now(UTC)",
        "key = uuid.uuid4()",
        "text = open('x').read()",
        "rows = pl.scan_parquet('x')",
        "frame.write_csv('x')",
        "draws = np.random.normal(0, 1)",
        "rng = np.random.default_rng()",
    ],
)
def test_an_impurity_is_found(text: str) -> None:
    assert len(impurities(module("untaken.projections.guards", text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime, timedelta",
        "frame = pl.read_ndjson(payload)",
        "rng = np.random.default_rng(seed)",
        "key = uuid.uuid5(space, name)",
    ],
)
def test_what_depends_on_its_arguments_alone_is_left_alone(text: str) -> None:
    assert impurities(module("untaken.projections.guards", text)) == []
