"""From the trading loop's memory to the log, over the disk where the log is down."""
