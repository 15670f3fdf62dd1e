"""The learning memory of a trading bot.

What a bot imports is loaded on first use, so that `import untaken` costs nothing and needs only the bare
package.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from untaken.version import __version__

if TYPE_CHECKING:
    from untaken.reading import open
    from untaken.streams.client import AsyncEmitter, Emitter, GuardChain, KafkaOptions, Verdict, guard

__all__ = ["AsyncEmitter", "Emitter", "GuardChain", "KafkaOptions", "Verdict", "__version__", "guard", "open"]

_HOMES = {
    **dict.fromkeys(
        ("AsyncEmitter", "Emitter", "GuardChain", "KafkaOptions", "Verdict", "guard"),
        "untaken.streams.client",
    ),
    "open": "untaken.reading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'untaken' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
