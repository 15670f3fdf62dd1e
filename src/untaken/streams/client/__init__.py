"""What a bot imports: it needs pydantic and orjson, nothing of the engine."""

from untaken.streams.client.courier import Buffering
from untaken.streams.client.emitter import Emitter, HasSignal, Metrics
from untaken.streams.client.errors import EmitterClosed, GuardMisused, InvalidEvent
from untaken.streams.client.guards import ChainVerdict, Guard, GuardChain, Verdict, guard
from untaken.streams.client.receipts import Receipt, SignalReceipt

__all__ = [
    "Buffering",
    "ChainVerdict",
    "Emitter",
    "EmitterClosed",
    "Guard",
    "GuardChain",
    "GuardMisused",
    "HasSignal",
    "InvalidEvent",
    "Metrics",
    "Receipt",
    "SignalReceipt",
    "Verdict",
    "guard",
]
