"""What a bot declared of its run: currency, exits of its strategies, names of its symbols."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.reference.facts import Fact


@dataclass(frozen=True)
class Run:
    """One declaration; a run that declared nothing has no account currency of its own."""

    currency: str | None = None
    strategies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Runs:
    declared: Mapping[tuple[str, str], Sequence[tuple[int, Run]]]
    aliases: Mapping[tuple[str, str], Mapping[str, str]]

    def at(self, run: tuple[str, str], moment: int) -> Run:
        """Return the declaration in force; the first one holds from the beginning of the run."""
        declarations = self.declared.get(run, [])
        in_force = [one for at, one in declarations if at <= moment] or [one for _, one in declarations[:1]]
        return in_force[-1] if in_force else Run()


def runs_of(declarations: Iterable[Fact]) -> Runs:
    declared: dict[tuple[str, str], list[tuple[int, Run]]] = {}
    aliases: dict[tuple[str, str], dict[str, str]] = {}
    for fact in sorted(declarations, key=lambda fact: fact.order):
        run = Run(fact.body["account_currency"], fact.body.get("strategies") or {})
        declared.setdefault(fact.run, []).append((fact.at, run))
        aliases.setdefault(fact.run, {}).update(fact.body.get("symbols") or {})
    return Runs(declared, aliases)
