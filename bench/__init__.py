"""What an operation costs: `make bench`. Data of a seed, servers as in production, CPU time of all their processes."""
