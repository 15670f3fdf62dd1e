"""Which records of a log are facts: late, future, copies of an id, and the names of symbols."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.reference.facts import TOPICS, Fact, Record, fact_of
from tests.reference.runs import Runs, runs_of
from tests.reference.settings import Settings


@dataclass(frozen=True)
class Accepted:
    facts: list[Fact]
    runs: Runs
    dead_letters: list[dict[str, str]]
    watermark: int

    def of_type(self, name: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.type == name]


def refusal_of(fact: Fact, settings: Settings) -> str | None:
    """Return the code a record is refused with, judged by itself alone."""
    if fact.appended_at - fact.at > settings.span("log.horizon_s") and not fact.backfill:
        return "late"
    if fact.at > fact.appended_at + settings.span("log.future_s"):
        return "future"
    return None


def accepted(records: Iterable[Record], settings: Settings) -> Accepted:
    """Sort records into facts, each id once, and dead letters."""
    dead_letters, facts = [], []
    for fact in map(fact_of, records):
        code = refusal_of(fact, settings)
        if code is None:
            facts.append(fact)
        else:
            dead_letters.append({"id": fact.id, "code": code})
    facts.sort(key=lambda fact: fact.precedence)  # as reported: before any name is replaced
    runs = runs_of(each_once([fact for fact in facts if fact.type == "run.declared"]))
    named = [with_real_symbol(fact, runs) for fact in facts]
    watermark = max((fact.at for fact in facts if TOPICS[fact.type] != "settings"), default=0)
    return Accepted(each_once(named), runs, sorted(dead_letters, key=lambda letter: letter["id"]), watermark)


def with_real_symbol(fact: Fact, runs: Runs) -> Fact:
    if fact.body.get("symbol") is None:
        return fact
    aliases = runs.aliases.get(fact.run, {})
    return replace(fact, body={**fact.body, "symbol": aliases.get(fact.symbol, fact.symbol)})


def each_once(facts: Iterable[Fact]) -> list[Fact]:
    """Keep the first under each id in its topic and symbol."""
    kept: dict[tuple[str, str | None, str], Fact] = {}
    for fact in facts:
        kept.setdefault((TOPICS[fact.type], fact.body.get("symbol"), fact.id), fact)
    return list(kept.values())
