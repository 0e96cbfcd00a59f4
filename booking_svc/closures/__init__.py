"""Owns the times that a manager has closed by hand, and what becomes of the bookings in them."""
