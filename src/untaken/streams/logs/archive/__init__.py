"""The archive: a log as Parquet files by topic and UTC date, with a manifest that says what belongs to it."""
