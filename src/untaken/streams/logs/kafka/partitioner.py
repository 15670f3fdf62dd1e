"""Kafka's own way from a key to a partition, so that producers in any language agree.

Source: `Utils.murmur2` and `BuiltInPartitioner.partitionForKey` of Apache Kafka's Java client.
"""

from functools import lru_cache

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
_POSITIVE = 0x7FFFFFFF


def murmur2(data: bytes) -> int:
    """Return the 32-bit murmur2 hash, unsigned."""
    whole = len(data) & ~3
    hashed = (_SEED ^ len(data)) & _MASK
    for at in range(0, whole, 4):
        word = (int.from_bytes(data[at : at + 4], "little") * _M) & _MASK
        word = ((word ^ (word >> 24)) * _M) & _MASK
        hashed = ((hashed * _M) & _MASK) ^ word
    if whole < len(data):
        hashed = ((hashed ^ int.from_bytes(data[whole:], "little")) * _M) & _MASK
    hashed = ((hashed ^ (hashed >> 13)) * _M) & _MASK
    return hashed ^ (hashed >> 15)


@lru_cache(maxsize=65_536)
def partition_of(symbol: str, partitions: int) -> int:
    """Return the partition in which all of a symbol lies."""
    return (murmur2(symbol.encode()) & _POSITIVE) % partitions
