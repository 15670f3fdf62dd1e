"""What happened: typed events, topics, ids, codec, columns, upcasters and JSON Schemas."""
