"""A process that a person started in a terminal; nobody manages it."""
