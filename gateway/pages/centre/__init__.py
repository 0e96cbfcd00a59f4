"""The manager's pages: the flow of the day, pauses, desks on and off, times opened and closed, unblocking."""

from gateway.pages.centre import centres, closing, day, pausing
from gateway.pages.desk.unblocking import ask, unblock

PAGES = [
    ("GET", "/centre", centres.choose),
    ("GET", "/centre/{centre}", day.show),
    ("POST", "/centre/{centre}", day.act),
    ("GET", "/centre/{centre}/pause", pausing.ask),
    ("POST", "/centre/{centre}/pause", pausing.act),
    ("GET", "/centre/{centre}/unblock", ask),
    ("POST", "/centre/{centre}/unblock", unblock),
    ("GET", "/centre/{centre}/day", closing.choose),
    ("GET", "/centre/{centre}/day/{date}", closing.show),
    ("POST", "/centre/{centre}/day/{date}", closing.act),
]
