"""What a bot imports: it needs pydantic and orjson, nothing of the engine."""

from untaken.streams.client.async_emitter import AsyncEmitter
from untaken.streams.client.awaited import AsyncReceipt, AsyncSignalReceipt
from untaken.streams.client.chains import GuardChain
from untaken.streams.client.delivery.courier import Buffering
from untaken.streams.client.emitter import Emitter
from untaken.streams.client.errors import EmitterClosed, EmitterMisused, GuardMisused, InvalidEvent
from untaken.streams.client.guards import AsyncGuard, Guard, guard
from untaken.streams.client.metrics import Metrics
from untaken.streams.client.receipts import Receipt, SignalReceipt
from untaken.streams.client.reporting import HasSignal, SignalRef
from untaken.streams.client.verdicts import ChainVerdict, Verdict
from untaken.streams.logs.kafka.options import KafkaOptions

__all__ = [
    "AsyncEmitter",
    "AsyncGuard",
    "AsyncReceipt",
    "AsyncSignalReceipt",
    "Buffering",
    "ChainVerdict",
    "Emitter",
    "EmitterClosed",
    "EmitterMisused",
    "Guard",
    "GuardChain",
    "GuardMisused",
    "HasSignal",
    "InvalidEvent",
    "KafkaOptions",
    "Metrics",
    "Receipt",
    "SignalReceipt",
    "SignalRef",
    "Verdict",
    "guard",
]
