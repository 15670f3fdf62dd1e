"""The wheel is whole, and a bot that installs it bare gets the client and nothing heavier."""

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, ROOT

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]

HEAVY = ("polars", "numpy", "scipy", "numba", "typer", "rich", "jinja2", "faust", "prometheus_client")
SIGNAL = {
    "type": "signal.emitted",
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "at": "2024-03-04T10:00:00.000000Z",
    "bot": "packaged",
    "signal_id": "s1",
    "symbol": "EUR/USD",
    "strategy": "breakout",
    "direction": "long",
    "price": 1.0855,
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return next(out.glob("untaken-*.whl"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_environment(tmp_path_factory.mktemp("bare"), str(wheel))


@pytest.fixture(scope="module")
def bot(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_environment(tmp_path_factory.mktemp("bot"), f"{wheel}[kafka]")


@pytest.fixture(scope="module")
def full(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_environment(tmp_path_factory.mktemp("full"), f"{wheel}[engine]")


def fresh_environment(folder: Path, requirement: str) -> Path:
    """Install the requirement at the locked versions, dependencies as the wheel names them; give the bin folder."""
    pins = re.findall(r"^[\w.-]+==.*?(?= \\$)", (ROOT / "requirements/worker.lock").read_text(), re.MULTILINE)
    (folder / "pins.txt").write_text("\n".join(pins))
    venv.create(folder / "venv", with_pip=True)
    run(
        folder / "venv/bin",
        "pip",
        "install",
        "--quiet",
        "--constraint",
        str(folder / "pins.txt"),
        requirement,
    )
    return folder / "venv/bin"


def run(environment: Path, command: str, *args: str, cwd: Path | None = None) -> str:
    """Run a command of an environment outside the working tree, so that only what was installed is found."""
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UNTAKEN"))
    }
    done = subprocess.run(
        [environment / command, *args],
        cwd=cwd or environment,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} {' '.join(args)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("untaken/")}
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)

    assert shipped == {path.relative_to(PACKAGE.parent).as_posix() for path in files}


def test_the_wheel_carries_its_licence(wheel: Path) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def installed(environment: Path, *names: str) -> set[str]:
    """Return those of the modules that an environment has."""
    program = f"from importlib.util import find_spec; print(*[name for name in {names!r} if find_spec(name)])"
    return set(run(environment, "python", "-c", program).split())


def test_a_bare_install_stays_light(bare: Path) -> None:
    assert installed(bare, *HEAVY, "aiokafka", "pydantic") == {"pydantic"}


def test_a_bot_on_kafka_stays_light(bot: Path) -> None:
    assert installed(bot, *HEAVY, "aiokafka", "pydantic") == {"pydantic", "aiokafka"}


def test_a_bare_install_writes_to_a_log(bare: Path, tmp_path: Path) -> None:
    program = f"""
import untaken

with untaken.Emitter("sqlite:///{tmp_path}/log.sqlite", bot="bare", spool="{tmp_path}/bare.spool") as emitter:
    emitter.signal(symbol="EUR/USD", strategy="breakout", direction="long", price=1.0855)
    print(emitter.flush())
"""

    run(bare, "python", "-c", program, cwd=tmp_path)

    assert (tmp_path / "log.sqlite").stat().st_size > 0


def test_a_bare_install_that_is_pointed_at_kafka_names_the_missing_extra(bare: Path, tmp_path: Path) -> None:
    program = """
import untaken

try:
    untaken.Emitter("kafka://localhost:1", bot="bare")
except Exception as problem:
    print(problem)
"""

    assert "pip install 'untaken[kafka]'" in run(bare, "python", "-c", program, cwd=tmp_path)


def test_a_bare_install_that_is_to_read_names_the_missing_extra(bare: Path, tmp_path: Path) -> None:
    program = """
import untaken

try:
    untaken.open("bot.db")
except Exception as problem:
    print(problem)
"""

    assert "pip install 'untaken[engine]'" in run(bare, "python", "-c", program, cwd=tmp_path)


def test_a_bot_on_kafka_needs_nothing_of_the_engine(bot: Path, tmp_path: Path) -> None:
    program = """
import asyncio
import untaken
from untaken.streams.client import Buffering

quick = Buffering(log_timeout_s=0.2)
with untaken.Emitter("kafka://localhost:1", "bot", spool="sync.spool", buffering=quick) as emitter:
    emitter.signal("EUR/USD", "breakout", "long", 1.0855)
print(emitter.metrics.spooled, emitter.metrics.problem)


async def trade():
    async with untaken.AsyncEmitter("kafka://localhost:1", "bot", spool="loop.spool", buffering=quick) as emitter:
        emitter.signal("EUR/USD", "breakout", "long", 1.0855)
    print(emitter.metrics.spooled, emitter.metrics.problem)


asyncio.run(trade())
"""
    said = run(bot, "python", "-c", program, cwd=tmp_path).splitlines()

    for line, spool in zip(said, ("sync.spool", "loop.spool"), strict=True):
        assert line.startswith(
            f"1 the log cannot be written, events are kept in {spool}: kafka://localhost:1 did"
        )


def test_the_bare_command_line_names_the_missing_extra(bare: Path) -> None:
    done = subprocess.run([bare / "untaken", "--help"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "untaken[engine]" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_installed_engine_goes_from_an_event_to_a_report(full: Path, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(json.dumps(SIGNAL) + "\n")
    log = f"sqlite:///{tmp_path}/log.sqlite"

    run(full, "untaken", "--help", cwd=tmp_path)
    run(full, "untaken", "emit", "events.jsonl", "--log", log, cwd=tmp_path)
    run(full, "untaken", "run", "--until-idle", "--log", log, cwd=tmp_path)
    report = json.loads(run(full, "untaken", "report", "--json", "--log", log, cwd=tmp_path))

    assert [group["bot"] for group in report["groups"]] == ["packaged"]


def test_an_installed_engine_depends_on_nothing_undeclared(full: Path) -> None:
    assert "No broken requirements" in run(full, "python", "-m", "pip", "check")
