"""Prometheus and Alertmanager: one typed description, rendered into `var/`, checked, reloaded and asked."""
