"""Dead letters: what was refused, kept whole enough to be repaired and emitted again."""

import base64
import hashlib
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from untaken.errors import RefusalCode, Refused
from untaken.schemas.base import Event
from untaken.schemas.ids import derived_id
from untaken.schemas.kinds import Count, Name
from untaken.schemas.sentences import printable
from untaken.schemas.times import Instant
from untaken.schemas.wire import claim_of, name_or_none

MAX_RAW_BYTES = 1 << 20
"""Longer input is kept up to here, with its full size and digest."""

Position = Annotated[int, Field(ge=0, le=2**63 - 1)]

BOT = "untaken"
"""Who reports a dead letter: what was refused cannot be trusted to say."""


class DeadLettered(Event):
    """An input was refused; `at` is when."""

    MAX_BYTES: ClassVar[int] = 2 << 20
    """More than other events: it holds one of them as base64."""

    type: Literal["dead.lettered"] = Field(default="dead.lettered", description="Event type.")
    code: RefusalCode = Field(description="Kind of refusal.")
    sentence: Annotated[str, Field(max_length=4000)] = Field(
        description="What is wrong and what to do; text."
    )
    raw: Annotated[str, Field(max_length=1_500_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")] = Field(
        description="The refused bytes; base64."
    )
    raw_size: Count = Field(description="How many bytes there were; more than `raw` holds where it was cut.")
    raw_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="Digest of all the bytes."
    )
    origin: Name = Field(description="Where it came from: a file, a topic, an address.")
    position: Position | None = Field(default=None, description="Offset or line number there.")
    refused_id: Name | None = Field(
        default=None, description="Id of the refused event, where it could be read."
    )
    refused_type: Name | None = Field(default=None, description="Its type, where it could be read.")
    appended_at: Instant | None = Field(default=None, description="When the log took it; UTC.")

    @property
    def raw_bytes(self) -> bytes:
        """The refused bytes, cut at `MAX_RAW_BYTES`."""
        return base64.b64decode(self.raw)


def dead_letter(  # noqa: PLR0913 - one argument for each thing that is known of the refused
    raw: bytes,
    refusal: Refused,
    *,
    origin: str,
    at: datetime,
    position: int | None = None,
    refused_id: str | None = None,
    refused_type: str | None = None,
    appended_at: datetime | None = None,
) -> DeadLettered:
    """Build the dead letter of a refused input; its id follows from origin, position, code and bytes.

    Where id and type of the refused event are not given, they are read from the bytes if possible.
    """
    identity = f"{origin}\x00{position}\x00{refusal.code}"
    claim = claim_of(raw)
    return DeadLettered(
        id=derived_id(identity, raw),
        at=at,
        bot=BOT,
        code=refusal.code,
        sentence=refusal.sentence[:4000],
        raw=base64.b64encode(raw[:MAX_RAW_BYTES]).decode(),
        raw_size=len(raw),
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        origin=printable(origin)[:200] or "unknown",
        position=position,
        refused_id=name_or_none(refused_id) or claim.id,
        refused_type=name_or_none(refused_type) or claim.type,
        appended_at=appended_at,
    )
