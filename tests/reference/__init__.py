"""The whole semantics once more, slow and obviously right: plain loops over Decimal, Fraction and integers.

`whole.reference_of(records, settings)` answers in the form of a golden case's `expected.json`. It knows one
partition (its watermark is the greatest `at` of the accepted records) and imports nothing of the product.
Records are valid events; what the edge refuses as unreadable or invalid never comes here.

Where the specification leaves a choice that no golden case settles, this is what holds here:

* A run's first declaration holds from its beginning, a later one for signals (and trades that begin) from its
  `at` on; aliases of all of them hold for all of the run's events. A run that declares nothing counts in the
  quote currency of each symbol ("?" where there is none).
* An alias is looked up once (the target of an alias is not an alias itself), for every event with a symbol.
* The settings topic does not move the watermark.
* A decision belongs to its signal by (bot, run, signal_id) alone, however long before it it was stamped.
* A snapshot whose bid is above its ask adds no spread.
* Sources that are equally fine: the least name, no source being the empty name. A configured source without
  prices leaves the symbol without prices.
* Quotes, where configured, lie among the bars of their source as bars of length zero; one at the very instant
  of an entry is seen by it.
* A bar that finer ones of its source (or one of its own length that opened before) cover in part counts for
  its close only, and opens where they end; where they cover its last moment too, it does not count at all.
  A bar that counts for its close only has no open (neither exit signals nor time gaps use it) and no range.
* Each side of a bar is used where its four prices are given. An open beyond the extremes widens them.
* An exit at the open of the entry's own bar is stamped with that open, though it lies before the entry.
* `entry_bar_partial` is said even where the bar's close lies after the end of the hold.
* A hold within which the strategy wanted out, and after which no bar opens within five days of its end, stays
  pending, then no_data, though bars had closed within it.
* `adverse_ppm` is negative or 0, `favourable_ppm` positive or 0.
* `attempts` counts every attempt that has a decision, those after the fill or expiry too.
* `chain_complete` is what the deciding attempt's last decision that says anything says, final ones first.
* A real entry happens at an entry fill's `at`, or at `entry_at` of any `trade.closed` that names the signal.
* Contract size, quote currency and fx of a trade are its own, else those of the signal that it names. Fees are
  in account currency unless `fee_currency` says otherwise; a third currency makes the money unknown. `fees` and
  `funding` that are not given are nothing.
* A trade names the signal of its earliest `trade.closed`, else of its entry fills, else of any fill.
* A trade is closed where exits equal entries; more exits than entries leave it open, without a result. Exits
  alone tell the direction too.
* A fill is held against the widest range of bid and ask of the bar that covers it.
* `fill_against_verdict` is every trade that names a signal whose deciding attempt has a block.
* Guards: resolved + unresolved = blocked, overlapped stands beside. Rows that count in milli-R (and in `days`)
  need not have known money, and the other way round. `unknown_beyond_first` counts rows, resolved or not.
* The most similar name is the one of least edit distance (a swap of neighbours is one edit), then the least.
* Not here: changes of settings in the course of a log, `measured error`, verdicts.
"""
