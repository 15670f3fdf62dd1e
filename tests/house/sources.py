"""Read the project's own source as syntax trees, without importing any of it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "untaken"


@dataclass(frozen=True)
class Module:
    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The part of the package a module lives in: `schemas` of untaken.schemas.base, `` of the root."""
        return (self.name + "..").split(".")[1]


def module(name: str, text: str) -> Module:
    return Module(name, ast.parse(text))


def modules() -> list[Module]:
    return [module(_name(path), path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]


def _name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def imports(of: Module) -> Iterator[tuple[str, int]]:
    """Yield every imported name in full with its line: `from a.b import c` is a.b.c.

    Imports inside functions and under TYPE_CHECKING count as well.
    """
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def dotted(node: ast.expr) -> str:
    """Spell out a chain of attributes, `np.random.seed`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""
