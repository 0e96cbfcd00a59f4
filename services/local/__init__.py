"""One machine: embedded PostgreSQL and NATS, the process runner, the `vizyt` command and the demo data."""
