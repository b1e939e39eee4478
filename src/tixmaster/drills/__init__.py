"""Breaks things on purpose, and plays the shoppers."""
