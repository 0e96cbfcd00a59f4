"""What a citizen is told about a booking: reminders, news of what the centre changed, and the link to cancel."""
