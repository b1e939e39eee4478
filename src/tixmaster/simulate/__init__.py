"""Trade made up but true to life, replayed through a real Prometheus: what the rules would have said in ten weeks."""
