"""Writes the pages of reference that follow from the code: python -m tests.docs.generating."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from tests.docs.metrics_page import metrics_page
from tests.docs.projections_page import projections_page
from tests.docs.tables_page import tables_page
from tests.house.sources import ROOT
from untaken.cli.program import app
from untaken.schemas.base import Event
from untaken.schemas.contracts.documents import exported
from untaken.schemas.registry import EVENTS, FILINGS
from untaken.streams.chain.facts import CHAINED
from untaken.streams.chain.intake import DERIVED

REFERENCE = ROOT / "docs" / "reference"

COMMON = tuple(Event.model_fields)
READ = {
    *CHAINED, "run.declared", "settings.changed", "exit.signalled", "knob.overridden", "knob.adjusted",
    "market.bar", "market.quote", "clock.ticked", "dead.lettered",
}  # fmt: skip
"""Types that figures are made of today."""

_GROUPS = {
    "Facts": ("settings", "market", "signals", "decisions", "executions", "outcomes", "drills"),
    "Derived": DERIVED,
    "Conclusions": ("learning", "knobs", "models"),
    "Refusals": ("dead-letters",),
}
_ABOUT = {
    "Facts": (
        "What happened. The figures of this version are made of those marked with ●; the others are checked, kept\n"
        "in the log and listed by `untaken doctor`, but nothing is computed from them yet."
    ),
    "Derived": (
        "Names that are kept for what the engine itself derives. It keeps these rows in the state file and writes\n"
        "no such events yet; one that comes in is kept and not believed, since a rebuild computes it anew."
    ),
    "Conclusions": (
        "Checked and kept. So far only `scenario.tried` is written, by `untaken replay what-if`, and counted; what\n"
        "draws the other conclusions is not built."
    ),
    "Refusals": "What was refused, with its bytes.",
}

_ONLY_LISTED = ("Derived", "Conclusions")

_EVENTS_HEAD = """\
# Events

<!-- Made by `python -m tests.docs.generating` from the models in src/untaken/schemas; do not edit. -->

One JSON object per event, UTF-8, one per line in files. A field that a type does not have is refused, so that a typo
does not vanish; only `features`, `components` and `meta` hold anything. Numbers are finite. Percentages are in percent
(2.0 is 2 %), confidences from 0 to 1, money in the account currency that the run declares. Times are RFC 3339 with a
zone (`2024-03-04T10:00:00Z`), between 1990 and 2199, kept in UTC to the microsecond. A text has at most 200 characters
where nothing else is said, an event at most 1 MiB. Fields in bold are needed.

`untaken schemas export DIRECTORY` writes the same as JSON Schemas.

## Fields of every event

"""
_COMMAND_HEAD = """\
# Command line

<!-- Made by `python -m tests.docs.generating` from the program itself; do not edit. -->

Every command takes `--help`. The log is named by `--log`, else by `UNTAKEN_LOG`, else in the
[configuration](configuration.md); `--json` prints figures as JSON on standard output.

| exit code | means |
| --- | --- |
| 0 | done |
| 1 | a check failed: `replay verify`, `schemas check`, `doctor`, an import that took nothing |
| 2 | wrong usage or bad input, one sentence on standard error; `emit` also returns it where some lines were refused and the others accepted |
| 70 | a worker did not end of its own accord: start it again, as `Restart=on-failure` or a container's policy does |
| 130 | interrupted; what was acknowledged is kept |

"""


def events_page() -> str:
    """Return the page of all event types."""
    schemas = {name: json.loads(text) for name, text in exported(EVENTS).items()}
    by_type = {schema["properties"]["type"]["const"]: schema for schema in schemas.values()}
    some = by_type["clock.ticked"]
    common = _fields({**some, "properties": {name: some["properties"][name] for name in COMMON}})
    common = common.replace("`clock.ticked` |", "a name below |")
    parts = [_EVENTS_HEAD, common]
    for title, topics in _GROUPS.items():
        parts += [f"\n## {title}\n\n{_ABOUT[title]}\n"]
        names = [name for name, filing in FILINGS.items() if filing.topic in topics]
        parts += (
            _list_of(names, by_type)
            if title in _ONLY_LISTED
            else [_event(name, by_type[name]) for name in names]
        )
    return "".join(parts)


def _list_of(names: list[str], by_type: dict[str, dict[str, Any]]) -> list[str]:
    rows = [
        f"| `{name}` | `{FILINGS[name].topic}` | {_in_markdown(by_type[name]['description'])} |\n"
        for name in names
    ]
    return ["\n| type | topic | |\n| --- | --- | --- |\n", *rows]


def _event(name: str, schema: dict[str, Any]) -> str:
    own = {key: value for key, value in schema["properties"].items() if key not in COMMON}
    mark = "● " if name in READ else ""
    text = f"\n### {mark}`{name}`\n\nTopic `{FILINGS[name].topic}`. {_in_markdown(schema['description'])}\n"
    if own:
        text += f"\n{_fields({**schema, 'properties': own})}"
    for part, definition in schema.get("$defs", {}).items():
        if "properties" in definition:
            text += f"\n`{part}`: {_in_markdown(definition['description'])}\n\n{_fields(definition)}"
    return text


def _fields(schema: dict[str, Any]) -> str:
    rows = ["| field | holds | |\n| --- | --- | --- |\n"]
    for name, field in schema["properties"].items():
        needed = name in schema.get("required", ())
        label = f"**`{name}`**" if needed else f"`{name}`"
        rows.append(f"| {label} | {_kind(field)} | {_in_markdown(field['description'])} |\n")
    return "".join(rows)


def _kind(field: dict[str, Any]) -> str:
    """Say in a few words what a field may hold."""
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    return " or ".join(_kind_of(choice) for choice in choices)


def _kind_of(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return f"`{field['$ref'].rpartition('/')[2]}`"
    if "const" in field or "enum" in field:
        return ", ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    describe = _KINDS.get(field.get("type", ""))
    return describe(field) if describe else "anything"


def _text(field: dict[str, Any]) -> str:
    longest = f" of at most {field['maxLength']:,}" if field.get("maxLength", 200) != 200 else ""
    return "time" if field.get("format") == "date-time" else f"text{longest}"


def _list(field: dict[str, Any]) -> str:
    return f"list of {_kind(field['items']) if 'items' in field else 'anything'}"


def _object(field: dict[str, Any]) -> str:
    inside = next(iter(field.get("patternProperties", {}).values()), field.get("additionalProperties"))
    free = not isinstance(inside, dict) or inside.get("$ref", "").endswith("JsonValue")
    return "object of anything" if free or inside is None else f"object: name to {_kind(inside)}"


def _range(field: dict[str, Any]) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    above = field.get("exclusiveMinimum")
    lower = f"above {above:g}" if above is not None else f"from {least:g}" if least is not None else ""
    upper = f"to {most:g}" if most is not None and most != 2**31 - 1 else ""
    return f" {lower} {upper}".rstrip().replace("  ", " ") if lower or upper else ""


_KINDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "string": _text,
    "array": _list,
    "object": _object,
    "integer": lambda field: f"whole number{_range(field)}",
    "number": lambda field: f"number{_range(field)}",
    "boolean": lambda _: "true or false",
}


def _in_markdown(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def command_line_page() -> str:
    """Return the page of all commands and their options."""
    program: Any = typer.main.get_command(app)
    return _COMMAND_HEAD + "\n".join(
        _command(path, command) for path, command in _commands(program, "untaken")
    )


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _command(path: str, command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    usage = " ".join([path, *(_argument(argument) for argument in arguments)])
    rows = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
    table = "".join(["| | |\n| --- | --- |\n", *rows]) if rows else ""
    return f"## `{usage}`\n\n{_in_markdown(command.help or '')}\n\n{table}"


def _argument(argument: Any) -> str:
    name = argument.name.upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        label = f"`{_argument(parameter)}`"
    else:
        value = "" if parameter.is_flag else f" {_value(parameter.bare_type())}"
        label = f"`{parameter.opts[0]}{value}`"
    default = parameter.default
    shown = f" Default `{default}`." if not parameter.required and _is_told(default) else ""
    return f"| {label} | {_in_markdown(parameter.help or '')}{shown} |\n"


_VALUES = {
    "str": "TEXT",
    "list[str]": "TEXT",
    "Path": "PATH",
    "list[Path]": "PATH",
    "int": "NUMBER",
    "float": "NUMBER",
}


def _value(kind: str) -> str:
    """Say what an option takes; of a choice, what there is."""
    choices = re.findall(r"'([^']+)'", kind) if "Literal" in kind else []
    return "/".join(choices) or _VALUES[kind]


def _is_told(default: object) -> bool:
    return isinstance(default, str | int | Path) and not isinstance(default, bool)


PAGES = {
    "events.md": events_page,
    "command-line.md": command_line_page,
    "metrics.md": metrics_page,
    "projections.md": projections_page,
    "tables.md": tables_page,
}
"""What is generated, by file in docs/reference."""


def main() -> None:
    """Write all generated pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
