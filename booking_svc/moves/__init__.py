"""What becomes of a booking whose time a pause or the centre took away: it moves, or after a while it lapses."""
