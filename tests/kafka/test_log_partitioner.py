"""Our partitioner is Kafka's: the numbers below were printed by `Utils.murmur2` of kafka-clients 4.1.0."""

import pytest

from untaken.streams.logs.kafka.partitioner import murmur2, partition_of

VECTORS = [
    ("", 275646681, 1, 9),
    ("a", 2731586172, 4, 4),
    ("ab", 316155434, 2, 2),
    ("abc", 479470107, 3, 3),
    ("abcd", 2971317748, 4, 8),
    ("BTC/USDT", 4157290372, 4, 8),
    ("ETH/USDT", 668286211, 3, 7),
    ("EUR/USD", 1289505616, 0, 4),
    ("BTC/USDT:USDT", 3245665769, 1, 9),
    ("比特币/€", 1184195637, 5, 9),
    ("1000PEPE/USDT", 3273826613, 5, 9),
    ("żółw", 1005548696, 0, 8),
]


@pytest.mark.parametrize(("symbol", "hashed", "of_eight", "of_twelve"), VECTORS)
def test_symbols_lie_where_kafkas_own_producer_puts_them(
    symbol: str, hashed: int, of_eight: int, of_twelve: int
) -> None:
    assert murmur2(symbol.encode()) == hashed
    assert (partition_of(symbol, 8), partition_of(symbol, 12)) == (of_eight, of_twelve)
