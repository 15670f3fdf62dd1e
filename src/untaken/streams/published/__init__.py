"""What a worker publishes of its partition, and what any process reads back: rows, tables, progress, letters."""
