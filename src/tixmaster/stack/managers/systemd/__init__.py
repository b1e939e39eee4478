"""systemd, the service manager of most Linux systems."""
