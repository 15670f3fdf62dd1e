"""What a group's figures come down to: what saved, what cost, and what to look at next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from untaken.web.reports.numbers import Money, counted, percent, ppm, total
from untaken.web.reports.parts.calibration import SURE
from untaken.web.reports.parts.missed import suggestion_of
from untaken.web.reports.words import VERDICTS, Document, Verdict, clean

MOST = 6
"""More than this many things to look at next is a list that nobody reads."""
DISAGREEING = 0.2
"""Share of trades whose shadow has the other sign, from which on money figures deserve distrust."""


@dataclass(frozen=True)
class Amount:
    """A guard with the money it saved or cost, and how sure that is."""

    guard: str
    amount: str
    verdict: Verdict
    sample: str


@dataclass(frozen=True)
class Findings:
    net_saved: Decimal | None
    by_portfolio: Decimal | None
    """The part of it that portfolio guards have."""
    avoided_loss: Decimal | None
    missed_profit: Decimal | None
    saved: list[Amount]
    cost: list[Amount]
    no_room: list[Amount]
    """Portfolio guards, whatever their sign: they had no room for a signal, and say nothing against it."""
    next: list[str]


def guards_of(group: Document) -> list[Document]:
    """Give the guards by net saved, portfolio guards last: they say that there was no room, not that it was wrong."""
    return sorted(map(_known, group["guard_effectiveness"]["guards"]), key=_place)


MONEY = (
    *("avoided_loss", "missed_profit", "net_saved"),
    *("avoided_loss_milli_r", "missed_profit_milli_r", "net_saved_milli_r"),
    *("sole", "sole_bounds", "shapley", "shapley_bounds"),
)


def _known(guard: Document) -> Document:
    """Give a guard whose money of no block is unknown: a zero would look like blocks that came to nothing."""
    return {**guard, **dict.fromkeys(MONEY)} if guard.get("counted") == 0 else guard


def is_empty(group: Document) -> bool:
    """Whether neither a signal nor a trade of a group lies in the window."""
    shadow = group["shadow_performance"]
    real = shadow.get("real") or {}
    return not any((shadow.get("signals"), real.get("trades_closed"), real.get("trades_open")))


def of_portfolio(guard: Document) -> bool:
    return guard.get("bucket") == "portfolio"


def _place(guard: Document) -> tuple[bool, bool, Decimal, str]:
    saved = total([guard.get("net_saved")])
    return of_portfolio(guard), saved is None, -(saved or Decimal(0)), str(guard["guard"])


def money_of(group: Document) -> Money:
    guards = group["guard_effectiveness"]["guards"]
    shadow = group["shadow_performance"]
    books = [shadow[book].get("pnl") for book in ("in_turn", "alone", "real") if shadow.get(book)]
    sides = [guard.get(side) for guard in guards for side in ("avoided_loss", "missed_profit")]
    return Money.fitting(clean(group["currency"]), [*books, *sides])


def find(group: Document, health: Document) -> Findings:
    """Draw the findings of one group; what is wrong with the log as a whole comes first."""
    money = money_of(group)
    guards = guards_of(group)
    known = [(guard, saved) for guard in guards if (saved := total([guard.get("net_saved")])) is not None]
    judged = [(guard, saved) for guard, saved in known if not of_portfolio(guard)]
    return Findings(
        net_saved=total(guard.get("net_saved") for guard in guards),
        by_portfolio=total(guard.get("net_saved") for guard in guards if of_portfolio(guard)),
        avoided_loss=total(guard.get("avoided_loss") for guard in guards),
        missed_profit=total(guard.get("missed_profit") for guard in guards),
        saved=[_amount(guard, saved, money) for guard, saved in judged if saved > 0],
        cost=[_amount(guard, saved, money) for guard, saved in reversed(judged) if saved < 0],
        no_room=[_amount(guard, saved, money) for guard, saved in known if of_portfolio(guard)],
        next=list(islice(_next(group, health, guards, money), MOST)),
    )


def story(found: Findings, money: Money, *, guards: bool, empty: bool = False) -> str:
    """Say in a line what the net saved is made of."""
    if empty:
        return "No signal and no trade lies in this window; verdicts stand on all closed days."
    if not guards:
        return (
            "No guard's decision was seen here, so nothing can be said about guards; the trades stand below."
        )
    if found.net_saved is None:
        return "No blocked signal has a result in money yet."
    portfolio = (
        ""
        if found.by_portfolio is None
        else f" Portfolio guards have {money.signed(found.by_portfolio)} of it."
    )
    return (
        f"{money.plain(found.avoided_loss)} of losses avoided less "
        f"{money.plain(found.missed_profit)} of profit missed.{portfolio}"
    )


def _amount(guard: Document, saved: Decimal, money: Money) -> Amount:
    return Amount(
        guard=clean(guard["guard"]),
        amount=money.signed(saved),
        verdict=VERDICTS[guard["verdict"]],
        sample=counted(guard.get("first_blocked") or 0, "block"),
    )


def _next(group: Document, health: Document, guards: Sequence[Document], money: Money) -> Iterator[str]:
    yield from _data_first(health)
    yield from _costly(guards, money)
    yield from _suggested(group, money)
    yield from _miscalibrated(group)
    yield from _doubtful(group)
    yield from _incomplete(guards)
    yield from _undecided(guards)


def _data_first(health: Document) -> Iterator[str]:
    for missing in health.get("symbols_without_prices") or ():
        similar = ", ".join(map(clean, missing.get("most_similar") or ()))
        remedy = f"; prices exist for {similar}: declare an alias" if similar else "; import its candles"
        signals = counted(missing.get("signals") or 0, "signal")
        yield f"{clean(missing['symbol'])} has no prices, {signals} cannot be judged{remedy}."
    refused = sum((health.get("dead_letters") or {}).values())
    if refused:
        yield f"{counted(refused, 'event')} of this log {_was(refused)} refused; the command untaken dead-letters says why."


def _costly(guards: Sequence[Document], money: Money) -> Iterator[str]:
    for guard in guards:
        if guard["verdict"] == "costs" and guard.get("net_saved") is None:
            yield f"{clean(guard['guard'])} costs money, though it blocked nothing in this window: loosen it."
        elif guard["verdict"] == "costs":
            missed = money.named(guard.get("missed_profit"))
            avoided = money.named(guard.get("avoided_loss"))
            yield f"{clean(guard['guard'])} kept out {missed} of profit to avoid {avoided} of losses: loosen it."


def _suggested(group: Document, money: Money) -> Iterator[str]:
    """Say which knobs the missed opportunities speak for moving; costly guards are named already."""
    for each in group.get("suggestions") or ():
        if each["kind"] == "knob":
            said = suggestion_of(each, money)
            yield f"{said.title}: {said.at_stake} at stake. {said.why}"


def _miscalibrated(group: Document) -> Iterator[str]:
    source = (group.get("calibration") or {}).get("shadow") or {}
    p = source.get("p_value_by_day")
    if p is not None and p < SURE and source["accuracy"] < source["mean_confidence"]:
        yield (
            f"Signals promise {percent(source['mean_confidence'])} and {percent(source['accuracy'])} would win: "
            "do not size by their confidence."
        )


def _doubtful(group: Document) -> Iterator[str]:
    error = group["shadow_performance"].get("measured_error") or {}
    n, signs = error.get("n") or 0, error.get("sign_disagreements") or 0
    if n and signs / n >= DISAGREEING:
        yield (
            f"Shadow and real result disagree in sign in {percent(signs / n)} of {counted(n, 'trade')} "
            f"(mean error {ppm(error.get('mean_ppm'))}): check exits and costs before trusting the money."
        )


def _incomplete(guards: Sequence[Document]) -> Iterator[str]:
    unknown = sum(guard.get("unknown_beyond_first") or 0 for guard in guards)
    if unknown:
        yield (
            f"In {counted(unknown, 'block')} the later guards were not asked, so nobody knows what switching one "
            "guard off would do: ask every guard on every signal."
        )


def _undecided(guards: Sequence[Document]) -> Iterator[str]:
    waiting = [(days, guard) for guard in guards if (days := _more_days(guard)) is not None]
    for days, guard in sorted(waiting, key=lambda pair: pair[0]):
        yield f"{clean(guard['guard'])} needs about {counted(days, 'more day', 'more days')} of blocks for a verdict."


TEN_YEARS = 3_650
"""Beyond this many days an estimate is no advice; the verdict's own sentence says so."""


def _more_days(guard: Document) -> int | None:
    days = (guard.get("verdict_detail") or {}).get("more_days_about")
    if not days or days > TEN_YEARS or guard["verdict"] != "inconclusive":
        return None
    return int(days)


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
