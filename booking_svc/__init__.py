"""Owns the catalogue, schedules, slots, bookings and the queue of the day."""
