"""Feature flags: switches that the storefront reads and administrators turn."""
