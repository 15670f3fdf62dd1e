"""What is wrong with an event, in words: the field, what was found, what is allowed, what to do."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from untaken.schemas.annotations import model_in

MAX_SENTENCES: Final = 5
MAX_SHOWN: Final = 60

SYNONYMS: Final[Mapping[str, str]] = {
    "action": "side",
    "amount": "qty",
    "coin": "symbol",
    "datetime": "at",
    "date": "at",
    "instrument": "symbol",
    "pair": "symbol",
    "profit": "pnl",
    "quantity": "qty",
    "rate": "price",
    "rule": "guard",
    "score": "confidence",
    "side": "direction",
    "ticker": "symbol",
    "time": "at",
    "timestamp": "at",
    "ts": "at",
}
"""What other tools call these fields."""


def printable(text: str) -> str:
    """Return a text without what could play tricks on a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def shown(value: object) -> str:
    """Return a value as it was found, cut short."""
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return repr(value if len(value) <= MAX_SHOWN else value[: MAX_SHOWN - 3] + "...")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the most similar of the known words, if any is similar."""
    known = list(known)
    if SYNONYMS.get(word.lower()) in known:
        return SYNONYMS[word.lower()]
    return next(iter(difflib.get_close_matches(word[:MAX_SHOWN].lower(), known, n=1, cutoff=0.6)), None)


def not_json(data: bytes, problem: orjson.JSONDecodeError) -> str:
    """Return the sentence for bytes that hold no JSON."""
    if not data.strip():
        return "this is empty: an event is a JSON object {...}"
    text = data.decode(errors="replace")
    if number := _no_number(text, problem):
        return number
    reason = f"{problem.msg} at character {problem.pos + 1}"
    if "UTF-8" in reason:
        reason = "it is not UTF-8"
    return f"this is not JSON ({reason}): {text[:MAX_SHOWN]!r}; an event is a JSON object {{...}}"


_FIELD: Final = re.compile(r'"([^"]{1,60})"\s*:\s*$')
_NO_NUMBER: Final = re.compile(r"-?(?:nan|inf(?:inity)?)\b", re.IGNORECASE)
_DIGITS: Final = re.compile(r"-?[\d.eE+]{1,20}")


def _no_number(text: str, problem: orjson.JSONDecodeError) -> str | None:
    """Return the sentence for NaN, infinities and more than a number can hold, as programs write them."""
    place = problem.pos - text[: problem.pos].endswith("-")
    field = _FIELD.search(text[max(0, place - 80) : place])
    named = printable(field[1]) if field else "a value"
    if found := _NO_NUMBER.match(text, place):
        return f"{named} was {found[0]}: JSON has no such number; leave it out where there is none"
    if problem.msg.startswith("number is infinity"):
        digits = _DIGITS.match(text, place)
        return f"{named} was {digits[0] if digits else 'infinite'}...: a number cannot be that large"
    return None


def unknown_type(name: object, known: Iterable[str]) -> str:
    """Return the sentence for a type that does not exist."""
    if not isinstance(name, str):
        missing = "type is missing" if name is None else f"type was {shown(name)}"
        return f"{missing}: it must name an event type, such as signal.emitted"
    guess = nearest(name, known)
    hint = f"did you mean {guess!r}?" if guess else "`untaken schemas export` lists the types"
    return f"type was {shown(name)}, which is not an event type: {hint}"


def of_derived(name: str) -> str:
    """Say why an event of a derived type is not taken."""
    return (
        f"type was {name!r}: engines compute it from facts and publish it themselves; report the facts "
        "(market.bar, signal.emitted, decision.made, order.filled, trade.closed) and read the result with untaken ledger"
    )


def of_validation(problems: ValidationError, model: type[BaseModel]) -> str:
    """Return a sentence for each of the first few problems of an event, as one text."""
    found = problems.errors(include_url=False)
    sentences = [_sentence(problem, model) for problem in found[:MAX_SENTENCES]]
    if len(found) > MAX_SENTENCES:
        sentences.append(f"and {len(found) - MAX_SENTENCES} more")
    return "; ".join(sentences)


def _sentence(problem: ErrorDetails, model: type[BaseModel]) -> str:
    place = _place(problem["loc"])
    if problem["type"] == "missing":
        return f"{place} is missing: {_described(problem['loc'], model)}"
    if problem["type"] == "extra_forbidden":
        return f"{place} is not a field: {_instead(problem['loc'], model)}"
    if not place:
        return problem["msg"]
    allowed = _ALLOWED.get(problem["type"])
    return f"{place} was {shown(problem['input'])}: {allowed(problem) if allowed else problem['msg']}"


def _place(location: tuple[int | str, ...]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in location if step != "[key]"]
    return printable("".join(steps).removeprefix("."))[:200]


def _described(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    text = str(_holder(location, model).model_fields[str(location[-1])].description).rstrip(".")
    return f"add it ({text[0].lower()}{text[1:]})"


def _instead(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    known = _holder(location, model).model_fields
    guess = nearest(str(location[-1]), known)
    if guess:
        return f"did you mean {guess!r}?"
    return "leave it out, or put it into meta" if "meta" in known else "leave it out"


def _holder(location: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the record that the last step of a location lies in."""
    for step in location[:-1]:
        field = model.model_fields.get(str(step))
        model = (field and model_in(field.annotation)) or model
    return model


def _context(problem: ErrorDetails, name: str) -> Any:
    return problem.get("ctx", {}).get(name)


def _limit(words: str, name: str) -> Callable[[ErrorDetails], str]:
    return lambda problem: f"it must be {words} {_context(problem, name):,.15g}"


def _at_most(problem: ErrorDetails) -> str:
    limit = _context(problem, "le")
    hint = "; 70 % is written 0.7" if limit == 1 else ""
    return f"it must be at most {limit:,.15g}{hint}"


def _at_least(problem: ErrorDetails) -> str:
    limit = _context(problem, "ge")
    return "it must be more than 0" if 0 < limit < 1e-9 else f"it must be at least {limit:,.15g}"


def _pattern(problem: ErrorDetails) -> str:
    if "smhdwM" in _context(problem, "pattern"):
        return "it must be a number and s, m, h, d, w or M, such as 5m or 1h"
    return "it must hold no control characters; take them out"


def _choice(problem: ErrorDetails) -> str:
    allowed = f"it must be {_context(problem, 'expected')}"
    value = problem["input"]
    return allowed if isinstance(value, str) else f"{allowed}, in quotes"


_NUMBER = "it must be a number, without quotes"
_WHOLE = "it must be a whole number, without quotes or fraction"

_ALLOWED: Final[Mapping[str, Callable[[ErrorDetails], str]]] = {
    "string_type": lambda _: "it must be text, in quotes",
    "string_too_short": lambda _: "it must not be empty",
    "string_too_long": lambda problem: f"it must have at most {_context(problem, 'max_length'):,} characters",
    "string_pattern_mismatch": _pattern,
    "string_unicode": lambda _: "it must be text that UTF-8 can hold",
    "float_type": lambda _: _NUMBER,
    "int_type": lambda _: _WHOLE,
    "int_from_float": lambda _: _WHOLE,
    "int_parsing_size": lambda _: _WHOLE,
    "bool_type": lambda _: "it must be true or false, without quotes",
    "finite_number": lambda _: "it must be a finite number; leave it out where there is none",
    "literal_error": _choice,
    "greater_than": _limit("more than", "gt"),
    "greater_than_equal": _at_least,
    "less_than": _limit("less than", "lt"),
    "less_than_equal": _at_most,
    "list_type": lambda _: "it must be a list [...]",
    "dict_type": lambda _: "it must be an object {...}",
    "model_type": lambda _: "it must be an object {...}",
    "model_attributes_type": lambda _: "it must be an object {...}",
    "too_short": lambda problem: f"it must have at least {_context(problem, 'min_length'):,} entries",
    "too_long": lambda problem: f"it must have at most {_context(problem, 'max_length'):,} entries",
    "recursion_loop": lambda _: "it is nested too deeply",
}
"""What is allowed, by pydantic's name of the problem; our own problems say it themselves."""
