"""Chains of guards, which ask all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from untaken.streams.client.errors import GuardMisused
from untaken.streams.client.guards import AnyEmitter, AnyGuard, Place, guard
from untaken.streams.client.reporting import HasSignal
from untaken.streams.client.verdicts import ChainVerdict, Verdict


class GuardChain:
    """Guards in order. All are asked on every signal, since only then is it known what each of them is worth.

    With `stop_at_first` the first block ends the asking, and the chain is reported as incomplete. A guard that
    raises ends it too, and its error is the caller's.
    """

    def __init__(
        self,
        emitter: AnyEmitter,
        guards: Sequence[AnyGuard | Callable[..., object]],
        *,
        stop_at_first: bool = False,
    ) -> None:
        self.emitter = emitter
        self.guards = [each if isinstance(each, AnyGuard) else guard(each) for each in guards]
        self.stop_at_first = stop_at_first
        names = [each.name for each in self.guards]
        if not names or len(set(names)) < len(names):
            raise GuardMisused(
                f"the guards of a chain were {names}: give at least one, each with its own name="
            )

    def ask(
        self,
        signal: HasSignal,
        *arguments: Any,
        attempt: int | None = None,
        snapshot: Mapping[str, float] | None = None,
        **named: Any,
    ) -> ChainVerdict:
        """Ask the guards about a signal, report each verdict and return the chain's.

        `snapshot` is the market at that moment, for verdicts that bring none: the shadow trade enters at its
        price. `attempt` counts how often this signal was asked about, from 1. The rest goes to the guards.
        """
        asked = _Asked(self, signal, attempt, snapshot)
        for each in asked.guards():
            asked.answered(each, each.judge(signal, *arguments, **named))
        return asked.verdict()

    async def ask_async(
        self,
        signal: HasSignal,
        *arguments: Any,
        attempt: int | None = None,
        snapshot: Mapping[str, float] | None = None,
        **named: Any,
    ) -> ChainVerdict:
        """Ask as `ask` does, one guard after the other, and wait for those that are asynchronous."""
        asked = _Asked(self, signal, attempt, snapshot)
        for each in asked.guards():
            asked.answered(each, await each.judge_async(signal, *arguments, **named))
        return asked.verdict()

    def declaration(self) -> dict[str, dict[str, Any]]:
        """Return kind and order of the guards, for `Emitter.declare(guards=...)`."""
        return {
            each.name: {"order": order} if each.kind is None else {"kind": each.kind, "order": order}
            for order, each in enumerate(self.guards, start=1)
        }


@dataclass
class _Asked:
    """One attempt of a chain on one signal."""

    chain: GuardChain
    signal: HasSignal
    attempt: int | None
    snapshot: Mapping[str, float] | None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    over: bool = False

    def guards(self) -> Iterator[AnyGuard]:
        """Yield the guards to ask, each after the answer of the one before."""
        for each in self.chain.guards:
            yield each
            if self.over:
                return

    def answered(self, each: AnyGuard, verdict: Verdict) -> None:
        """Report a guard's verdict in its place."""
        self.verdicts[each.name] = verdict
        self.over = self.complete or (self.chain.stop_at_first and not verdict.passed)
        place = Place(
            len(self.verdicts),
            self.attempt,
            self.over or None,
            self.complete if self.over else None,
        )
        shown = replace(verdict, snapshot=verdict.snapshot or self.snapshot)
        each.report(self.chain.emitter, self.signal, shown, place)

    @property
    def complete(self) -> bool:
        return len(self.verdicts) == len(self.chain.guards)

    def verdict(self) -> ChainVerdict:
        blockers = tuple(name for name, verdict in self.verdicts.items() if not verdict.passed)
        return ChainVerdict(blockers, self.verdicts, self.complete)
