"""Which services exist, how to ask after them, read their logs, restart them, and bring them up."""
