"""Centres and desks as booking_svc tells them, and the code that each desk shows to its visitors."""
