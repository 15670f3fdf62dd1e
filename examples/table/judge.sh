#!/bin/sh
# Judge a bot from the table that it wrote: look first, then import, compute, report.
#
#   examples/table/judge.sh
set -eu
here=$(dirname "$0")
export UNTAKEN_LOG="${UNTAKEN_LOG:-sqlite:///table.db}"

untaken import csv "$here/signals.csv" --map "$here/mapping.toml" --check

untaken import candles "$here/candles.csv" --symbol BTC/USDT --interval 15m
untaken import csv "$here/signals.csv" --map "$here/mapping.toml"

untaken run --until-idle
untaken report --all
