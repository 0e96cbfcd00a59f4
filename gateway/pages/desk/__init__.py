"""The screen of a desk: who waits, who is called, the identity, the service, the outcome."""

from gateway.pages.desk.acting import act
from gateway.pages.desk.registering import choose, register
from gateway.pages.desk.screen import show
from gateway.pages.desk.unblocking import ask, unblock

PAGES = [
    ("GET", "/desk/{desk}", show),
    ("POST", "/desk/{desk}", act),
    ("GET", "/desk/{desk}/register", choose),
    ("POST", "/desk/{desk}/register", register),
    ("GET", "/desk/{desk}/unblock", ask),
    ("POST", "/desk/{desk}/unblock", unblock),
]
