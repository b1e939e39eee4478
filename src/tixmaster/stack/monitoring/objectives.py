"""What the service promises, and how far from it an alert begins. The same numbers in both timing profiles."""

from __future__ import annotations

ERROR_BUDGET = 0.005
"""Share of requests that may fail over 30 days: the objective is 99.5 % without a 5xx."""

FAST_BURN = 14.4
"""Budget burn rate that wakes somebody: 2 % of a month's budget in one hour (Google SRE workbook, chapter 5)."""

MIN_REQUESTS = 20
"""Below this many requests in the short window a ratio says nothing."""

BACK_TO_USUAL = 0.8
"""Orders are back once the short window holds this share of the usual ones."""

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
