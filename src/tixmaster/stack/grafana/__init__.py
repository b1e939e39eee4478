"""Grafana in a container, where there is an engine: `engine` is asked, `container` is ours, `provisioning` fills it."""
