"""Ids of events and signals; pure functions of what is passed in."""

import hashlib
import uuid
from datetime import datetime

from untaken.schemas.times import rfc3339

_NAMESPACE = uuid.UUID("6f2b1b0a-6d0e-5c39-9d7e-0e5d3a1c7b42")


def uuid7(now_us: int, random: bytes) -> str:
    """Return a UUIDv7 of a time in microseconds and at least 8 random bytes.

    The 12 bits after the milliseconds hold the fraction of the millisecond (RFC 9562, 6.2 method 3),
    so that ids of one clock sort by microsecond.
    """
    if len(random) < 8:
        raise ValueError(f"a UUIDv7 needs 8 random bytes, got {len(random)}")
    milliseconds, rest = divmod(now_us, 1000)
    fraction = rest * 4096 // 1000
    tail = int.from_bytes(random[:8]) & (1 << 62) - 1
    number = (milliseconds & (1 << 48) - 1) << 80 | 7 << 76 | fraction << 64 | 2 << 62 | tail
    return _dashed(number)


def derived_id(identity: str, content: bytes) -> str:
    """Return the UUIDv5 of an identity and its content: deriving twice gives the same id."""
    name = len(identity.encode()).to_bytes(8) + identity.encode() + content
    digest = hashlib.sha1(_NAMESPACE.bytes + name, usedforsecurity=False).digest()
    number = int.from_bytes(digest[:16])
    return _dashed(number & ~(0xF << 76 | 3 << 62) | 5 << 76 | 2 << 62)


def _dashed(number: int) -> str:
    """Write 128 bits as a UUID (half the time of uuid.UUID, which matters in a trading loop)."""
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def signal_id(bot: str, run: str, symbol: str, strategy: str, direction: str, candle_at: datetime) -> str:
    """Return the id of a signal whose producer has none: one per candle, strategy and direction."""
    identity = f"{bot}\x00{run}\x00{symbol}\x00{strategy}\x00{direction}"
    return derived_id(identity, rfc3339(candle_at).encode())
