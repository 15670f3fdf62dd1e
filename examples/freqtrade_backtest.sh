#!/bin/sh
# Judge a freqtrade backtest: its candles, its result, like compared with like.
#
#   examples/freqtrade_backtest.sh user_data/data/binance user_data/backtest_results
#
# The second is a result (.zip, .json) or the folder, which stands for its latest. No strategy is changed.
set -eu
candles=$1
result=$2
export UNTAKEN_LOG="${UNTAKEN_LOG:-sqlite:///freqtrade.db}"

untaken import candles "$candles"
untaken import freqtrade "$result"

# Shadow trades pay what the backtest paid (0.1 % a side is Binance's), and may last as long as its trades.
untaken settings set shadow.fee_bps="${FEE_BPS:-10}" --retroactive
untaken settings set shadow.max_hold_s="${MAX_HOLD_S:-864000}" --retroactive

untaken run --until-idle
untaken report --all
