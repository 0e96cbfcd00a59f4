"""Settings of the gateway: a login is set up whole, and never with demo persons where others can come."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.settings import Settings

WHOLE = {
    "GATEWAY_OIDC_ISSUER": "https://id.example.org",
    "GATEWAY_OIDC_CLIENT_ID": "vizyt",
    "GATEWAY_SESSION_KEYS": "1:" + "33" * 32,
    "PUBLIC_URL": "https://vizyt.example.org",
}
HERE = {"GATEWAY_OIDC_ISSUER": "http://127.0.0.1:15000", "PUBLIC_URL": "http://127.0.0.1:8000"}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings from this environment."""

    def read(**environment: str) -> Settings:
        for name in WHOLE:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"NATS_URL": "nats://127.0.0.1:9", **environment}.items():
            monkeypatch.setenv(name, value)
        return Settings()

    return read


def test_a_gateway_needs_no_login(given: Any) -> None:
    """Nothing set, or set to nothing."""
    assert given().oidc_issuer is None
    assert given(GATEWAY_OIDC_ISSUER="", PUBLIC_URL="").oidc_issuer is None


def test_a_login_that_is_whole_is_taken(given: Any) -> None:
    """With and without a secret; a local one on this machine, under any of its names."""
    assert given(**WHOLE).oidc_client_secret is None
    assert given(**WHOLE, GATEWAY_OIDC_CLIENT_SECRET="s").oidc_client_secret.get_secret_value() == "s"
    assert given(**{**WHOLE, **HERE, "PUBLIC_URL": "http://localhost:8000"}).oidc_issuer


@pytest.mark.parametrize("missing", ["GATEWAY_OIDC_CLIENT_ID", "GATEWAY_SESSION_KEYS", "PUBLIC_URL"])
def test_half_a_login_does_not_start(given: Any, missing: str) -> None:
    """The message names what is needed."""
    with pytest.raises(ValidationError, match=missing):
        given(**{name: value for name, value in WHOLE.items() if name != missing})


@pytest.mark.parametrize(
    "wrong",
    [
        {**HERE, "PUBLIC_URL": "https://vizyt.example.org"},
        {**HERE, "PUBLIC_URL": "http://192.168.1.10:8000"},
        {**HERE, "GATEWAY_OIDC_ISSUER": "http://id.example.org"},
        {**HERE, "GATEWAY_OIDC_ISSUER": "http://localhost.example.org:15000"},
    ],
)
def test_the_demo_persons_are_for_this_machine_only(given: Any, wrong: dict[str, str]) -> None:
    """An issuer in the clear is refused wherever the pages are for others."""
    with pytest.raises(ValidationError, match="must be https"):
        given(**{**WHOLE, **wrong})


def test_people_elsewhere_need_tls(given: Any) -> None:
    """No browser keeps the cookies of a page in the clear, so that login does not pretend to work."""
    with pytest.raises(ValidationError, match="PUBLIC_URL must be https"):
        given(**{**WHOLE, "PUBLIC_URL": "http://vizyt.example.org"})
