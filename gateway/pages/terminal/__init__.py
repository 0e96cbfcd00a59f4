"""The terminal in the hall: visitors check in, or take a time for today. Nothing that they fill in stays behind."""

from gateway.pages.terminal import arrival, booking, start, ticket

PAGES = [*start.PAGES, *arrival.PAGES, *booking.PAGES, *ticket.PAGES]

__all__ = ["PAGES"]
