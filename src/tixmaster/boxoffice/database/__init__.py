"""PostgreSQL: connections with a deadline, the watch over its absence, migrations and the first rows."""
