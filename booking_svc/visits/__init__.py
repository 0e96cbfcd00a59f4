"""The day in the centre: check-in, the line, calls, the identity at the desk, outcomes, no-shows."""
