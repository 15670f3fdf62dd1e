"""What a bot did with a signal: attempts, verdicts, status."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.reference.facts import Fact
from tests.reference.policy import attempt_of, first_decision, place_in_chain


@dataclass(frozen=True)
class Lifecycle:
    status: str
    attempts: int
    blockers: tuple[str, ...]
    first: str | None
    chain_complete: bool | None
    judged_by: frozenset[str]
    reason_code: str | None
    decided_at: int | None
    """The first decision of the first attempt."""
    filled_at: int | None

    @property
    def sole(self) -> str | None:
        return self.blockers[0] if self.chain_complete and len(self.blockers) == 1 else None


def lifecycle_of(
    signal: Fact, decisions: Sequence[Fact], expiries: Sequence[Fact], filled_at: int | None, watermark: int
) -> Lifecycle:
    """Judge a signal by its last attempt before fill or expiry; what comes at that very moment still counts."""
    expired_at = expiry_of(signal, expiries, watermark)
    until = expired_at if filled_at is None else filled_at
    attempt = last_attempt([one for one in decisions if until is None or one.at <= until])
    verdicts = standing(attempt)
    blocks = sorted((one for one in verdicts if one.body["verdict"] == "blocked"), key=place_in_chain)
    decision = first_decision(decisions)
    return Lifecycle(
        status=status_of(filled_at, blocks, expired_at, verdicts),
        attempts=len({attempt_of(decision) for decision in decisions}),
        blockers=tuple(sorted(str(block.body["guard"]) for block in blocks)),
        first=str(blocks[0].body["guard"]) if blocks else None,
        chain_complete=completeness(attempt),
        judged_by=frozenset(str(decision.body["guard"]) for decision in decisions),
        reason_code=blocks[0].body.get("reason_code") if blocks else None,
        decided_at=None if decision is None else decision.at,
        filled_at=filled_at,
    )


def expiry_of(signal: Fact, expiries: Sequence[Fact], watermark: int) -> int | None:
    moments = [expiry.at for expiry in expiries]
    expires_at = signal.moment("expires_at")
    if expires_at is not None and watermark > expires_at:
        moments.append(expires_at)
    return min(moments, default=None)


def last_attempt(decisions: Sequence[Fact]) -> list[Fact]:
    last = max(map(attempt_of, decisions), default=None)
    return [decision for decision in decisions if attempt_of(decision) == last]


def standing(attempt: Sequence[Fact]) -> list[Fact]:
    """Return the last verdict of each guard."""
    ordered = sorted(attempt, key=lambda decision: decision.order)
    return list({str(decision.body["guard"]): decision for decision in ordered}.values())


def status_of(
    filled_at: int | None, blocks: Sequence[Fact], expired_at: int | None, verdicts: Sequence[Fact]
) -> str:
    if filled_at is not None:
        return "filled"
    if blocks:
        return "blocked"
    if expired_at is not None:
        return "expired"
    return "approved" if verdicts else "undecided"


def completeness(attempt: Sequence[Fact]) -> bool | None:
    """Return whether every guard was asked, as the final decision says; None where nobody said."""
    said = [one for one in attempt if one.body.get("chain_complete") is not None]
    last = max(said, key=lambda one: (bool(one.body.get("final")), *one.order), default=None)
    return None if last is None else bool(last.body["chain_complete"])
