"""Owns what the hall sees: the board of each centre and its versions, and how long one waits."""
