"""Owns the catalogue: organisations, services, centres with their desks, queues and hours; its administration."""
