"""Supervisor (supervisord.org): keeps our own services running on one machine."""
