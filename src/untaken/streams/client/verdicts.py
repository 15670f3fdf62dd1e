"""What guards and chains of them say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

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


def verdict_of(name: str, answer: object) -> Verdict:
    """Read what a guard answered; raises `GuardMisused` for what is neither yes nor no."""
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
