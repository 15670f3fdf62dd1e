"""The publisher of one partition: what its chain derived, in transactions, exactly once for whoever reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from untaken.errors import UntakenError
from untaken.streams.chain.chain import Chain
from untaken.streams.faults import point
from untaken.streams.logs.kafka.address import Address
from untaken.streams.published.form.progress import Progress, Series
from untaken.streams.published.form.records import JSON_HEADERS, LETTERS_TOPIC, PROGRESS_TOPIC, Record
from untaken.streams.published.reading.committed import state_reader
from untaken.streams.published.writing.differences import note_differences
from untaken.streams.published.writing.outbox import Note, Outbox, state_id
from untaken.streams.published.writing.outgoing import Collector
from untaken.streams.published.writing.standing import Publication, progress, series
from untaken.streams.published.writing.theirs import Theirs, read_theirs
from untaken.streams.published.writing.transactions import TransactionalWriter

MOST = 10_000
"""Most notes that go out in one transaction; only the last one moves the progress."""


@dataclass(frozen=True)
class Outgoing:
    """One transaction, as it was taken out of the state."""

    notes: Sequence[Note]
    records: Sequence[Record]
    progress: Progress | None
    """None if more is to come."""
    series: Series | None
    """None if the prices are as they were published last."""


@dataclass(frozen=True)
class Published:
    """What went out."""

    records: int = 0
    transactions: int = 0
    compared: bool = False
    """Whether the state was compared with what the topics said before."""


class OthersPublish(UntakenError):
    """Workers of another name publish this log; two of them would overwrite each other, so these do not begin."""


class Publisher:
    """Publishes the state of one partition; one per partition and chain.

    `chain` must have `outbox` as its follower. `begin`, `publish` and `close` belong to one event loop; what
    touches the state (`prepare`, `settle`, `adopt`) runs where the chain runs, between two batches. Whoever has
    the chain in another thread calls them there, instead of `publish`:

        if not publisher.goes_on: publisher.adopt(await publisher.read_theirs())  # only at the end of the log
        while outgoing := publisher.prepare():
            publisher.settle(outgoing, await publisher.send(outgoing))
    """

    def __init__(
        self, address: Address, app: str, partition: int, chain: Chain, outbox: Outbox, *, most: int = MOST
    ) -> None:
        self._address = address
        self._app = app
        self._partition = partition
        self._chain = chain
        self._outbox = outbox
        self._most = most
        self._publication = Publication(chain)
        self._collector = Collector(chain.state, chain.stores, address.options.prefix, partition)
        self._writer = TransactionalWriter(address, app, partition)
        self._sequence = 0
        self._foreign = True
        self._said: Progress | None = None

    async def begin(self) -> bool:
        """Fence whoever published this partition before; return whether this state may go on (`goes_on`).

        To be called on assignment, and again after `publish` or `send` raised anything but Superseded.
        """
        await self._writer.start()
        async with state_reader(self._address) as reader:
            last = await reader.last_progress(self._partition)
            said = last.progress if last is not None else None
            self._demand_own_app(said)
            own = self._publication.ends
            places = {topic: reader.place(topic, self._number_of(topic)) for topic in own}
            ends = await reader.ends(places.values())
        kept = all(ends[places[topic]] >= end for topic, end in own.items())
        self._sequence = 0 if said is None else said.sequence
        self._foreign = not (kept and self._is_own(said))
        self._said = None
        return self.goes_on

    @property
    def goes_on(self) -> bool:
        """Whether the topics say what this state said last, so that only its outbox has to go out.

        Else another worker has written since, or the state is new: the log has to be read to its end first.
        """
        return self._publication.known and not self._foreign

    async def publish(self, *, caught_up: bool) -> Published:
        """Publish what changed; compare with the topics first if another worker wrote there, once caught up.

        Does nothing before that. Raises Superseded where another worker has taken over: stop. Raises a
        `LogError` where the broker is away or refuses: nothing is lost, `begin` and publish again.
        """
        compared = not self.goes_on
        if compared:
            if not caught_up:
                return Published()
            self.adopt(await self.read_theirs())
        records = transactions = 0
        while (outgoing := self.prepare()) is not None:
            self.settle(outgoing, await self.send(outgoing))
            records += len(outgoing.records)
            transactions += 1
        return Published(records, transactions, compared)

    async def read_theirs(self) -> Theirs:
        """Read what the topics say of this partition."""
        return await read_theirs(self._address, self._partition)

    def adopt(self, theirs: Theirs) -> None:
        """Note in the outbox whatever differs from what the topics say, and go on from there."""
        with self._chain.state.transaction():
            note_differences(self._chain, self._outbox, self._collector, theirs)
            state_id(self._chain.state)
            self._publication.remember(self._sequence, theirs.ends, "")
        self._foreign = False
        self._said = None

    def prepare(self) -> Outgoing | None:
        """Take the next transaction out of the state; None if there is nothing new to be said."""
        notes = self._outbox.pending(self._most)
        records = self._collector.records(notes)
        if len(notes) == self._most:
            return Outgoing(notes, records, None, None)
        sequence = max(self._sequence, self._publication.sequence) + 1
        now = progress(
            self._chain, self._app, self._partition, self._own_id(), sequence, self._publication.ends
        )
        if not notes and self._said is not None and _apart_from_count(now) == _apart_from_count(self._said):
            return None
        prices = series(self._chain, self._partition)
        changed = _digest(prices) != self._publication.prices
        return Outgoing(notes, records, now, prices if changed else None)

    async def send(self, outgoing: Outgoing) -> dict[str, int]:
        """Write one transaction; return the offset after the last record by topic."""
        return await self._writer.write(outgoing.records, lambda ends: _last_records(outgoing, ends))

    def settle(self, outgoing: Outgoing, ends: dict[str, int]) -> None:
        """Take what went out out of the outbox."""
        publication = self._publication
        sequence = publication.sequence
        if outgoing.progress is not None:
            self._sequence = sequence = outgoing.progress.sequence
            self._said = outgoing.progress
        prices = publication.prices if outgoing.series is None else _digest(outgoing.series)
        with self._chain.state.transaction():
            self._outbox.take_out(outgoing.notes)
            publication.remember(sequence, publication.ends | ends, prices)
        point("publish.settled")

    async def close(self) -> None:
        """End the writer; nothing that was not published is lost."""
        await self._writer.close()

    def _demand_own_app(self, said: Progress | None) -> None:
        if said is not None and said.app not in {"", self._app}:
            raise OthersPublish(
                f"partition {self._partition} of {self._address.url} is published by workers named {said.app!r}, "
                f"and these are named {self._app!r}: give them that name (--app {said.app}), or the log another "
                "prefix; to rename workers, stop them, delete the topics ledger, trades, tables and progress, and make "
                "them anew with untaken topics create"
            )

    def _is_own(self, said: Progress | None) -> bool:
        """Whether a publication is this state's last, or the one after it, whose settling a crash prevented."""
        mine = self._publication.sequence
        if said is None:
            return False
        return said.state == self._own_id() and said.sequence in {mine, mine + 1}

    def _own_id(self) -> str:
        return self._chain.state.get("state_id") or ""

    def _number_of(self, topic: str) -> int:
        return 0 if topic == LETTERS_TOPIC else self._partition


def _last_records(outgoing: Outgoing, ends: dict[str, int]) -> list[Record]:
    last = []
    if outgoing.series is not None:
        last.append(Record(PROGRESS_TOPIC, outgoing.series.key, outgoing.series.value(), JSON_HEADERS))
    if outgoing.progress is not None:
        # Where letters end is not said: all partitions write there.
        own = {topic: end for topic, end in ends.items() if topic != LETTERS_TOPIC}
        said = replace(outgoing.progress, ends=outgoing.progress.ends | own)
        last.append(Record(PROGRESS_TOPIC, said.key, said.value(), JSON_HEADERS))
    return last


def _apart_from_count(said: Progress) -> Progress:
    return replace(said, sequence=0, ends={})


def _digest(prices: Series) -> str:
    return sha256(prices.value()).hexdigest()
