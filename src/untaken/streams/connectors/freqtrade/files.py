"""Backtest results of freqtrade as JSON documents: a plain file, or the one member of a zip that holds it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from untaken.streams.connectors.report import ImportRefused

MAX_BYTES = 2 * 1024**3

_PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib")
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_ZIP, _SQLITE = b"PK\x03\x04", b"SQLite format 3\x00"
_LATEST = "latest_backtest"
_LAST_RESULT = ".last_result.json"
_WANTED = "import a backtest result: backtest-result-....zip or .json"


@dataclass(frozen=True)
class ResultFile:
    """One backtest result; `digest` (SHA-256) is that of the JSON, so that a zipped result is the same result."""

    path: Path
    digest: str
    strategies: dict[str, dict[str, Any]]


def read_result(path: Path) -> ResultFile:
    """Read a result from a JSON file, a zip, or freqtrade's folder of results (then the latest one).

    Raises ImportRefused for everything else: pickles, hyperopt epochs, meta files, databases, broken files.
    """
    path = _latest(path)
    _refuse_by_name(path)
    data = _bytes(path)
    _refuse_by_content(data, path)
    if data.startswith(_ZIP):
        data = _result_member(data, path)
    document = _document(data, path)
    return ResultFile(path, hashlib.sha256(data).hexdigest(), _strategies(document, path))


def _latest(path: Path) -> Path:
    pointer = path / _LAST_RESULT if path.is_dir() else path
    if pointer.name != _LAST_RESULT:
        return path
    if not pointer.is_file():
        raise ImportRefused(
            f"{path}: no {_LAST_RESULT} in this folder to say which result is the latest; name the file"
        )
    name = _loads(_bytes(pointer), pointer).get(_LATEST)
    if not isinstance(name, str) or Path(name).name != name:
        raise ImportRefused(f"{pointer}: does not name a latest result; name the file itself")
    return pointer.parent / name


def _refuse_by_name(path: Path) -> None:
    name = path.name.lower()
    if name.endswith(_PICKLE_ENDINGS):
        raise ImportRefused(_about_pickles(path))
    if name.endswith(".fthypt"):
        raise ImportRefused(_about_epochs(path))


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ImportRefused(
                f"{path}: larger than {MAX_BYTES // 1024**3} GiB, which no backtest result is"
            )
        return path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror}); check the path") from None


def _refuse_by_content(data: bytes, path: Path) -> None:
    if data.startswith(_PICKLES):
        raise ImportRefused(_about_pickles(path))
    if data.startswith(_SQLITE):
        raise ImportRefused(f"{path}: a database; import databases and results with a command each")
    if not data.strip():
        raise ImportRefused(f"{path}: the file is empty; {_WANTED}")


def _about_pickles(path: Path) -> str:
    return (
        f"{path}: a pickle is never opened, since it can run any code; it holds no more signals than the trades "
        f"of the result beside it, so {_WANTED}"
    )


def _about_epochs(path: Path) -> str:
    return (
        f"{path}: holds the epochs of a hyperopt, each of another parameter set, and no single bot's trades; "
        f"run a backtest with the chosen epoch, then {_WANTED}"
    )


def _result_member(data: bytes, path: Path) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in sorted(archive.infolist(), key=lambda member: len(member.filename)):
                if _may_be_result(member):
                    content = archive.read(member)
                    if _is_result(content):
                        return content
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(f"{path}: the zip cannot be unpacked ({error}); run the backtest again") from None
    raise ImportRefused(f"{path}: no backtest result in this zip; {_WANTED}")


def _may_be_result(member: zipfile.ZipInfo) -> bool:
    name = member.filename.lower()
    aside = name.endswith(("_config.json", ".meta.json"))
    return name.endswith(".json") and not aside and member.file_size <= MAX_BYTES


def _is_result(content: bytes) -> bool:
    try:
        document = json.loads(content)
    except ValueError:
        return False
    return isinstance(document, dict) and isinstance(document.get("strategy"), dict)


def _document(data: bytes, path: Path) -> dict[str, Any]:
    first = data.lstrip()[:20_000].split(b"\n", 1)[0]
    if b'"params_dict"' in first:
        raise ImportRefused(_about_epochs(path))
    return _loads(data, path)


def _loads(data: bytes, path: Path) -> dict[str, Any]:
    """Freqtrade writes NaN where JSON knows none; only the standard library reads it."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            document = json.loads(data)
        except ValueError as error:
            raise ImportRefused(f"{path}: not readable as JSON ({error}); {_WANTED}") from None
    if not isinstance(document, dict):
        raise ImportRefused(f"{path}: holds a {type(document).__name__}, no backtest result; {_WANTED}")
    return document


def _strategies(document: dict[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    strategies = document.get("strategy")
    if not isinstance(strategies, dict):
        raise ImportRefused(_no_strategies(document, path))
    if not strategies:
        raise ImportRefused(f"{path}: a result without a strategy; {_WANTED}")
    for name, result in strategies.items():
        if not isinstance(result, dict) or not isinstance(result.get("trades"), list):
            raise ImportRefused(f"{path}: strategy {name!r} has no list of trades; {_WANTED}")
    return strategies


def _no_strategies(document: dict[str, Any], path: Path) -> str:
    values = list(document.values())
    if values and all(isinstance(value, dict) and "run_id" in value for value in values):
        return f"{path}: a meta file says only when a backtest ran; import the result beside it"
    found = ", ".join(repr(name[:40]) for name in list(document)[:6]) or "nothing"
    return f"{path}: no backtest result, for it has no `strategy`; found {found}; {_WANTED}"
