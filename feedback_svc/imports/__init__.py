"""Ratings that were given elsewhere, before: a stream of lines, each taken once."""
