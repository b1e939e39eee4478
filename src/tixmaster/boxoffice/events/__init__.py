"""What is on, and which tickets there are for it."""
