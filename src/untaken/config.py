"""Configuration: `untaken.toml`, overridden by `UNTAKEN_...`; where each value came from is known."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from untaken.errors import UntakenError
from untaken.schemas.settings import ResultSettings, SettingsRefused

DEFAULT_FILE = "untaken.toml"
PREFIX = "UNTAKEN_"
_FEW = 3
MAX_HOURS = 24 * 366 * 100
"""Longest window of a report; whoever wants more asks for everything."""


class ConfigurationRefused(UntakenError):
    """A configured name or value does not exist; nothing starts until it is corrected."""


class EngineConfig(BaseModel):
    """How the engine works (not what it computes)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_records: int = Field(
        default=100_000, ge=1, le=5_000_000, description="records that the engine applies in one transaction"
    )


class ReportConfig(BaseModel):
    """What reports show by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: float = Field(
        default=24.0, gt=0, le=MAX_HOURS, allow_inf_nan=False, description="length of a report's window"
    )


class KafkaConfig(BaseModel):
    """How Kafka is reached, and what its topics are like when they are made; see streams.logs.kafka.options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: str = Field(
        default="untaken.",
        pattern=r"^[a-zA-Z0-9._-]{1,150}$",
        description="what goes before the name of every topic",
    )
    partitions: int = Field(
        default=8,
        ge=1,
        le=10_000,
        description="partitions of the topics keyed by symbol, when they are made; "
        "it never changes afterwards",
    )
    replication: int = Field(
        default=1, ge=1, le=100, description="copies of each partition, when topics are made"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`"
    )
    sasl_username: str | None = Field(default=None, description="name of the login")
    sasl_password: str | None = Field(
        default=None, description="its password; better in the environment than in the file"
    )
    ssl_cafile: str | None = Field(
        default=None, description="certificates of the authorities that the broker's is checked against (PEM)"
    )
    ssl_certfile: str | None = Field(default=None, description="certificate of this client (PEM)")
    ssl_keyfile: str | None = Field(default=None, description="its key (PEM)")
    request_timeout_s: float = Field(
        default=30.0,
        gt=0,
        le=3_600,
        allow_inf_nan=False,
        description="how long a request may take, and how long a broker that is away is waited for",
    )


class WorkerConfig(BaseModel):
    """How a worker on Kafka works (not what it computes)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app: str | None = Field(
        default=None,
        pattern=r"^[a-zA-Z0-9._-]{1,100}$",
        description="workers of one name share the partitions of a log; by default the prefix of its topics",
    )
    state: str = Field(default="untaken-state", description="directory for the states of partitions")
    batch_records: int = Field(
        default=100_000, ge=1, le=5_000_000, description="records of a partition applied in one transaction"
    )
    parallel: int | None = Field(
        default=None,
        ge=1,
        le=1_000,
        description="partitions that may compute at the same moment; "
        "by default as many as there are processors",
    )
    tick_s: float = Field(
        default=60.0,
        ge=0,
        le=86_400,
        allow_inf_nan=False,
        description="seconds that event time may stand still in a live log before the clock is told; 0: never",
    )
    stall_s: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        allow_inf_nan=False,
        description="seconds that a partition may stand still although its log goes on, before the worker ends "
        "with an error; 0: for ever",
    )
    session_s: float = Field(
        default=15.0,
        ge=6,
        le=1_800,
        allow_inf_nan=False,
        description="seconds that the group waits for a worker that has gone silent",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="address for `/metrics`, `/health` and `/ready`"
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65_535, description="port for them; by default they are not served"
    )
    web_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="port of Faust's own pages, on loopback; by default they are not served",
    )


class Config(BaseModel):
    """Every value that is not a result; results are made by `settings`, which live in the log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    log: str = Field(
        default="sqlite:///untaken.db",
        description="where the events are: `sqlite:///relative.db`, `sqlite:////absolute.db`, "
        "`kafka://host:port[,host:port][?prefix=...]`",
    )
    engine: EngineConfig = EngineConfig()
    report: ReportConfig = ReportConfig()
    kafka: KafkaConfig = KafkaConfig()
    worker: WorkerConfig = WorkerConfig()
    settings: dict[str, Any] = Field(default_factory=dict)


_TEXTS = frozenset(
    f"kafka.{name}" for name in KafkaConfig.model_fields if name.startswith(("prefix", "sasl_", "ssl_"))
)
"""Values that an environment variable holds as they are: a password may well look like a number."""


@dataclass(frozen=True)
class Effective:
    """The configuration in force, and where each value came from."""

    config: Config
    origins: Mapping[str, str]


def load(path: Path | None, environment: Mapping[str, str]) -> Effective:
    """Read the file (`untaken.toml` if there is one and none is named) and the environment.

    Raises ConfigurationRefused, naming the value, what was found and what is allowed.
    """
    values, origins = _from_file(path)
    for name, value in sorted(_from_environment(environment).items()):
        _put(values, name.split("."), value)
        origins[name] = f"environment {_variable(name)}"
    settings = _flat(values.pop("settings", {}))
    try:
        ResultSettings().changed(settings)
        config = Config.model_validate({**values, "settings": settings})
    except SettingsRefused as error:
        raise ConfigurationRefused(f"configuration: {error}") from None
    except ValidationError as error:
        raise ConfigurationRefused(_sentence(error, origins)) from None
    return Effective(config, origins)


def _from_file(path: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    file = path or Path(DEFAULT_FILE)
    if not file.exists():
        if path is not None:
            raise ConfigurationRefused(f"configuration: there is no file {path}; name one that exists")
        return {}, {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationRefused(f"configuration: {file} is no TOML file ({error}); correct it") from None
    return values, {name: str(file) for name in _flat(values)}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Values named UNTAKEN_LOG, UNTAKEN_ENGINE__BATCH_RECORDS, UNTAKEN_SETTINGS__SHADOW__FEE_BPS."""
    known = set(Config.model_fields)
    found = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        parts = variable.removeprefix(PREFIX).lower().split("__")
        if parts[0] in known:
            name = ".".join(parts)
            found[name] = text if name == "log" or name in _TEXTS else _value(text)
        elif len(parts) > 1 or difflib.get_close_matches(parts[0], ["log"]):
            # Other names that begin so may be somebody else's: Kubernetes makes some for every service.
            raise ConfigurationRefused(
                f"configuration: the environment variable {variable} is not a value; known are "
                f"{', '.join(_variable(name) for name in _choice('.'.join(parts)))}"
            )
    return found


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace(".", "__")


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _put(values: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigurationRefused(
                f"configuration: {'.'.join(path)} cannot be set, {part} is a single value"
            )
        values = inner
    values[path[-1]] = value


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted names; the table prices.source is a value of its own."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        dotted = f"{prefix}{name}"
        if isinstance(value, dict) and not dotted.endswith("prices.source"):
            flat.update(_flat(value, f"{dotted}."))
        else:
            flat[dotted] = value
    return flat


def _sentence(error: ValidationError, origins: Mapping[str, str]) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    place = next((origin for at, origin in origins.items() if at.split(".")[0] == name.split(".")[0]), "")
    if first["type"] == "extra_forbidden":
        return f"configuration: {name!r} ({place}) is not a value; known are {', '.join(_choice(name))}"
    if first["type"] == "model_type":
        members = ", ".join(known for known in _known() if known.startswith(f"{name}."))
        return f"configuration: {name} was {first['input']!r} ({place}); it is a table, which holds {members}"
    allowed = first["msg"].lower().replace("input should", "it must")
    found = "something else" if name.endswith("password") else repr(first["input"])
    return f"configuration: {name} was {found} ({place}); {allowed}"


def _known() -> list[str]:
    return [*_flat(Config().model_dump()), "settings.<name>"]


def _choice(name: str) -> list[str]:
    """Return what may have been meant: all values, but of large tables other than the one named only the table."""
    parts = Counter(known.partition(".")[0] for known in _known())
    named = name.partition(".")[0]
    shown = (
        known if parts[part] <= _FEW or part == named else f"{part}.<name>"
        for known in _known()
        for part in [known.partition(".")[0]]
    )
    return list(dict.fromkeys(shown))


def environment() -> dict[str, str]:
    """Return the process environment."""
    return dict(os.environ)
