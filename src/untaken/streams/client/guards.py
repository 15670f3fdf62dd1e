"""Guards that report their verdicts, and chains that ask all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import update_wrapper
from typing import Any, Literal, Self, overload

from untaken.schemas.kinds import GuardKind
from untaken.streams.client.emitter import Emitter, HasSignal
from untaken.streams.client.errors import GuardMisused


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guard says, and why; true if the signal may pass.

    With `value`, `threshold` and `comparison` a what-if can move the threshold later.
    """

    passed: bool
    reason: str | None = None
    reason_code: str | None = None
    value: float | None = None
    threshold: float | None = None
    comparison: Literal["<=", ">="] | None = None
    snapshot: Mapping[str, float] | None = None
    meta: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return self.passed

    @classmethod
    def at_least(cls, value: float, threshold: float, **more: Any) -> Self:
        """Pass where `value >= threshold`."""
        return cls(bool(value >= threshold), value=value, threshold=threshold, comparison=">=", **more)

    @classmethod
    def at_most(cls, value: float, threshold: float, **more: Any) -> Self:
        """Pass where `value <= threshold`."""
        return cls(bool(value <= threshold), value=value, threshold=threshold, comparison="<=", **more)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a chain, and in which attempt, a guard is asked."""

    seq: int | None = None
    attempt: int | None = None
    final: bool | None = None
    complete: bool | None = None


class Guard:
    """A function of a signal that answers whether it may pass: a bool, a bool with a reason, or a `Verdict`.

    Called by itself it reports through its emitter and returns the verdict; a `GuardChain` asks it in its place.
    """

    def __init__(
        self,
        function: Callable[..., object],
        emitter: Emitter | None = None,
        *,
        name: str | None = None,
        kind: GuardKind | None = None,
        reason_code: str | None = None,
    ) -> None:
        update_wrapper(self, function)
        self.function = function
        self.emitter = emitter
        self.name = name or function.__name__
        self.kind = kind
        self.reason_code = reason_code

    def __call__(self, signal: HasSignal, *arguments: Any, **named: Any) -> Verdict:
        if self.emitter is None:
            raise GuardMisused(
                f"guard {self.name!r} has no emitter: write @guard(emitter), or ask it in a GuardChain"
            )
        verdict = self.judge(signal, *arguments, **named)
        self.report(self.emitter, signal, verdict, Place())
        return verdict

    def judge(self, signal: HasSignal, *arguments: Any, **named: Any) -> Verdict:
        """Ask the function without reporting."""
        return _verdict(self.name, self.function(signal, *arguments, **named))

    def report(self, emitter: Emitter, signal: HasSignal, verdict: Verdict, place: Place) -> None:
        tell = emitter.approve if verdict.passed else emitter.block
        tell(
            signal,
            self.name,
            kind=self.kind,
            seq=place.seq,
            attempt=place.attempt,
            reason_code=verdict.reason_code or self.reason_code,
            reason=verdict.reason,
            value=verdict.value,
            threshold=verdict.threshold,
            comparison=verdict.comparison,
            snapshot=verdict.snapshot,
            final=place.final,
            chain_complete=place.complete,
            meta=verdict.meta,
        )


@overload
def guard(emitter: Callable[..., object], /) -> Guard: ...


@overload
def guard(
    emitter: Emitter | None = None,
    /,
    *,
    name: str | None = None,
    kind: GuardKind | None = None,
    reason_code: str | None = None,
) -> Callable[[Callable[..., object]], Guard]: ...


def guard(
    emitter: Emitter | Callable[..., object] | None = None,
    /,
    *,
    name: str | None = None,
    kind: GuardKind | None = None,
    reason_code: str | None = None,
) -> Guard | Callable[[Callable[..., object]], Guard]:
    """Turn a function of a signal into a guard that reports: `@guard`, `@guard(emitter)`, `@guard(kind=...)`.

    `name` is the function's where left out. `reason_code` stands on every decision whose verdict has none.
    """
    if emitter is not None and not isinstance(emitter, Emitter):
        return Guard(emitter)

    def made(function: Callable[..., object]) -> Guard:
        return Guard(function, emitter, name=name, kind=kind, reason_code=reason_code)

    return made


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a chain says; true if the signal may pass. `blockers` in the order in which they were asked."""

    blockers: tuple[str, ...]
    verdicts: Mapping[str, Verdict]
    complete: bool

    @property
    def approved(self) -> bool:
        return not self.blockers

    def __bool__(self) -> bool:
        return self.approved


class GuardChain:
    """Guards in order. All are asked on every signal, since only then is it known what each of them is worth.

    With `stop_at_first` the first block ends the asking, and the chain is reported as incomplete. A guard that
    raises ends it too, and its error is the caller's.
    """

    def __init__(
        self,
        emitter: Emitter,
        guards: Sequence[Guard | Callable[..., object]],
        *,
        stop_at_first: bool = False,
    ) -> None:
        self.emitter = emitter
        self.guards = [each if isinstance(each, Guard) else Guard(each) for each in guards]
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
        verdicts: dict[str, Verdict] = {}
        for seq, each in enumerate(self.guards, start=1):
            verdict = each.judge(signal, *arguments, **named)
            verdicts[each.name] = verdict
            complete = seq == len(self.guards)
            final = complete or (self.stop_at_first and not verdict.passed)
            place = Place(seq, attempt, final or None, complete if final else None)
            shown = replace(verdict, snapshot=verdict.snapshot or snapshot)
            each.report(self.emitter, signal, shown, place)
            if final:
                break
        blockers = tuple(name for name, verdict in verdicts.items() if not verdict.passed)
        return ChainVerdict(blockers, verdicts, len(verdicts) == len(self.guards))

    def declaration(self) -> dict[str, dict[str, Any]]:
        """Return kind and order of the guards, for `Emitter.declare(guards=...)`."""
        return {
            each.name: {"order": order} if each.kind is None else {"kind": each.kind, "order": order}
            for order, each in enumerate(self.guards, start=1)
        }


def _verdict(name: str, answer: object) -> Verdict:
    if isinstance(answer, Verdict):
        return answer
    passed, reason = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
    if not _is_bool(passed) or not isinstance(reason, str | None):
        raise GuardMisused(
            f"guard {name!r} answered {answer!r}: return True to let the signal pass, False to block it, "
            "(False, 'why'), or a Verdict"
        )
    return Verdict(bool(passed), reason)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}  # the latter are numpy's
