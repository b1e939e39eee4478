"""Accounts: who buys, and who may do more than buy."""
