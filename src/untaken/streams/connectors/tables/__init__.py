"""Tables of any shape, through a mapping of their columns."""

from untaken.streams.connectors.tables.mapping import KINDS, Mapping, read_mapping
from untaken.streams.connectors.tables.reader import Mapped, events_of, first_events, read_mapped

__all__ = ["KINDS", "Mapped", "Mapping", "events_of", "first_events", "read_mapped", "read_mapping"]
