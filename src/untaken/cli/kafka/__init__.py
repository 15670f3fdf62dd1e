"""Commands of a log on Kafka: its topics, its workers, its partitions one by one, and a broker for trials."""
