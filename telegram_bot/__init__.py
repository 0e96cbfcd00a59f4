"""The questions about a visit in a chat of Telegram: the same five, the same ten minutes, by the public API alone."""
