"""Docker Compose: services that a Compose file describes, found by the labels that Compose gives its containers."""
