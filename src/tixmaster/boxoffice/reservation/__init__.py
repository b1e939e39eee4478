"""Selling seats to many at once: requests for one ticket type are merged into one statement, in arrival order."""
