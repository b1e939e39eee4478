"""Selling seats: orders, their payment, and the tickets in them."""
