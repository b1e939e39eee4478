"""Docker (docker.com), or Podman by its Docker-compatible socket: services that run in containers."""
