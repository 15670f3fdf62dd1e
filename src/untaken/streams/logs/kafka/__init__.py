"""The log on Apache Kafka: facts by topic, keyed by symbol, in as many partitions as one likes."""
