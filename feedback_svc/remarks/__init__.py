"""Ratings that ask for an answer: shown to the manager at once, answered in time, the visitor told."""
