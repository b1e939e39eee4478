"""PM2, which keeps Node services running."""
