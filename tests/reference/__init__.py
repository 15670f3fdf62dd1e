"""The whole semantics once more, slow and obviously right: plain loops over Decimal, Fraction and integers.

`whole.reference_of(records, settings)` answers in the form of a golden case's `expected.json`. It knows one
partition (its watermark is the greatest `at` of the accepted records) and imports nothing of the product.
Records are valid events; what the edge refuses as unreadable or invalid never comes here.

Where the specification leaves a choice that no golden case settles, this is what holds here:

* Of several `run.declared` of one run the latest (at, id) stands, for all of the run's events. Without any,
  the account currency is not known: it differs from every named quote currency, and money needs fx.
* An alias is looked up once (the target of an alias is not an alias itself), for every event with a symbol.
* A decision belongs to its signal by (bot, run, signal_id) alone, however long before it it was stamped.
* A snapshot whose bid is above its ask has a negative spread; the formula is used as written.
* Sources that are equally fine: the least name, no source being the empty name. A configured source without
  prices leaves the symbol without prices. A symbol served by quotes is served by quotes alone.
* A bar that finer ones of its source cover in part counts for its close only, and not even for that where a
  finer bar covers its last moment. Such a bar has no open: neither exit signals nor time gaps use it.
* `entry_bar_partial` says that the finest bar containing the entry is not used whole, for whichever reason.
* Bid and ask of a bar are used where all eight prices are given.
* A quote at the very instant of the entry is past; bars are walked while they close after the entry.
* An exit at the open of the entry's own bar is stamped with that open, though it lies before the entry.
* `attempts` counts every attempt that has a decision, those after the fill or expiry too.
* `chain_complete` is what the last of the deciding attempt's standing verdicts that says anything says.
* A real entry happens at the fill's `at`, or at `entry_at` of a trade that names the signal.
* A fill without contract size, quote currency and fx takes those of the signal that its trade names. Its fee
  is in account currency unless `fee_currency` says otherwise; a third currency makes the money unknown.
* More exits than entries leave a trade open. `fees` and `funding` that are not given are nothing.
* A fill is held against the low and high of the finest bar of the chosen source that covers it.
* `fill_against_verdict` names the trades that entered at the moment from which the row counts as filled.
* Guards: resolved + unresolved = blocked, overlapped stands beside; rows that count in milli-R need not have
  known money, and the other way round. `unknown_beyond_first` counts rows, resolved or not.
* The most similar name is the one of least edit distance (a swap of neighbours is one edit), then the least.
"""
