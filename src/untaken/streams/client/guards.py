"""Guards that report their verdicts."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import update_wrapper
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import Any, TypeAlias, overload

from untaken.schemas.kinds import GuardKind
from untaken.streams.client.errors import GuardMisused
from untaken.streams.client.reporting import HasSignal, Reporter
from untaken.streams.client.verdicts import Verdict, verdict_of

AnyEmitter: TypeAlias = Reporter[Any, Any]
"""An `Emitter` or an `AsyncEmitter`: reporting waits for neither."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a chain, and in which attempt, a guard is asked."""

    seq: int | None = None
    attempt: int | None = None
    final: bool | None = None
    complete: bool | None = None


class AnyGuard(ABC):
    """A function of a signal that answers whether it may pass: a bool, a bool with a reason, or a `Verdict`."""

    def __init__(
        self,
        function: Callable[..., object],
        emitter: AnyEmitter | None = None,
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

    @abstractmethod
    def __call__(self, signal: HasSignal, *arguments: Any, **named: Any) -> Verdict | Awaitable[Verdict]:
        """Ask the function, report its verdict and give it."""

    def judge(self, signal: HasSignal, *arguments: Any, **named: Any) -> Verdict:
        """Ask the function without reporting."""
        answer = self.function(signal, *arguments, **named)
        if isawaitable(answer):
            if iscoroutine(answer):
                answer.close()  # else Python would warn, later, that nobody awaited it
            raise GuardMisused(f"guard {self.name!r} is asynchronous: await chain.ask_async(signal, ...)")
        return verdict_of(self.name, answer)

    async def judge_async(self, signal: HasSignal, *arguments: Any, **named: Any) -> Verdict:
        """Ask the function, and wait for its answer if it has to be waited for, without reporting."""
        answer = self.function(signal, *arguments, **named)
        return verdict_of(self.name, await answer if isawaitable(answer) else answer)

    def report(self, emitter: AnyEmitter, signal: HasSignal, verdict: Verdict, place: Place) -> None:
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

    def _told(self, signal: HasSignal, verdict: Verdict) -> Verdict:
        self.report(self._own_emitter(), signal, verdict, Place())
        return verdict

    def _own_emitter(self) -> AnyEmitter:
        if self.emitter is None:
            raise GuardMisused(
                f"guard {self.name!r} has no emitter: write @guard(emitter), or ask it in a GuardChain"
            )
        return self.emitter


class Guard(AnyGuard):
    """A guard that is called: it reports through its emitter and returns the verdict.

    A `GuardChain` asks it in its place.
    """

    def __call__(self, signal: HasSignal, *arguments: Any, **named: Any) -> Verdict:
        self._own_emitter()
        return self._told(signal, self.judge(signal, *arguments, **named))


class AsyncGuard(AnyGuard):
    """A guard that is awaited, made of an `async def`; as such it reports and gives the verdict.

    A `GuardChain` asks it in its place, in `ask_async`.
    """

    async def __call__(self, signal: HasSignal, *arguments: Any, **named: Any) -> Verdict:
        self._own_emitter()
        return self._told(signal, await self.judge_async(signal, *arguments, **named))


@overload
def guard(function: Callable[..., Awaitable[object]], /) -> AsyncGuard: ...  # type: ignore[overload-overlap]  # an async function is first of all one


@overload
def guard(function: Callable[..., object], /) -> Guard: ...


@overload
def guard(
    emitter: AnyEmitter | None = None,
    /,
    *,
    name: str | None = None,
    kind: GuardKind | None = None,
    reason_code: str | None = None,
) -> "Decorator": ...


def guard(
    emitter: AnyEmitter | Callable[..., object] | None = None,
    /,
    *,
    name: str | None = None,
    kind: GuardKind | None = None,
    reason_code: str | None = None,
) -> "Guard | AsyncGuard | Decorator":
    """Turn a function of a signal into a guard that reports: `@guard`, `@guard(emitter)`, `@guard(kind=...)`.

    An `async def` becomes a guard to be awaited. `name` is the function's where left out. `reason_code` stands on
    every decision whose verdict has none.
    """
    if emitter is not None and not isinstance(emitter, Reporter):
        return Decorator()(emitter)
    return Decorator(emitter, name, kind, reason_code)


@dataclass(frozen=True, slots=True)
class Decorator:
    """Makes guards of functions."""

    emitter: AnyEmitter | None = None
    name: str | None = None
    kind: GuardKind | None = None
    reason_code: str | None = None

    @overload
    def __call__(self, function: Callable[..., Awaitable[object]]) -> AsyncGuard: ...  # type: ignore[overload-overlap]  # an async function is first of all one

    @overload
    def __call__(self, function: Callable[..., object]) -> Guard: ...

    def __call__(self, function: Callable[..., object]) -> Guard | AsyncGuard:
        made = AsyncGuard if _is_async(function) else Guard
        return made(function, self.emitter, name=self.name, kind=self.kind, reason_code=self.reason_code)


def _is_async(function: Callable[..., object]) -> bool:
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - an object whose call is asynchronous
