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

MIN_EXPECTED_ORDERS = 15
"""Below this expectation even a full stop of orders lies within chance."""

LATENCY_P95_SECONDS = 0.5
"""95 of 100 requests should be answered faster."""
