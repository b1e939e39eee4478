"""Tickets: the signed codes that visitors show, and the gates that let them in once."""
