#!/bin/sh
# Judge a freqtrade that is running: what its locks cost, beside what it traded.
#
#   examples/freqtrade_database.sh tradesv3.dryrun.sqlite user_data/data/binance signals.csv
#
# The database has no row for a signal; signals.csv has one for each candle that gave one:
#
#   date,pair,side,close,enter_tag
#   2024-03-04 10:00:00+00:00,BTC/USDT,long,64250.5,dip
#
# Run it again whenever you like: only what is new is taken.
set -eu
database=$1
candles=$2
signals=$3
export UNTAKEN_LOG="${UNTAKEN_LOG:-sqlite:///freqtrade.db}"
bot="${BOT:-freqtrade}"

untaken import candles "$candles"

# Signals first, under the bot and run that the trades will have: locks are held against them.
untaken import csv "$signals" --as signals --bot "$bot" --run own --mode "${MODE:-paper}" --currency "${CURRENCY:-USDT}" \
    --column candle_at=date --column tags=enter_tag --set timeframe="${TIMEFRAME:-5m}" --set strategy="$bot"
untaken import freqtrade "$database" --bot "$bot" --run own

untaken run --until-idle
untaken report --all
