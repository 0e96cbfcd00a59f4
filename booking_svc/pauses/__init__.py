"""Owns the pauses: an alert or a power cut stops calling, and afterwards the queue goes on where it stopped."""
