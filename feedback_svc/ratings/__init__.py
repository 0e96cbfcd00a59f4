"""Answers that were given: through sessions, by operators, by import."""
