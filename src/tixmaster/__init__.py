"""A ticketing backend that runs its own on-call."""

__version__ = "0.1.0"
