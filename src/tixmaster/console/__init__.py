"""The web face of on-call."""
