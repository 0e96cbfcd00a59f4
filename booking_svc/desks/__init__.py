"""Owns which desks are closed for now: the manager sends one away and opens it again, the catalogue stays as it is."""
