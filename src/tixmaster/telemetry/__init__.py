"""Logs, metrics and request ids for every server process we ship."""
