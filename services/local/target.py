"""Where commands send their requests, and with whose token."""

import os

import httpx

from services.local import clock_file, home, run_file
from services.local.claims import Holder, Role, claims
from services.local.home import Home
from services.local.issuer import Issuer
from services.local.ports import LOOPBACK

TIMEOUT_SECONDS = 60.0


def url(folder: Home) -> str:
    """`VIZYT_URL`, else the gateway at `PORT` if that is set, else the gateway of the run."""
    if given := os.environ.get("VIZYT_URL"):
        return given.rstrip("/")
    if port := home.named_port():
        return f"http://{LOOPBACK}:{port}"
    return run_file.living(folder).url


def admin_token(folder: Home) -> str:
    """`VIZYT_TOKEN`, else an administrator's token of the local issuer."""
    if given := os.environ.get("VIZYT_TOKEN"):
        return given
    issuer = Issuer(folder.create())
    return issuer.token(claims(Holder(role=Role.ADMIN), issuer), now=clock_file.now(folder))


def client(base_url: str, folder: Home) -> httpx.AsyncClient:
    """An HTTP client with that token; proxies of the environment are for outside addresses only."""
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"Authorization": f"Bearer {admin_token(folder)}", "Accept-Language": "en"},
        timeout=TIMEOUT_SECONDS,
        trust_env="VIZYT_URL" in os.environ,
    )
