"""From the quote currency of a symbol to the account currency of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.facts import Fact
from tests.reference.numbers import number

NOBODY_KNOWS = "?"


@dataclass(frozen=True)
class Terms:
    """What one unit of a position is, and in which currency; the rate is None where it is not known."""

    account: str
    quote: str
    rate: Fraction | None
    contract_size: Fraction


def terms_of(facts: Sequence[Fact], account: str | None) -> Terms:
    """Read each field from the first of some facts that has it; all of them are of one symbol."""

    def given(name: str) -> Any:
        return next((fact.body[name] for fact in facts if fact.body.get(name) is not None), None)

    after_slash = facts[0].symbol.partition("/")[2].partition(":")[0]
    quote = given("quote_currency") or after_slash or account or NOBODY_KNOWS
    own = account or quote
    rate = 1 if quote == own else given("fx_to_account")
    contract_size = given("contract_size") or 1
    return Terms(
        own, quote, None if rate is None else Fraction(number(rate)), Fraction(number(contract_size))
    )
