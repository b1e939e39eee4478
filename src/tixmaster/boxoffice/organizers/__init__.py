"""What organisers do: put on events, price their tickets, call them off, see what was sold."""
