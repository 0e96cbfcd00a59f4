"""Which addresses a login may lead to: never one that somebody else wrote into a link."""

from __future__ import annotations

from urllib.parse import urlsplit

from services.issuer_keys import LOOPBACK

MAX_CHARACTERS = 1000
OWN = ("/login", "/logout")
NAMES = ("localhost", "127.0.0.1", "[::1]")


def next_page(wanted: str | None) -> str:
    """The page to go to after the login: a path of our own, else `/`.

    `//host` and `/\\host` would be other hosts, and browsers drop tabs and line breaks before they look.
    """
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > MAX_CHARACTERS:
        return "/"
    if "\\" in wanted or not wanted.isprintable() or urlsplit(wanted).path.startswith(OWN):
        return "/"
    return wanted


def own_address(public_url: str, host: str | None) -> str:
    """The gateway's address as this browser knows it, without a slash at the end: `PUBLIC_URL`.

    A machine has several names for itself, and a cookie belongs to one of them: `localhost` stays `localhost`.
    """
    public = urlsplit(public_url)
    port = f":{public.port}" if public.port else ""
    if public.hostname in LOOPBACK and host in [f"{name}{port}" for name in NAMES]:
        return f"{public.scheme}://{host}"
    return public_url.rstrip("/")
