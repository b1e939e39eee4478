"""What the containers of docker-compose.yml need: their secrets, their database, and their processes."""
