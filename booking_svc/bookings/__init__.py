"""A booking's life: held, confirmed, cancelled or expired; never more than a slot has places."""
