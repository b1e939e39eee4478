"""What the service promises, and how far from it an alert begins. The same numbers in both timing profiles."""

from __future__ import annotations

ERROR_BUDGET = 0.005
"""Share of requests that may fail over 30 days: the objective is 99.5 % without a 5xx."""

BUDGET_DAYS = 30

FAST_BURN = 14.4
"""Budget burn rate that wakes somebody: 2 % of a month's budget in one hour (Google SRE workbook, chapter 5)."""

BURN_OF_TIER = {2: 6.0, 3: 3.0, 4: 1.0}
"""The slower burn rates: 5 % of the budget in six hours wakes somebody, too; 10 % in a day, or in three, can wait."""

MIN_REQUESTS = 20
"""Below this many requests in the short window a ratio says nothing."""

BACK_TO_USUAL = 0.8
"""Orders are back once the short window holds this share of the usual ones."""

SALES_CLOSED = 0.1
"""The share of an order window in which nothing was on sale from which on orders may be missing for it; a shorter time
costs fewer than chance does."""

MIN_MONTH_REQUESTS = 2000
"""Below this many requests in 30 days the budget is less than ten failures, and one bad minute would be all of it."""

COUNTING_NOISE = 1.5
"""Variance of (count - baseline) over the expected count: 1 for the count, being nearly Poisson, and 0.45 to 0.5 for the
baseline itself, which is the median of three such counts or the mean of two."""

WEEK_TO_WEEK = 0.05
"""How far the same hour of ordinary weeks lies apart besides: weather, pay day, what is on sale (standard deviation as a
share). It is what counts where many orders are expected."""

MIN_EXPECTED_ORDERS = 20
"""Below this expectation even a full stop of orders lies within 3.5 deviations."""

LATENCY_P95_SECONDS = 0.5
"""95 of 100 requests should be answered faster."""

ORDER_FAILURES = 0.05
"""Share of orders that may fail by our fault."""

PAYMENT_FAILURES = 0.2
"""Share of payments that may fail: buyers mistype, and cards are refused."""

EXPIRED_HOLD_SECONDS = 120
"""The seats of a hold that ran out come back within seconds; so late, nobody gives them back."""

STARTS = 3
"""So many starts of a process, or ends of an instance's answers, within the window make a pattern."""

OPEN_FILES = 0.8
"""Share of the permitted files and sockets that may be open."""

QUEUE_SECONDS = 30
OUTBOX_SECONDS = 60
"""How long an alert may wait to be looked at, and a mail to be sent."""

FAILED_CHECKOUTS = 3
"""So many test purchases must fail, and none succeed: one may meet a restart."""

FAILED_NOTIFICATIONS = 2
"""Alertmanager has tried again before it counts one."""

WATCHDOG_SILENT_SECONDS = 180
"""Three beats of the Watchdog, in the standard profile."""

SERIES_OF_SERVICE = 10_000
"""More than a sound service exports: a label has values without end (an id, a path, an address)."""
CONNECTIONS_HIGH = 0.8
"""Part of PostgreSQL's connections in use above which the next rush may find none."""

CONNECTIONS_EXHAUSTED = 0.97
"""From here on PostgreSQL keeps the rest for administrators (3 of 100 by default)."""

LONG_TRANSACTION_SECONDS = 300
"""No transaction of a shop takes so long; its locks and the dead rows it keeps add up."""

DEADLOCKS = 3
"""So many within the window show a fault of the code; a single one is a buyer who tries again."""

ROLLBACKS = 0.1
"""Share of transactions that may be rolled back: orders for what is sold out are."""

MIN_TRANSACTIONS = 100
"""Below this many transactions in the window their ratio says nothing."""

DISK_FREE = 0.05
"""Part of a disk that must be free, however slowly it fills."""

DISK_WATCHED = 0.4
"""Where more of a disk is free than this, a fast hour is no trend worth waking anybody for."""
