"""Backtest results of freqtrade."""

from untaken.streams.connectors.freqtrade.reader import read_freqtrade

__all__ = ["read_freqtrade"]
