"""What a desk and a manager read of their day: who waits, who is where, and what has been done. No personal data."""
