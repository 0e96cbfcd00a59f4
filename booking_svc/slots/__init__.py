"""Owns the slots: which times the schedule gives, their opening day by day, and the free places in memory."""
