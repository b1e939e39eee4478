"""Proof of speed: what the shipped configuration does on this machine, beside what it is measured against."""
